package op

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
)

// arr returns an array of type d and shape s with the given elements.
func arr(d dtype.DType, s []int, data ...float64) *Array { return &Array{Meta{s, d}, data} }

func f32(data ...float64) *Array { return arr(dtype.Float32, []int{len(data)}, data...) }
func i64(data ...float64) *Array { return arr(dtype.Int64, []int{len(data)}, data...) }

// A valueTest is a call and its results, worked out by hand.
type valueTest struct {
	op    *Op
	attrs any
	in    []*Array
	want  [][]float64
	why   string
}

func checkValues(t *testing.T, tests []valueTest) {
	t.Helper()
	for _, c := range tests {
		for k, v := range (Reference{}).Apply(c.op, c.attrs, valuesOf(c.in)...) {
			got := v.(*Array).Data
			if k >= len(c.want) {
				continue
			}
			if !slices.EqualFunc(got, c.want[k], func(a, b float64) bool {
				return same(a, b) || math.Abs(a-b) <= 1e-12 // sums of a few terms near 1
			}) {
				t.Errorf("%s %+v (%s): output %d = %v, want %v", c.op.Name, c.attrs, c.why, k, got, c.want[k])
			}
		}
	}
}

var inf, nan = math.Inf(1), math.NaN()

func TestIndexValues(t *testing.T) {
	m := arr(dtype.Float32, []int{2, 3}, 1, 2, 3, 4, 5, 6)
	checkValues(t, []valueTest{
		{Gather, AxisAttrs{1}, []*Array{m, arr(dtype.Int64, []int{2, 2}, 2, 0, 1, 1)}, [][]float64{{3, 1, 5, 5}}, "columns"},
		{Scatter, AxisAttrs{0}, []*Array{f32(1, 2, 3), i64(2, 0, 2), f32(7, 8, 9)}, [][]float64{{8, 2, 9}}, "the last wins"},
		{ScatterAdd, AxisAttrs{0}, []*Array{f32(1, 2, 3), i64(2, 0, 2), f32(7, 8, 9)}, [][]float64{{9, 2, 19}}, "all count"},
		{ScatterReduce, ScatterReduceAttrs{By: ByMax, ExcludeSelf: true}, []*Array{f32(10, 20, 30), i64(2, 0, 2), f32(7, 8, 9)}, [][]float64{{8, 20, 9}}, "self is larger, but left out"},
		{ScatterReduce, ScatterReduceAttrs{Mean: true}, []*Array{f32(1, 2, 3), i64(2, 0, 2), f32(7, 8, 8)}, [][]float64{{4.5, 2, 6}}, "mean of two and of three"},
		{IndexGet, nil, []*Array{m, i64(-1, 0)}, [][]float64{{4, 5, 6, 1, 2, 3}}, "negative indices count from the end"},
		{IndexGet, nil, []*Array{m, i64(0, 1), i64(-1)}, [][]float64{{3, 6}}, "indices broadcast"},
		{IndexPut, IndexPutAttrs{}, []*Array{f32(1, 2, 3), f32(8, 9), i64(1, -2)}, [][]float64{{1, 9, 3}}, "one place twice: the last wins"},
		{IndexPut, IndexPutAttrs{Accumulate: true}, []*Array{f32(1, 2, 3), f32(5), i64(1, -2)}, [][]float64{{1, 12, 3}}, "one place twice, one value"},
		{IndexAdd, IndexAttrs{Scale: -1}, []*Array{f32(1, 2, 3), i64(0, 0), f32(1, 1)}, [][]float64{{-1, 2, 3}}, "scaled"},
		{OneHot, OneHotAttrs{3}, []*Array{i64(2, 0, 3)}, [][]float64{{0, 0, 1, 1, 0, 0, 0, 0, 0}}, "3 is no class"},
	})
}

func TestIndexOutOfRange(t *testing.T) {
	x := f32(1, 2, 3)
	for _, c := range []valueTest{
		{op: Gather, attrs: AxisAttrs{}, in: []*Array{x, i64(3)}},
		{op: Gather, attrs: AxisAttrs{}, in: []*Array{x, i64(-1)}, why: "only IndexGet and IndexPut wrap"},
		{op: ScatterAdd, attrs: AxisAttrs{}, in: []*Array{x, i64(3), f32(1)}},
		{op: IndexGet, in: []*Array{x, i64(-4)}},
		{op: IndexPut, attrs: IndexPutAttrs{}, in: []*Array{x, f32(1), i64(3)}},
		{op: NLLLoss, attrs: LossAttrs{}, in: []*Array{x, arr(dtype.Int64, nil, 3)}},
	} {
		func() {
			defer func() {
				e, _ := recover().(error)
				var index *IndexError
				if !errors.As(e, &index) || index.Size != 3 {
					t.Errorf("%s of %v: panic %v, want an IndexError for size 3", c.op.Name, c.in[1].Data, e)
				}
			}()
			Reference{}.Apply(c.op, c.attrs, valuesOf(c.in)...)
		}()
	}
}

// The gradient of an overwritten element is 0.
func TestScatterGradientOfDuplicates(t *testing.T) {
	g := ReferenceVJP(Scatter, AxisAttrs{}, []*Array{f32(1, 2, 3), i64(2, 0, 2), f32(7, 8, 9)}, []*Array{f32(10, 20, 30)}, Nth(0, 2))
	if want := []float64{0, 20, 0}; !slices.Equal(g[0].Data, want) {
		t.Errorf("by x: %v, want %v", g[0].Data, want)
	}
	if want := []float64{0, 10, 30}; !slices.Equal(g[2].Data, want) {
		t.Errorf("by src: %v, want %v", g[2].Data, want)
	}
}

// Ops and their gradients keep to the half types they are given, though some
// statistics are float32.
func TestHalf(t *testing.T) {
	for _, o := range All() {
		for i, s := range samplesOf(o) {
			half := false
			for k, a := range s.In {
				if a.Meta.DType == dtype.Float32 {
					half = true
					s.In[k] = a.Round(dtype.BFloat16)
				}
			}
			metas := metasOf(valuesOf(s.In))
			want, err := o.Infer(metas, s.Attrs)
			if !half || err != nil { // Infer may want one type, and get a float64 too
				continue
			}
			name := fmt.Sprintf("%s: sample %d %s %v", o.Name, i, s.Name, metas)
			tape := NewTape(Reference{})
			outs := tape.Apply(o, s.Attrs, valuesOf(s.In)...)
			cot := make([]Value, len(outs))
			for k, y := range outs {
				if y.DType() != want[k].DType {
					t.Errorf("%s: output %d is %s, want %s", name, k, y.DType(), want[k].DType)
				}
				if y.DType().IsFloat() {
					cot[k] = NewArray(y.DType(), y.Shape()...)
				}
			}
			var wrt []Value
			for _, a := range s.In {
				if a.Meta.DType.IsFloat() {
					wrt = append(wrt, a)
				}
			}
			if len(wrt) == 0 {
				continue
			}
			for k, g := range tape.Grad(outs, cot, wrt) {
				if g != nil && g.DType() != wrt[k].DType() {
					t.Errorf("%s: gradient %d is %s, want %s", name, k, g.DType(), wrt[k].DType())
				}
			}
		}
	}
}
