package tensor_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

func TestCreate(t *testing.T) {
	for _, c := range []struct {
		name  string
		got   *tensor.Tensor
		d     dtype.DType
		sizes []int
		want  []float64
		why   string
	}{
		{"Zeros", tensor.Zeros(cpu, dtype.Float32, 2, 2), dtype.Float32, []int{2, 2}, []float64{0, 0, 0, 0}, ""},
		{"Ones", tensor.Ones(cpu, dtype.Int8, 3), dtype.Int8, []int{3}, []float64{1, 1, 1}, ""},
		{"Full", tensor.Full(cpu, dtype.BFloat16, 2.5), dtype.BFloat16, []int{}, []float64{2.5}, "no sizes: a scalar"},
		{"Full of bools", tensor.Full(cpu, dtype.Bool, 7, 2), dtype.Bool, []int{2}, []float64{1, 1}, "what is not 0 is true"},
		{"Zeros without elements", tensor.Zeros(cpu, dtype.Float32, 2, 0), dtype.Float32, []int{2, 0}, nil, "an axis of size 0"},
		{"Arange", tensor.Arange(cpu, dtype.Int64, 5, 0, -2), dtype.Int64, []int{3}, []float64{5, 3, 1}, "stop is left out"},
		{"Arange by a fraction", tensor.Arange(cpu, dtype.Float64, 0, 1, 0.25), dtype.Float64, []int{4}, []float64{0, .25, .5, .75}, ""},
		{"Arange of nothing", tensor.Arange(cpu, dtype.Float32, 3, 3, 1), dtype.Float32, []int{0}, nil, "start is stop"},
		{"Linspace", tensor.Linspace(cpu, dtype.Float64, -1, 1, 5), dtype.Float64, []int{5}, []float64{-1, -.5, 0, .5, 1}, "both ends"},
		{"Linspace of one", tensor.Linspace(cpu, dtype.Float64, 4, 9, 1), dtype.Float64, []int{1}, []float64{4}, "the start"},
		{"Eye", tensor.Eye(cpu, dtype.Float32, 2, 3), dtype.Float32, []int{2, 3}, []float64{1, 0, 0, 0, 1, 0}, ""},
		{"Scalar", tensor.Scalar(cpu, int32(7)), dtype.Int32, []int{}, []float64{7}, ""},
		{"From", tensor.From(cpu, []float32{1, 2, 3, 4}, 2, 2), dtype.Float32, []int{2, 2}, []float64{1, 2, 3, 4}, ""},
		{"From without sizes", tensor.From(cpu, []uint8{1, 2}), dtype.Uint8, []int{2}, []float64{1, 2}, "a vector"},
		{"From to a scalar", tensor.From(cpu, []float64{1}, tensor.Scalar(cpu, 2.).Sum().Shape()...), dtype.Float64, []int{}, []float64{1}, "the shape of a scalar makes a scalar"},
		{"FromBytes", tensor.FromBytes(cpu, dtype.Int8, []byte{1, 255}, 2, 1), dtype.Int8, []int{2, 1}, []float64{1, -1}, ""},
		{"ZerosLike", tensor.ZerosLike(tensor.Ones(cpu, dtype.Int16, 2)), dtype.Int16, []int{2}, []float64{0, 0}, ""},
		{"OnesLike a view", tensor.OnesLike(count(dtype.Float32, 2, 3).T()), dtype.Float32, []int{3, 2}, []float64{1, 1, 1, 1, 1, 1}, "the shape of the view"},
		{"Empty", tensor.Empty(cpu, dtype.Float16, 4).Fill(3), dtype.Float16, []int{4}, []float64{3, 3, 3, 3}, "once written"},
	} {
		if c.got.DType() != c.d {
			t.Errorf("%s is %v, want %v", c.name, c.got.DType(), c.d)
		}
		same(t, c.name, c.got, c.sizes, c.want...)
		if !c.got.IsContiguous() || c.got.RequiresGrad() || !c.got.IsLeaf() {
			t.Errorf("%s: contiguous %v, requires a gradient %v, leaf %v", c.name, c.got.IsContiguous(), c.got.RequiresGrad(), c.got.IsLeaf())
		}
	}
}

// A size given by the caller is the tensor's own from then on.
func TestSizesAreCopied(t *testing.T) {
	s := []int{2, 3}
	x, y := tensor.Zeros(cpu, dtype.Float32, s...), tensor.From(cpu, make([]int64, 6), s...)
	z := x.Reshape(s...)
	s[0] = 100
	for _, u := range []*tensor.Tensor{x, y, z} {
		if u.Dim(0) != 2 {
			t.Errorf("shape %v, want [2 3]", u.Shape())
		}
	}
}

func roundTrip[T dtype.Element](t *testing.T, x ...T) {
	t.Helper()
	u := tensor.From(cpu, x, len(x), 1)
	if d := dtype.Of[T](); u.DType() != d {
		t.Errorf("From(%T) is %v, want %v", x, u.DType(), d)
	}
	// fmt tells NaN from numbers, and equals it to itself.
	if got := tensor.Data[T](u); fmt.Sprint(got) != fmt.Sprint(x) {
		t.Errorf("Data(From(%v)) = %v", x, got)
	}
	back := tensor.FromBytes(cpu, u.DType(), u.Bytes(), u.Shape()...)
	if got := tensor.Data[T](back); fmt.Sprint(got) != fmt.Sprint(x) {
		t.Errorf("FromBytes(Bytes(%v)) = %v", x, got)
	}
	if got := tensor.Data[T](u.T().Expand(2, len(x)).Select(0, 1)); fmt.Sprint(got) != fmt.Sprint(x) {
		t.Errorf("Data of a view of %v = %v", x, got)
	}
}

func TestFromData(t *testing.T) {
	roundTrip(t, true, false, true)
	roundTrip[uint8](t, 0, 1, 255)
	roundTrip[int8](t, -128, 0, 127)
	roundTrip[int16](t, math.MinInt16, math.MaxInt16)
	roundTrip[int32](t, math.MinInt32, math.MaxInt32)
	roundTrip[int64](t, math.MinInt64, 1<<53+1, math.MaxInt64) // which float64s are not
	roundTrip(t, float32(math.Inf(-1)), math.MaxFloat32, math.SmallestNonzeroFloat32, float32(math.NaN()))
	roundTrip(t, math.Inf(1), math.MaxFloat64, math.SmallestNonzeroFloat64, math.NaN())
	roundTrip(t, dtype.ToF16(1.5), dtype.ToF16(-65504))
	roundTrip(t, dtype.ToBF16(1.5), dtype.ToBF16(-3e38))
}

func TestTo(t *testing.T) {
	x := tensor.From(cpu, []float64{-1.5, 0, 2.75, 300})
	for _, c := range []struct {
		d    dtype.DType
		want []float64
		why  string
	}{
		{dtype.Float32, []float64{-1.5, 0, 2.75, 300}, "exact"},
		{dtype.BFloat16, []float64{-1.5, 0, 2.75, 300}, "8 bits suffice"},
		{dtype.Int32, []float64{-1, 0, 2, 300}, "towards zero"},
		{dtype.Bool, []float64{1, 0, 1, 1}, "what is not 0"},
	} {
		same(t, fmt.Sprintf("To(%v)", c.d), x.To(c.d), []int{4}, c.want...)
	}
	if x.To(dtype.Float64) != x {
		t.Error("To its own type made another tensor")
	}
	if y := x.Clone(); y.SharesStorage(x) || !slices.Equal(y.Float64s(), x.Float64s()) {
		t.Error("Clone shares its elements, or has others")
	}
}

func TestGenerator(t *testing.T) {
	g := tensor.NewGenerator(7)
	a := g.Normal(cpu, dtype.Float64, 3, 2, 10000)
	mean := a.Mean().Item()
	std := a.Std(1).Item()
	// 10,000 draws: the standard error of the mean is 0.02.
	if math.Abs(mean-3) > 0.1 || math.Abs(std-2) > 0.1 {
		t.Errorf("Normal(3, 2): mean %v, deviation %v", mean, std)
	}
	seed, offset := g.State()
	u := g.Uniform(cpu, dtype.Float32, -1, 1, 100)
	g.SetState(seed, offset)
	again := g.Uniform(cpu, dtype.Float32, -1, 1, 100)
	if !slices.Equal(u.Float64s(), again.Float64s()) {
		t.Error("the stream differs after SetState")
	}
	for _, x := range u.Float64s() {
		if x < -1 || x >= 1 {
			t.Errorf("Uniform(-1, 1) drew %v", x)
		}
	}
	for _, x := range g.Int(cpu, dtype.Int64, 2, 5, 100).Float64s() {
		if x != 2 && x != 3 && x != 4 {
			t.Errorf("Int(2, 5) drew %v", x)
		}
	}
	d := g.Dropout(tensor.Ones(cpu, dtype.Float32, 1000), 0.25)
	kept := 0
	for _, x := range d.Float64s() {
		if x != 0 && float32(x) != float32(1)/0.75 {
			t.Fatalf("Dropout(0.25) of 1 gave %v", x)
		}
		if x != 0 {
			kept++
		}
	}
	if kept < 680 || kept > 820 { // 750 by expectation, deviation 14
		t.Errorf("Dropout(0.25) kept %d of 1000", kept)
	}
	if b := g.Bernoulli(cpu, dtype.Bool, 1, 5); b.CountNonzero().Item() != 5 {
		t.Errorf("Bernoulli(1) = %v", b)
	}
}
