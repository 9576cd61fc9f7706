package tensor_test

import (
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

func TestViews(t *testing.T) {
	x := count(dtype.Float64, 2, 3)
	for _, c := range []struct {
		name  string
		got   *tensor.Tensor
		sizes []int
		want  []float64
		view  bool
		why   string
	}{
		{"Reshape(3, 2)", x.Reshape(3, 2), []int{3, 2}, []float64{0, 1, 2, 3, 4, 5}, true, "rows are in order"},
		{"Reshape(-1)", x.Reshape(-1), []int{6}, []float64{0, 1, 2, 3, 4, 5}, true, "-1 is what is left"},
		{"T().Reshape(6)", x.T().Reshape(6), []int{6}, []float64{0, 3, 1, 4, 2, 5}, false, "no stride walks down columns"},
		{"T().Reshape(3, 1, 2)", x.T().Reshape(3, 1, 2), []int{3, 1, 2}, []float64{0, 3, 1, 4, 2, 5}, true, "axes of size 1 fit anywhere"},
		{"T()", x.T(), []int{3, 2}, []float64{0, 3, 1, 4, 2, 5}, true, ""},
		{"Permute", x.Reshape(1, 2, 3).Permute(2, 0, 1), []int{3, 1, 2}, []float64{0, 3, 1, 4, 2, 5}, true, ""},
		{"Transpose(-1, 0)", x.Transpose(-1, 0), []int{3, 2}, []float64{0, 3, 1, 4, 2, 5}, true, "negative axes count from the end"},
		{"Expand", x.Slice(0, 0, 1).Expand(2, -1), []int{2, 3}, []float64{0, 1, 2, 0, 1, 2}, true, "-1 keeps"},
		{"Expand with a new axis", tensor.Scalar(cpu, 7.).Expand(2), []int{2}, []float64{7, 7}, false, "of another tensor"},
		{"Slice(1, 1, 3)", x.Slice(1, 1, 3), []int{2, 2}, []float64{1, 2, 4, 5}, true, ""},
		{"Slice(1, -2, 100)", x.Slice(1, -2, 100), []int{2, 2}, []float64{1, 2, 4, 5}, true, "as in Python"},
		{"SliceStep(1, 0, 3, 2)", x.SliceStep(1, 0, 3, 2), []int{2, 2}, []float64{0, 2, 3, 5}, true, ""},
		{"Slice to nothing", x.Slice(0, 2, 1), []int{0, 3}, nil, true, "stop before start"},
		{"Narrow", x.Narrow(1, 1, 1), []int{2, 1}, []float64{1, 4}, true, ""},
		{"Select(1, -1)", x.Select(1, -1), []int{2}, []float64{2, 5}, true, "the axis goes"},
		{"Diagonal(1)", x.Diagonal(1, 0, 1), []int{2}, []float64{1, 5}, true, ""},
		{"Unfold(1, 2, 1)", x.Unfold(1, 2, 1), []int{2, 2, 2}, []float64{0, 1, 1, 2, 3, 4, 4, 5}, true, "windows overlap"},
		{"AsStrided", x.AsStrided([]int{2, 2}, []int{1, 2}, 1), []int{2, 2}, []float64{1, 3, 2, 4}, true, ""},
		{"Squeeze", x.Reshape(1, 2, 1, 3).Squeeze(), []int{2, 3}, []float64{0, 1, 2, 3, 4, 5}, true, "all axes of size 1"},
		{"Squeeze(0, 1)", x.Reshape(1, 2, 1, 3).Squeeze(0, 1), []int{2, 1, 3}, []float64{0, 1, 2, 3, 4, 5}, true, "axis 1 has size 2 and stays"},
		{"Unsqueeze(-1)", x.Unsqueeze(-1), []int{2, 3, 1}, []float64{0, 1, 2, 3, 4, 5}, true, "the new last axis"},
		{"Flatten(0, 1)", x.Flatten(0, -1), []int{6}, []float64{0, 1, 2, 3, 4, 5}, true, ""},
		{"Flatten of a scalar", tensor.Scalar(cpu, 1.).Flatten(0, -1), []int{1}, []float64{1}, false, "a vector of one"},
		{"Unflatten", x.Unflatten(1, -1, 1), []int{2, 3, 1}, []float64{0, 1, 2, 3, 4, 5}, true, ""},
		{"Contiguous", x.T().Contiguous(), []int{3, 2}, []float64{0, 3, 1, 4, 2, 5}, false, "a copy"},
		{"Detach", x.Detach(), []int{2, 3}, []float64{0, 1, 2, 3, 4, 5}, true, ""},
		{"NoGrad", x.NoGrad(), []int{2, 3}, []float64{0, 1, 2, 3, 4, 5}, true, ""},
	} {
		same(t, c.name, c.got, c.sizes, c.want...)
		if got := c.got.SharesStorage(x); got != c.view {
			t.Errorf("%s shares storage: %v, want %v: %s", c.name, got, c.view, c.why)
		}
	}
	if x.Contiguous() != x {
		t.Error("Contiguous copied a contiguous tensor")
	}
	y := x.Slice(1, 1, 2).T()
	y.Fill(9)
	same(t, "x after a view of it was filled", x, []int{2, 3}, 0, 9, 2, 3, 9, 5)
	if y.Offset() != 1 || !slices.Equal(y.Strides(), []int{1, 3}) || x.Version() != 1 || y.Version() != 1 {
		t.Errorf("offset %d, strides %v, versions %d and %d", y.Offset(), y.Strides(), x.Version(), y.Version())
	}
}

func TestPieces(t *testing.T) {
	x := count(dtype.Float32, 7, 2)
	sizes := func(l []*tensor.Tensor) (s []int) {
		for _, p := range l {
			s = append(s, p.Dim(0))
		}
		return s
	}
	for _, c := range []struct {
		name string
		got  []int
		want []int
		why  string
	}{
		{"Split(3)", sizes(x.Split(0, 3)), []int{3, 3, 1}, "the last is smaller"},
		{"Split(100)", sizes(x.Split(0, 100)), []int{7}, "one piece"},
		{"Chunk(3)", sizes(x.Chunk(0, 3)), []int{3, 3, 1}, ""},
		{"Chunk(5)", sizes(x.Chunk(0, 5)), []int{2, 2, 2, 1}, "as PyTorch: four of the five"},
		{"Unbind", sizes(x.Unbind(0)), []int{2, 2, 2, 2, 2, 2, 2}, "without the axis"},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s gives sizes %v, want %v: %s", c.name, c.got, c.want, c.why)
		}
	}
}

func TestBroadcast(t *testing.T) {
	for _, c := range []struct{ a, b, want []int }{
		{[]int{2, 3}, []int{3}, []int{2, 3}},
		{[]int{2, 1}, []int{1, 3}, []int{2, 3}},
		{[]int{}, []int{2, 2}, []int{2, 2}},
		{[]int{4, 1, 3}, []int{2, 1}, []int{4, 2, 3}},
		{[]int{0, 3}, []int{1}, []int{0, 3}},
		{[]int{1}, []int{0}, []int{0}},
	} {
		a, b := count(dtype.Float64, c.a...), count(dtype.Float64, c.b...).MulScalar(100)
		got := a.Add(b)
		var want []float64
		wa, wb := a.Expand(c.want...).Float64s(), b.Expand(c.want...).Float64s()
		for i := range wa {
			want = append(want, wa[i]+wb[i])
		}
		same(t, "sum", got, c.want, want...)
	}
}

// A copy that Reshape makes on the way must not stop gradients later on.
func TestReshapeByCopyIsNoDeadEnd(t *testing.T) {
	x, w := count(dtype.Float64, 2, 3), tensor.Ones(cpu, dtype.Float64, 6).SetRequiresGrad(true)
	y := x.T().Reshape(6)
	if y.IsNoGrad() || !y.Mul(w).RequiresGrad() {
		t.Error("no gradient flows through what meets a reshaped tensor")
	}
}
