package op

import (
	"math"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
)

// Losses by their formulas: a decomposition is its own reference, so that
// nothing else would notice a wrong constant in it.
func TestLossValues(t *testing.T) {
	logits := NewArray(dtype.Float64, 2, 3)
	logits.Data = []float64{1, 2, 4, 0, 0, 0}
	target := NewArray(dtype.Int64, 2)
	target.Data = []float64{2, -100} // the second is ignored
	sum := math.Log(math.Exp(1) + math.Exp(2) + math.Exp(4))
	for smoothing, want := range map[float64]float64{
		0:   sum - 4,
		0.3: 0.7*(sum-4) + 0.3*(sum-7.0/3),
	} {
		got := Reference{}.Apply(CrossEntropy, LossAttrs{Reduction: ReduceSum, Smoothing: smoothing}, logits, target)[0].(*Array).Data[0]
		if math.Abs(got-want) > 1e-12 {
			t.Errorf("smoothing %v: %v, want %v", smoothing, got, want)
		}
	}
}
