package op

import (
	"math"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
)

func TestNormValues(t *testing.T) {
	x := arr(dtype.Float32, []int{1, 4}, 1, 2, 3, 6)
	blind := arr(dtype.Bool, []int{2, 2}, 0, 0, 0, 1)
	one := arr(dtype.Float32, []int{2, 1}, 1, 1)
	r := 1 / math.Sqrt(3.5) // mean 3, squares 4+1+0+9 over 4
	checkValues(t, []valueTest{
		{LayerNorm, NormAttrs{}, []*Array{x}, [][]float64{{-2 * r, -r, 0, 3 * r}, {3}, {3.5}}, "mean 3, variance 3.5"},
		{RMSNorm, NormAttrs{Eps: 3.5}, []*Array{x}, [][]float64{{0.25, 0.5, 0.75, 1.5}}, "mean of squares 12.5"},
		{Var, VarAttrs{Correction: 1}, []*Array{x}, [][]float64{{14.0 / 3}}, "14 over 4-1"},
		{Std, VarAttrs{}, []*Array{f32(2, 2)}, [][]float64{{0}}, "constant"},
		{Var, VarAttrs{Correction: 1}, []*Array{f32(2)}, [][]float64{{nan}}, "one element: not known"},
		{Norm, PNormAttrs{P: 2}, []*Array{f32(3, -4)}, [][]float64{{5}}, "Pythagoras"},
		{Norm, PNormAttrs{}, []*Array{f32(3, 0, nan)}, [][]float64{{2}}, "two are not zero"},
		{Norm, PNormAttrs{P: math.Inf(-1)}, []*Array{f32(3, -4)}, [][]float64{{3}}, "smallest magnitude"},
		{Softmax, AxisAttrs{}, []*Array{f32(1000, 1000)}, [][]float64{{0.5, 0.5}}, "no overflow"},
		{LogSoftmax, AxisAttrs{}, []*Array{f32(0, -inf)}, [][]float64{{0, -inf}}, "probability 0"},
		{LogSumExp, ReduceAttrs{}, []*Array{f32(-inf, -inf)}, [][]float64{{-inf}}, "log 0"},
		{Attention, AttentionAttrs{}, []*Array{one, one, arr(dtype.Float32, []int{2, 1}, 5, 7), blind}, [][]float64{{0, 7}}, "a query that sees nothing gets 0"},
		{Resize, ResizeAttrs{Size: []int{4}, Mode: ResizeNearestExact}, []*Array{arr(dtype.Float32, []int{1, 1, 3}, 1, 2, 3)}, [][]float64{{1, 2, 2, 3}}, "centres at 0.375, 1.125, 1.875, 2.625"},
		{Pad, PadAttrs{Before: []int{2}, After: []int{1}, Mode: PadReflect}, []*Array{f32(1, 2, 3)}, [][]float64{{3, 2, 1, 2, 3, 2}}, "without the edge"},
		{Pad, PadAttrs{Before: []int{-5}, After: []int{3}, Value: 9}, []*Array{f32(1, 2, 3, 4)}, [][]float64{{9, 9}}, "more cut than there was"},
	})
}

// At a constant the standard deviation has gradient 0, not NaN.
func TestStdGradientAtZero(t *testing.T) {
	g := ReferenceVJP(Std, VarAttrs{}, []*Array{f32(2, 2)}, []*Array{arr(dtype.Float32, nil, 1)}, ^Mask(0))[0]
	if g.Data[0] != 0 || g.Data[1] != 0 {
		t.Errorf("gradient %v, want [0 0]", g.Data)
	}
}

// The three convolutions are one form: <conv(x, w), y> = <x, convtranspose(y, w)>
// = <w, convweight(x, y)>.
func TestConvForms(t *testing.T) {
	r := NewRand(5)
	for i, s := range convSamples(r) {
		a := s.Attrs.(ConvAttrs)
		x, w := s.In[0], s.In[1]
		apply := func(o *Op, attrs any, in ...Value) *Array { return Reference{}.Apply(o, attrs, in...)[0].(*Array) }
		z := apply(Conv, a, x, w)
		y := r.Floats(z.Meta.DType, -1, 1, z.Meta.Shape...)
		want := dot([]*Array{z}, []*Array{y})
		byX := dot([]*Array{x}, []*Array{apply(ConvTranspose, sized(a, x), y, w)})
		byW := dot([]*Array{w}, []*Array{apply(ConvWeight, sized(a, w), x, y)})
		if math.Abs(byX-want) > 1e-9 || math.Abs(byW-want) > 1e-9 { // sums of some thousand products
			t.Errorf("sample %d %s: %v by output, %v by input, %v by weight", i, s.Name, want, byX, byW)
		}
	}
}
