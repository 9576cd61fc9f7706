package metrics

import (
	"math"

	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// Accuracy is the part of samples whose class has the highest score, or with K
// one of the K highest. Scores are [n, classes, ...] and classes [n, ...]; of
// equal scores the class with the lower number comes first, and NaN comes before
// all, as in sorting.
type Accuracy struct {
	K            int // 0 means 1
	Right, Total int
}

// Update adds a batch.
func (a *Accuracy) Update(scores, classes *tensor.Tensor) {
	if a.K > 1 {
		rows("accuracy", scores, classes, func(row []float64, class int) {
			if a.Total++; before(row, class) < a.K {
				a.Right++
			}
		})
		return
	}
	checkClasses("accuracy", scores, classes)
	tensor.Scope(func(s *tensor.Arena) { // counted where the scores are
		x, c := s.Own(scores.NoGrad()), s.Own(classes.NoGrad())
		n := float64(scores.Dim(1))
		counts := tensor.Stack(0, x.ArgMax(1).Eq(c).Sum(), c.GeScalar(0).LogicalAnd(c.LtScalar(n)).Sum()).Float64s()
		if int(counts[1]) < classes.Numel() {
			panic(misuse("accuracy", scores, classes, "%d of the classes are not from 0 to %v", classes.Numel()-int(counts[1]), n-1))
		}
		a.Right += int(counts[0])
		a.Total += classes.Numel()
	})
}

// before returns how many classes come before one.
func before(row []float64, class int) int {
	x, n := row[class], 0
	for c, y := range row {
		switch {
		case math.IsNaN(x):
			n += count(math.IsNaN(y) && c < class)
		default:
			n += count(y > x || math.IsNaN(y) || y == x && c < class)
		}
	}
	return n
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// Value returns the part that is right.
func (a *Accuracy) Value() float64 { return float64(a.Right) / float64(a.Total) }

// Reset forgets all.
func (a *Accuracy) Reset() { a.Right, a.Total = 0, 0 }

// Perplexity is exp of the mean negative log likelihood of the right class,
// 1 at best. Logits are [n, classes, ...] and classes [n, ...]; class -100
// does not count.
type Perplexity struct{ Loss Mean }

// ignored is what nn.CrossEntropy leaves out, too.
const ignored = -100

// Update adds a batch.
func (p *Perplexity) Update(logits, classes *tensor.Tensor) {
	checkClasses("perplexity", logits, classes)
	tensor.Scope(func(s *tensor.Arena) {
		losses := nn.CrossEntropy(s.Own(logits.NoGrad()), classes, nn.ClassLoss{Reduction: nn.None}).Float64s()
		for i, class := range classes.Float64s() {
			if class != ignored {
				p.Loss.Add(losses[i], 1)
			}
		}
	})
}

// Value returns the perplexity.
func (p *Perplexity) Value() float64 { return math.Exp(p.Loss.Value()) }

// Reset forgets all.
func (p *Perplexity) Reset() { p.Loss.Reset() }
