package tensor_test

import (
	"math"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// The layout is that of repr(torch.tensor(...)); only bools, types, and sizes
// are spelled as in Go.
func TestPrint(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	f := func(x ...float64) *tensor.Tensor { return tensor.From(cpu, x).To(dtype.Float32) }
	for _, c := range []struct {
		name string
		x    *tensor.Tensor
		want string
	}{
		{"whole numbers", f(1, 2, 3), "tensor([1., 2., 3.])"},
		{"fractions", f(1, -2.5, 1000), "tensor([   1.0000,   -2.5000, 1000.0000])"},
		{"zeros", f(0, 0), "tensor([0., 0.])"},
		{"a wide span", f(1, 2000.5), "tensor([1.0000e+00, 2.0005e+03])"},
		{"a wide span of whole numbers", f(1, 2000), "tensor([1.0000e+00, 2.0000e+03])"},
		{"small", f(0.00005, 0.00006), "tensor([5.0000e-05, 6.0000e-05])"},
		{"no numbers", f(nan, inf, -inf, 1), "tensor([nan, inf, -inf, 1.])"},
		{"no numbers and fractions", f(nan, 1.5), "tensor([   nan, 1.5000])"},
		{"negative", f(-1, 10), "tensor([-1., 10.])"},
		{"scalar", f(2.5).Reshape(), "tensor(2.5000)"},
		{"integers", ints(1, -20, 300), "tensor([  1, -20, 300])"},
		{"integers beyond float64", ints(math.MaxInt64), "tensor([9223372036854775807])"},
		{"bytes", tensor.From(cpu, []uint8{7, 255}), "tensor([  7, 255], dtype=uint8)"},
		{"bools", tensor.From(cpu, []bool{true, false}), "tensor([ true, false])"},
		{"float64", vec(1, 2), "tensor([1., 2.], dtype=float64)"},
		{"matrix", f(1, 2, 3, 4).Reshape(2, 2), "tensor([[1., 2.],\n        [3., 4.]])"},
		{"three axes", f(1, 2, 3, 4).Reshape(2, 1, 2), "tensor([[[1., 2.]],\n\n        [[3., 4.]]])"},
		{"no elements", f(), "tensor([])"},
		{"no elements of two axes", tensor.Zeros(cpu, dtype.Float32, 2, 0), "tensor([], size=[2 0])"},
		{"no integers", ints(), "tensor([], dtype=int64)"},
		{"a leaf", f(1).SetRequiresGrad(true), "tensor([1.], requiresgrad)"},
		{"a result", f(1).SetRequiresGrad(true).Exp(), "tensor([2.7183], grad=exp)"},
		{"long", tensor.Arange(cpu, dtype.Int64, 0, 1001, 1), "tensor([   0,    1,    2,  ...,  998,  999, 1000])"},
		{"large", count(dtype.Int64, 3, 400), "tensor([[   0,    1,    2,  ...,  397,  398,  399],\n        [ 400,  401,  402,  ...,  797,  798,  799],\n        [ 800,  801,  802,  ..., 1197, 1198, 1199]])"},
		{"tall", count(dtype.Int64, 1001, 1), "tensor([[   0],\n        [   1],\n        [   2],\n        ...,\n        [ 998],\n        [ 999],\n        [1000]])"},
		{"an axis of just six", count(dtype.Int64, 6, 200).Slice(1, 0, 200), "tensor([[   0,    1,    2,  ...,  197,  198,  199],\n        [ 200,  201,  202,  ...,  397,  398,  399],\n        [ 400,  401,  402,  ...,  597,  598,  599],\n        [ 600,  601,  602,  ...,  797,  798,  799],\n        [ 800,  801,  802,  ...,  997,  998,  999],\n        [1000, 1001, 1002,  ..., 1197, 1198, 1199]])"},
		{"two lines", tensor.Arange(cpu, dtype.Float32, 0, 20, 1), "tensor([ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11., 12., 13.,\n        14., 15., 16., 17., 18., 19.])"},
		{"a suffix on its own line", tensor.Arange(cpu, dtype.Float64, 0, 14, 1), "tensor([ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11., 12., 13.],\n       dtype=float64)"},
	} {
		if got := c.x.String(); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
	x := f(1)
	x.Free()
	if got := x.String(); got != "tensor(freed)" {
		t.Errorf("a freed tensor prints %q", got)
	}
	uncollected(t, "printing a large tensor", func() {
		x := tensor.Zeros(cpu, dtype.Float32, 100, 100)
		y := x.T()
		_ = y.String()
		x.Free()
		y.Free()
	})
}
