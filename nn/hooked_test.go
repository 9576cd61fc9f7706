package nn_test

import (
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// TestHooked: hooks change what passes, and a hooked layer is in all else the
// layer: mode, freezing, state, picture.
func TestHooked(t *testing.T) {
	b := nn.On(tensor.CPU(), dtype.Float64, 1)
	norm := b.BatchNorm1d(2)
	h := &nn.Hooked{Layer: norm,
		Before: func(x *tensor.Tensor) *tensor.Tensor { return x.MulScalar(0) },
		After:  func(_, y *tensor.Tensor) *tensor.Tensor { return y.AddScalar(3) }}
	net, plain := nn.Sequential{h}, nn.Sequential{norm}
	nn.Eval(net)
	if norm.Training() {
		t.Error("Eval did not reach the layer")
	}
	same(t, "forward", net.Forward(tensor.Ones(tensor.CPU(), dtype.Float64, 1, 2)).Float64s(), 3, 3)
	nn.Train(net)
	nn.Freeze(net)
	if !norm.Training() || norm.Weight.RequiresGrad() {
		t.Error("Train or Freeze did not reach the layer")
	}
	names := func(m any) (l []string) {
		for name := range nn.StateDict(m) {
			l = append(l, name)
		}
		return l
	}
	if got, want := names(net), names(plain); !slices.Equal(got, want) || nn.String(net) != nn.String(plain) {
		t.Errorf("names %v, want %v; %s, want %s", got, want, nn.String(net), nn.String(plain))
	}
}

func same(t *testing.T, what string, got []float64, want ...float64) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
