package op

import "github.com/hekla-ml/hekla/dtype"

// Samples and refusals of the movement ops, and of their transpose ViewGrad.

// moves pairs a shape with attributes.
type moves []struct {
	shape []int
	attrs any
}

func (m moves) samples(r *Rand) []Sample {
	var l []Sample
	for i, x := range m {
		// Movement does not look at elements: each type once in a while.
		types := []dtype.DType{dtype.Float32, dtype.Float64}
		if i < 2 {
			types = append(types, dtype.Float16, dtype.Int64, dtype.Int32, dtype.Uint8, dtype.Bool)
		}
		for _, d := range types {
			l = append(l, Sample{In: []*Array{r.anyOf(d, x.shape...)}, Attrs: x.attrs})
		}
	}
	return l
}

func (m moves) errors() []ErrorSample {
	var l []ErrorSample
	for _, x := range m {
		l = append(l, ErrorSample{Sample{In: []*Array{NewArray(dtype.Float32, x.shape...)}, Attrs: x.attrs}, ErrShape})
	}
	return l
}

func reshapeSamples(r *Rand) []Sample {
	return moves{
		{[]int{2, 3, 4}, ShapeAttrs{6, 4}}, {[]int{2, 3, 4}, ShapeAttrs{-1, 2}}, {[]int{6}, ShapeAttrs{2, 1, 3}},
		{nil, ShapeAttrs{1, 1}}, {[]int{1}, ShapeAttrs{}}, {[]int{0, 3}, ShapeAttrs{3, 0}}, {[]int{2, 0}, ShapeAttrs{0, 5}},
	}.samples(r)
}

func reshapeErrors() []ErrorSample {
	return moves{
		{[]int{2, 3}, ShapeAttrs{4}}, {[]int{2, 3}, ShapeAttrs{-1, 4}}, {[]int{2, 3}, ShapeAttrs{-1, -1}}, {[]int{2, 3}, ShapeAttrs{-2, -3}},
	}.errors()
}

func expandSamples(r *Rand) []Sample {
	return moves{
		{[]int{3, 1}, ShapeAttrs{3, 4}}, {[]int{3}, ShapeAttrs{2, 3}}, {[]int{1, 3}, ShapeAttrs{2, 4, -1}},
		{nil, ShapeAttrs{2, 2}}, {[]int{2, 3}, ShapeAttrs{-1, -1}}, {[]int{1, 2}, ShapeAttrs{0, 2}}, {nil, ShapeAttrs{}},
	}.samples(r)
}

func expandErrors() []ErrorSample {
	return moves{
		{[]int{2, 3}, ShapeAttrs{2, 4}}, {[]int{2, 3}, ShapeAttrs{3}}, {[]int{3}, ShapeAttrs{-1, 3}},
	}.errors()
}

func permuteSamples(r *Rand) []Sample {
	return moves{
		{[]int{2, 3, 4}, AxesAttrs{2, 0, 1}}, {[]int{2, 3}, AxesAttrs{-1, -2}}, {[]int{2, 3, 4}, AxesAttrs{0, 1, 2}},
		{[]int{2, 1, 0, 3}, AxesAttrs{3, 1, 0, 2}}, {nil, AxesAttrs{}},
	}.samples(r)
}

func permuteErrors() []ErrorSample {
	return moves{
		{[]int{2, 3}, AxesAttrs{0}}, {[]int{2, 3}, AxesAttrs{0, 0}}, {[]int{2, 3}, AxesAttrs{0, 2}}, {[]int{2, 3}, AxesAttrs{0, -2}},
	}.errors()
}

func sliceSamples(r *Rand) []Sample {
	return moves{
		{[]int{5, 3}, SliceAttrs{0, 1, 4, 1}}, {[]int{5, 3}, SliceAttrs{0, 0, 5, 2}}, {[]int{2, 7}, SliceAttrs{-1, 1, 7, 3}},
		{[]int{5}, SliceAttrs{0, -3, -1, 1}}, {[]int{5}, SliceAttrs{0, 2, 100, 1}}, {[]int{5}, SliceAttrs{0, 3, 2, 1}}, {[]int{0, 2}, SliceAttrs{0, 0, 4, 1}},
	}.samples(r)
}

func sliceErrors() []ErrorSample {
	return moves{{[]int{5}, SliceAttrs{1, 0, 2, 1}}, {[]int{5}, SliceAttrs{0, 0, 2, 0}}, {[]int{5}, SliceAttrs{0, 0, 2, -1}}}.errors()
}

func selectSamples(r *Rand) []Sample {
	return moves{
		{[]int{5, 3}, SelectAttrs{0, 1}}, {[]int{2, 5, 3}, SelectAttrs{1, -1}}, {[]int{4}, SelectAttrs{-1, 0}}, {[]int{3, 0}, SelectAttrs{0, 2}},
	}.samples(r)
}

func selectErrors() []ErrorSample {
	return moves{{[]int{5}, SelectAttrs{0, 5}}, {[]int{5}, SelectAttrs{0, -6}}, {[]int{5}, SelectAttrs{1, 0}}, {[]int{0}, SelectAttrs{0, 0}}}.errors()
}

func diagonalSamples(r *Rand) []Sample {
	return moves{
		{[]int{3, 4}, DiagonalAttrs{0, 0, 1}}, {[]int{4, 3}, DiagonalAttrs{1, 0, 1}}, {[]int{4, 3}, DiagonalAttrs{-1, 0, 1}},
		{[]int{2, 3, 4}, DiagonalAttrs{0, -2, -1}}, {[]int{2, 3, 4}, DiagonalAttrs{1, 2, 0}}, {[]int{3, 3}, DiagonalAttrs{3, 0, 1}},
	}.samples(r)
}

func diagonalErrors() []ErrorSample {
	return moves{{[]int{3}, DiagonalAttrs{0, 0, 1}}, {[]int{3, 3}, DiagonalAttrs{0, 1, 1}}, {[]int{3, 3}, DiagonalAttrs{0, 0, -2}}}.errors()
}

func unfoldSamples(r *Rand) []Sample {
	return moves{
		{[]int{7}, UnfoldAttrs{0, 3, 2}}, {[]int{2, 6}, UnfoldAttrs{-1, 3, 1}}, {[]int{5, 2}, UnfoldAttrs{0, 2, 3}},
		{[]int{4}, UnfoldAttrs{0, 4, 1}}, {[]int{3, 0}, UnfoldAttrs{0, 2, 1}},
	}.samples(r)
}

func unfoldErrors() []ErrorSample {
	return moves{{[]int{4}, UnfoldAttrs{0, 5, 1}}, {[]int{4}, UnfoldAttrs{0, 2, 0}}, {[]int{4}, UnfoldAttrs{1, 2, 1}}, {[]int{4}, UnfoldAttrs{0, -1, 1}}}.errors()
}

func stridedSamples(r *Rand) []Sample {
	return moves{
		{[]int{8}, StridedAttrs{[]int{2, 3}, []int{1, 2}, 1}}, {[]int{3, 4}, StridedAttrs{[]int{4, 3}, []int{1, 4}, 0}},
		{[]int{6}, StridedAttrs{[]int{4, 3}, []int{1, 1}, 0}}, {[]int{4}, StridedAttrs{[]int{2, 2}, []int{0, 3}, 0}}, {[]int{4}, StridedAttrs{[]int{}, []int{}, 3}},
	}.samples(r)
}

func stridedErrors() []ErrorSample {
	return moves{
		{[]int{4}, StridedAttrs{[]int{5}, []int{1}, 0}}, {[]int{4}, StridedAttrs{[]int{2}, []int{-1}, 2}},
		{[]int{4}, StridedAttrs{[]int{2}, []int{1, 1}, 0}}, {[]int{4}, StridedAttrs{[]int{2}, []int{1}, -1}}, {[]int{4}, StridedAttrs{[]int{-1}, []int{1}, 0}},
	}.errors()
}

// viewGradSamples takes the transposes of all the views that leave theirs to
// ViewGrad.
func viewGradSamples(r *Rand) []Sample {
	var l []Sample
	for _, m := range []struct {
		view  *Op
		shape []int
		attrs any
		out   []int
	}{
		{Slice, []int{5, 3}, SliceAttrs{0, 1, 4, 2}, []int{2, 3}},
		{Select, []int{2, 5, 3}, SelectAttrs{1, -1}, []int{2, 3}},
		{Diagonal, []int{4, 3}, DiagonalAttrs{-1, 0, 1}, []int{3}},
		{Unfold, []int{7}, UnfoldAttrs{0, 3, 2}, []int{3, 3}},
		{AsStrided, []int{6}, StridedAttrs{[]int{4, 3}, []int{1, 1}, 0}, []int{4, 3}},
		{Slice, []int{5}, SliceAttrs{0, 3, 2, 1}, []int{0}},
	} {
		for _, d := range []dtype.DType{dtype.Float32, dtype.Float64} {
			l = append(l, Sample{Name: m.view.Name, In: []*Array{r.Floats(d, -3, 3, m.out...)}, Attrs: &ViewGradAttrs{m.view, m.attrs, m.shape}})
		}
	}
	return l
}
