package metrics

import (
	"cmp"
	"math"
	"slices"

	"github.com/hekla-ml/hekla/tensor"
)

// AUROC is the area under the receiver operating characteristic: how probable
// it is that of two samples, one of the class and one not, the first has the
// higher score; equal scores count half. Update takes scores [n] of class 1
// and classes 0 and 1, or scores [n, classes, ...], of which the mean over the
// classes is taken, each against all others.
type AUROC struct {
	Scores  [][]float64 // of each class, or of class 1 alone
	Classes []int
}

// Update adds a batch.
func (a *AUROC) Update(scores, classes *tensor.Tensor) {
	if scores.Rank() == 1 && classes.Rank() == 1 && classes.Numel() == scores.Numel() {
		a.grow(1)
		a.Scores[0] = append(a.Scores[0], scores.Float64s()...)
		for i, c := range classes.Float64s() {
			if c != 0 && c != 1 {
				panic(misuse("auroc", scores, classes, "class %v at place %d, want 0 or 1", c, i))
			}
			a.Classes = append(a.Classes, int(c))
		}
		return
	}
	checkClasses("auroc", scores, classes)
	a.grow(scores.Dim(1))
	rows("auroc", scores, classes, func(row []float64, class int) {
		for c, x := range row {
			a.Scores[c] = append(a.Scores[c], x)
		}
		a.Classes = append(a.Classes, class)
	})
}

func (a *AUROC) grow(n int) {
	if a.Scores == nil {
		a.Scores = make([][]float64, n)
	}
}

// Reset forgets all.
func (a *AUROC) Reset() { *a = AUROC{} }

// Value returns the area: 1 at best, 0.5 by guessing. It is NaN if a class has
// no samples, or all.
func (a *AUROC) Value() float64 {
	if len(a.Scores) == 1 {
		return area(a.Scores[0], a.Classes, 1)
	}
	var m Mean
	for class, scores := range a.Scores {
		m.Add(area(scores, a.Classes, class), 1)
	}
	return m.Value()
}

// area counts pairs by ranks (Mann and Whitney 1947): the sum of the ranks of
// the class's samples, less what it is at least.
func area(scores []float64, classes []int, class int) float64 {
	order := make([]int, len(scores))
	for i, x := range scores {
		if order[i] = i; math.IsNaN(x) {
			return math.NaN()
		}
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(scores[i], scores[j]) })
	sum, n := 0.0, 0
	for i := 0; i < len(order); {
		j := i + 1
		for j < len(order) && scores[order[j]] == scores[order[i]] {
			j++
		}
		rank := float64(i+j+1) / 2 // the mean of ranks i+1 to j
		for _, k := range order[i:j] {
			if classes[k] == class {
				sum += rank
				n++
			}
		}
		i = j
	}
	rest := len(scores) - n
	return (sum - float64(n)*float64(n+1)/2) / (float64(n) * float64(rest))
}
