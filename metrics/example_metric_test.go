package metrics_test

import (
	"fmt"
	"math"

	"github.com/hekla-ml/hekla/metrics"
	"github.com/hekla-ml/hekla/tensor"
)

// Nine samples of class 0 are right and the only one of class 1 is missed.
func ExampleAverage() {
	pred, right := ints(0, 0, 0, 0, 0, 0, 0, 0, 0, 0), ints(0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
	for _, average := range []metrics.Average{metrics.Macro, metrics.Weighted, metrics.Micro} {
		f := metrics.F1{Average: average}
		f.Update(pred, right)
		fmt.Printf("%.3f ", f.Value())
	}
	// Output: 0.474 0.853 0.900
}

// rmse is the root of the mean squared error.
type rmse struct{ squares metrics.Mean }

func (r *rmse) Update(pred, target *tensor.Tensor) {
	n := float64(pred.Numel())
	r.squares.Add(pred.Sub(target).Square().Mean().Item(), n)
}
func (r *rmse) Value() float64 { return math.Sqrt(r.squares.Value()) }
func (r *rmse) Reset()         { r.squares.Reset() }

// A metric of one's own: gather, divide at the end, so that batches of different
// sizes count right.
func ExampleMetric() {
	var m metrics.Metric = &rmse{}
	fmt.Println(m.Value())
	m.Update(floats([]int{3}, 1, 2, 3), floats([]int{3}, 1, 2, 3))
	m.Update(floats([]int{1}, 0), floats([]int{1}, 4))
	fmt.Println(m.Value())
	// Output:
	// NaN
	// 2
}
