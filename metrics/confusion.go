package metrics

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/hekla-ml/hekla/tensor"
)

// A Confusion counts which class was taken for which. Update takes scores [n,
// classes, ...] or predicted classes [n, ...], and the right classes [n, ...].
type Confusion struct {
	Counts [][]int // [right][predicted]; grows as classes turn up
}

// Update adds a batch.
func (c *Confusion) Update(pred, classes *tensor.Tensor) {
	if pred.Rank() == classes.Rank() && pred.DType().IsInt() {
		c.update(pred, classes)
		return
	}
	checkClasses("confusion", pred, classes)
	c.grow(pred.Dim(1))
	tensor.Scope(func(s *tensor.Arena) { c.update(s.Own(pred.NoGrad()).ArgMax(1), classes) })
}

func (c *Confusion) update(pred, classes *tensor.Tensor) {
	if !slices.Equal(pred.Shape(), classes.Shape()) || !classes.DType().IsInt() {
		panic(misuse("confusion", pred, classes, "want predictions and classes of one shape, integers"))
	}
	p, r := pred.Float64s(), classes.Float64s()
	for i := range p {
		if p[i] < 0 || r[i] < 0 || p[i] >= maxClasses || r[i] >= maxClasses {
			panic(misuse("confusion", pred, classes, "class %v taken for %v at place %d, want 0 to %d", r[i], p[i], i, maxClasses-1))
		}
		c.grow(int(max(p[i], r[i])) + 1)
		c.Counts[int(r[i])][int(p[i])]++
	}
}

// maxClasses is where a table of all pairs of classes becomes too large.
const maxClasses = 1 << 14

func (c *Confusion) grow(n int) {
	for len(c.Counts) < n {
		c.Counts = append(c.Counts, nil)
	}
	for i, row := range c.Counts {
		if len(row) < len(c.Counts) {
			c.Counts[i] = append(row, make([]int, len(c.Counts)-len(row))...)
		}
	}
}

// Reset forgets all.
func (c *Confusion) Reset() { c.Counts = nil }

// Value returns the accuracy.
func (c *Confusion) Value() float64 {
	right, total := 0, 0
	for i, row := range c.Counts {
		right += row[i]
		for _, n := range row {
			total += n
		}
	}
	return float64(right) / float64(total)
}

// tally returns how often a class was right, predicted and both.
func (c *Confusion) tally(class int) (right, predicted, both int) {
	for i, row := range c.Counts {
		predicted += row[class]
		if i == class {
			both = row[class]
			for _, n := range row {
				right += n
			}
		}
	}
	return right, predicted, both
}

// Precision returns which part of what was taken for a class is of it, 0 of
// nothing.
func (c *Confusion) Precision(class int) float64 {
	_, predicted, both := c.tally(class)
	return float64(both) / math.Max(1, float64(predicted))
}

// Recall returns which part of a class was taken for it, 0 of nothing.
func (c *Confusion) Recall(class int) float64 {
	right, _, both := c.tally(class)
	return float64(both) / math.Max(1, float64(right))
}

// F1 returns the harmonic mean of a class's precision and recall, 0 if both are.
func (c *Confusion) F1(class int) float64 {
	right, predicted, both := c.tally(class)
	return 2 * float64(both) / math.Max(1, float64(right+predicted))
}

// String returns a table, a row for each right class.
func (c *Confusion) String() string {
	n, width := len(c.Counts), 1
	for _, row := range c.Counts {
		for _, x := range append([]int{n - 1}, row...) {
			width = max(width, len(strconv.Itoa(x)))
		}
	}
	var b strings.Builder
	line := func(head string, cells func(i int) int) {
		fmt.Fprintf(&b, "%*s", width, head)
		for i := range n {
			fmt.Fprintf(&b, " %*d", width, cells(i))
		}
		b.WriteByte('\n')
	}
	line("", func(i int) int { return i })
	for i, row := range c.Counts {
		line(strconv.Itoa(i), func(j int) int { return row[j] })
	}
	return b.String()
}

// An Average says how the classes' values make one.
type Average uint8

// The averages, by scikit-learn's names.
const (
	Macro    Average = iota // all classes that occur count the same
	Weighted                // each as often as it occurs
	Micro                   // all samples count the same; of F1, that is the accuracy
)

// F1 is the average of the classes' F1. Update takes what Confusion's does.
type F1 struct {
	Average Average
	Confusion
}

// Value returns the average.
func (f *F1) Value() float64 {
	if f.Average == Micro {
		return f.Confusion.Value()
	}
	var m Mean
	for class := range f.Counts {
		right, predicted, _ := f.tally(class)
		if right+predicted == 0 {
			continue
		}
		weight := 1.0
		if f.Average == Weighted {
			weight = float64(right)
		}
		m.Add(f.F1(class), weight)
	}
	return m.Value()
}

// F1 is Confusion's, which the type's name hides.
func (f *F1) F1(class int) float64 { return f.Confusion.F1(class) }
