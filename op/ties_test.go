package op

import (
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
)

// Tied elements share the gradient of a maximum, as PyTorch's amax has it:
// differences cannot tell, and samples keep clear of ties.
func TestTiesShare(t *testing.T) {
	x := NewArray(dtype.Float64, 2, 3)
	x.Data = []float64{2, 1, 2, -3, -3, -3}
	g := NewArray(dtype.Float64, 2)
	g.Data = []float64{1, 6}
	for o, want := range map[*Op][]float64{AMax: {0.5, 0, 0.5, 2, 2, 2}, AMin: {0, 1, 0, 2, 2, 2}} {
		got := ReferenceVJP(o, ReduceAttrs{Axes: []int{1}}, []*Array{x}, []*Array{g}, Nth(0))[0]
		if !slices.Equal(got.Data, want) {
			t.Errorf("%s: gradient %v, want %v", o.Name, got.Data, want)
		}
	}
}
