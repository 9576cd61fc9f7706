package backend

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

func TestHostViewKeepsValues(t *testing.T) {
	for _, d := range dtype.All() {
		want := []float64{0, 1}
		switch {
		case d == dtype.Uint8:
			want = append(want, 2, 127, 128, 255)
		case d == dtype.Int64:
			want = append(want, -1, 1<<53, -1<<53, math.MinInt64)
		case d.IsInt():
			want = append(want, -1, float64(int64(1)<<(8*d.Size()-1)-1), -float64(int64(1)<<(8*d.Size()-1)))
		case d.IsFloat():
			want = append(want, -1.5, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), 0.25)
		}
		a := op.NewArray(d, len(want))
		copy(a.Data, want)
		// An odd offset, so that nothing relies on alignment of the element.
		v := View{DType: d, View: shape.View{Shape: []int{len(want)}, Strides: []int{2}, Offset: 3}}
		mem := make([]byte, (2*len(want)+3)*d.Size())
		for i := range mem {
			mem[i] = 0xa5
		}
		WriteArray(mem, v, a)
		got := ReadArray(mem, v)
		for i, x := range want {
			if math.Float64bits(got.Data[i]) != math.Float64bits(x) {
				t.Errorf("%s: stored %v, read %v", d, x, got.Data[i])
			}
		}
		for i, b := range mem {
			e := i / d.Size()
			if (e < 3 || e%2 == 0) && b != 0xa5 {
				t.Errorf("%s: byte %d of element %d was written, outside the view", d, i, e)
			}
		}
	}
}

func TestWriteArrayRounds(t *testing.T) {
	for _, c := range []struct {
		d       dtype.DType
		x, want float64
	}{
		{dtype.Bool, 0.5, 1},
		{dtype.Int8, 200, -56},
		{dtype.Int32, -1.9, -1},
		{dtype.Int32, math.NaN(), 0},
		{dtype.Int64, 1e30, math.MaxInt64}, // reads back as 2^63
		{dtype.Float16, 65520, math.Inf(1)},
		{dtype.BFloat16, 1.00390625, 1}, // half way: to even
		{dtype.Float32, 1e300, math.Inf(1)},
	} {
		mem := make([]byte, c.d.Size())
		v := View{DType: c.d}
		a := op.NewArray(dtype.Float64)
		a.Data[0] = c.x
		WriteArray(mem, v, a)
		if got := ReadArray(mem, v).Data[0]; got != c.want {
			t.Errorf("%v stored as %s reads %v, want %v", c.x, c.d, got, c.want)
		}
	}
}

func TestHostViewStrided(t *testing.T) {
	mem := make([]byte, 4*12)
	whole := View{DType: dtype.Int32, View: shape.Contiguous([]int{3, 4})}
	a := op.NewArray(dtype.Int32, 3, 4)
	for i := range a.Data {
		a.Data[i] = float64(i)
	}
	WriteArray(mem, whole, a)
	for _, c := range []struct {
		name    string
		shape   []int
		strides []int
		offset  int
		want    []float64
	}{
		{"transposed column", []int{2, 3}, []int{1, 4}, 1, []float64{1, 5, 9, 2, 6, 10}},
		{"stretched", []int{2, 2}, []int{0, 1}, 4, []float64{4, 5, 4, 5}},
		{"scalar", []int{}, []int{}, 7, []float64{7}},
		{"empty, anywhere", []int{0, 3}, []int{1, 1}, 99, []float64{}},
		{"inner axis empty", []int{3, 0}, []int{4, 1}, 0, []float64{}},
	} {
		v := View{DType: dtype.Int32, View: shape.View{Shape: c.shape, Strides: c.strides, Offset: c.offset}}
		if got := ReadArray(mem, v).Data; !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestHostViewOutOfBounds(t *testing.T) {
	for _, v := range []View{
		{DType: dtype.Int32, View: shape.Contiguous([]int{5})},
		{DType: dtype.Int32, View: shape.View{Shape: []int{2}, Strides: []int{1}, Offset: -1}},
		{DType: dtype.Int32, View: shape.View{Shape: []int{2, 2}, Strides: []int{3, 1}}},
		{DType: dtype.Invalid, View: shape.Contiguous([]int{1})},
	} {
		func() {
			defer func() {
				if r := recover(); r == nil || !strings.HasPrefix(fmt.Sprint(r), "backend: ") {
					t.Errorf("%v of 16 bytes: recovered %v", v, r)
				}
			}()
			ReadArray(make([]byte, 16), v)
		}()
	}
}

func TestEvaluate(t *testing.T) {
	d := &fake{name: "fake:0"}
	x := put(t, d, array([]int{2, 3}, 1, 2, 3, 4, 5, 6))
	y := put(t, d, array([]int{3}, 10, 20, 30))
	c := elementwise(t, d, op.Add, nil, x, y)
	if err := d.Run(c); err != nil {
		t.Fatal(err)
	}
	if got, want := get(t, d, c.Out[0]), []float64{11, 22, 33, 14, 25, 36}; !slices.Equal(got, want) {
		t.Errorf("add = %v, want %v", got, want)
	}

	in := []op.Meta{{Shape: x.Shape, DType: x.DType}}
	sum := &Call{Op: op.Sum, Attrs: op.ReduceAttrs{Axes: []int{1}}, In: []View{x}, Out: []View{empty(t, d, op.Meta{Shape: []int{2}, DType: dtype.Float32})}}
	sum.Fold = op.Sum.Fold(in, sum.Attrs)
	if err := d.Run(sum); err != nil {
		t.Fatal(err)
	}
	if got, want := get(t, d, sum.Out[0]), []float64{6, 15}; !slices.Equal(got, want) {
		t.Errorf("sum = %v, want %v", got, want)
	}

	yT := View{y.Buffer, y.DType, shape.Contiguous([]int{3, 1})}
	mm := &Call{Op: op.MatMul, In: []View{x, yT}, Out: []View{empty(t, d, op.Meta{Shape: []int{2, 1}, DType: dtype.Float32})}}
	if err := d.Run(mm); err != nil {
		t.Fatal(err)
	}
	if got, want := get(t, d, mm.Out[0]), []float64{140, 320}; !slices.Equal(got, want) {
		t.Errorf("matmul = %v, want %v", got, want)
	}

	if err := d.Run(&Call{Op: op.MatMul, In: []View{x, x}, Out: mm.Out}); err == nil || !strings.Contains(err.Error(), "matmul") {
		t.Errorf("matmul of [2 3] x [2 3]: error %v, want one that names the op", err)
	}
}

func TestEvaluateInPlace(t *testing.T) {
	d := &fake{name: "fake:0"}
	x := put(t, d, array([]int{3}, 1, 2, 3))
	c := elementwise(t, d, op.Mul, nil, x, x)
	c.Out[0] = x
	if err := d.Run(c); err != nil {
		t.Fatal(err)
	}
	if got, want := get(t, d, x), []float64{1, 4, 9}; !slices.Equal(got, want) {
		t.Errorf("x *= x gave %v, want %v", got, want)
	}
}

// A 0-dim float64 does not widen a float32, though its stretched view looks
// like any other.
func TestEvaluateKeepsTypesOfStretched(t *testing.T) {
	d := &fake{name: "fake:0"}
	x := put(t, d, array([]int{2}, 1, 2))
	s := op.NewArray(dtype.Float64)
	s.Data[0] = 0.5
	c := elementwise(t, d, op.Add, nil, x, put(t, d, s))
	if c.Out[0].DType != dtype.Float32 {
		t.Fatalf("out is %s", c.Out[0].DType)
	}
	if err := d.Run(c); err != nil {
		t.Fatal(err)
	}
	if got, want := get(t, d, c.Out[0]), []float64{1.5, 2.5}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
