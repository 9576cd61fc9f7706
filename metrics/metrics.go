// Package metrics measures how good a model is. A metric gathers what it needs
// batch by batch and has its value at any time:
//
//	var acc metrics.Accuracy
//	for ... {
//		acc.Update(scores, classes)
//	}
//	fmt.Println(acc.Value())
//
// Exported fields are the state: a metric can be stored as JSON and go on.
// Update panics with a *tensor.Error if shapes do not fit or a class is none.
package metrics

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// A Metric gathers over batches.
type Metric interface {
	// Update adds a batch: what the model says, and what is right.
	Update(pred, target *tensor.Tensor)
	// Value returns the metric of all since Reset; of nothing it is NaN.
	Value() float64
	// Reset forgets all.
	Reset()
}

// Mean is the mean of numbers, such as losses of batches weighted by their size.
type Mean struct{ Sum, Weight float64 }

// Add adds a number with a weight.
func (m *Mean) Add(x, weight float64) {
	m.Sum += x * weight
	m.Weight += weight
}

// Value returns the mean.
func (m *Mean) Value() float64 { return m.Sum / m.Weight }

// Reset forgets all.
func (m *Mean) Reset() { *m = Mean{} }

// MarshalJSON writes both numbers as text: there is none for NaN in JSON.
func (m Mean) MarshalJSON() ([]byte, error) {
	text := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	return json.Marshal([2]string{text(m.Sum), text(m.Weight)})
}

// UnmarshalJSON reads what MarshalJSON wrote, exactly.
func (m *Mean) UnmarshalJSON(b []byte) (err error) {
	var l [2]string
	if err = json.Unmarshal(b, &l); err == nil {
		if m.Sum, err = strconv.ParseFloat(l[0], 64); err == nil {
			m.Weight, err = strconv.ParseFloat(l[1], 64)
		}
	}
	return err
}

// rows calls f with the scores [n, classes, ...] of each sample and its class
// [n, ...].
func rows(name string, scores, classes *tensor.Tensor, f func(row []float64, class int)) {
	checkClasses(name, scores, classes)
	var all []float64
	tensor.Scope(func(s *tensor.Arena) {
		axes := []int{0}
		for i := 2; i < scores.Rank(); i++ {
			axes = append(axes, i)
		}
		all = s.Own(scores.NoGrad()).Permute(append(axes, 1)...).Float64s()
	})
	n := scores.Dim(1)
	for i, class := range classes.Float64s() {
		if !(class >= 0 && class < float64(n)) {
			panic(misuse(name, scores, classes, "class %v at place %d, want 0 to %d", class, i, n-1))
		}
		f(all[i*n:][:n], int(class))
	}
}

// checkClasses panics unless scores are [n, classes, ...] and classes are
// integers [n, ...].
func checkClasses(name string, scores, classes *tensor.Tensor) {
	s, c := scores.Shape(), classes.Shape()
	if len(s) < 2 || !slices.Equal(slices.Delete(slices.Clone(s), 1, 2), c) || !classes.DType().IsInt() {
		panic(misuse(name, scores, classes, "want scores [n, classes, ...] and classes [n, ...] of integers"))
	}
}

func misuse(name string, a, b *tensor.Tensor, format string, args ...any) *tensor.Error {
	return &tensor.Error{
		Op: "metrics." + name, Err: fmt.Errorf(format, args...), Site: tensor.CallSite(),
		Shapes: [][]int{a.Shape(), b.Shape()}, DTypes: []dtype.DType{a.DType(), b.DType()},
	}
}
