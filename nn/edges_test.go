package nn_test

import (
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// Where a formula would divide by 0 the result is PyTorch's, and never NaN.
func TestEdges(t *testing.T) {
	b := host()
	none := tensor.Zeros(tensor.CPU(), dtype.Int64, 2, 0)
	for _, mode := range []nn.BagMode{nn.BagMean, nn.BagSum, nn.BagMax} {
		e := b.EmbeddingBag(3, 2, mode)
		near(t, e.String(), e.Forward(none), 0, 0, 0, 0, 0)
	}
	for _, features := range []bool{false, true} {
		all := b.AlphaDropout(1)
		all.Features = features
		x := tensor.From(tensor.CPU(), []float64{1, -2}, 1, 2).SetRequiresGrad(true)
		y := all.Forward(x)
		near(t, "alpha dropout of all", y, 0, 0, 0)
		autograd.Backward(y.Sum())
		near(t, "its gradient", x.Grad(), 0, 0, 0)
	}
}

func TestEdgesRefused(t *testing.T) {
	x := tensor.Ones(tensor.CPU(), dtype.Float64, 1, 4, 4)
	for want, layer := range map[string]nn.Layer{
		"no norm of P 0": nn.LPPool1d{Kernel: 2},
		"Stride[0 0]":    nn.Fold{Size: []int{2}, Kernel: []int{2}, Stride: []int{0}},
		"Pad[-1 -1]":     nn.Unfold{Kernel: []int{2}, Pad: []int{-1}},
	} {
		err := tensor.Try(func() error { layer.Forward(x); return nil })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %q", layer, err, want)
		}
	}
}
