package conformance

import (
	"fmt"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// A variant is a sample to check, the op's own or one made from it.
type variant struct {
	op.Sample
	arranged bool // in all layouts, subsets of gradients and aliased
}

// samples returns the op's own samples, the same in other float types, and
// some of the sizes at which kernels change path.
func samples(o *op.Op, seed uint64) []variant {
	if o.Samples == nil {
		return nil
	}
	var l []variant
	for _, s := range o.Samples(op.NewRand(seed)) {
		l = append(l, variant{s, true})
	}
	own := len(l)
	_, _, _, row := o.Elementwise()
	for _, v := range l[:own] {
		for _, d := range []dtype.DType{dtype.Float64, dtype.Float16, dtype.BFloat16} {
			if row && (d == dtype.Float64 || v.Name == d.String()) {
				continue // rows have samples of these
			}
			if s, ok := as(o, v.Sample, d); ok {
				l = append(l, variant{s, false})
			}
		}
	}
	if own > 0 {
		l = append(l, edges(o, l[0].Sample, seed)...)
	}
	return l
}

// as returns s with its float32 operands of type d, rounded to it; ok is false
// if there are none or the op does not take them.
func as(o *op.Op, s op.Sample, d dtype.DType) (op.Sample, bool) {
	in, changed := slices.Clone(s.In), false
	metas := make([]op.Meta, len(in))
	for i, a := range in {
		if a.DType() == dtype.Float32 {
			in[i], changed = a.Round(d), true
		}
		metas[i] = in[i].Meta
	}
	s.In = in
	if s.Name != "" {
		s.Name += " "
	}
	s.Name += d.String()
	_, err := o.Infer(metas, s.Attrs)
	return s, changed && err == nil
}

// edgeSizes surround the powers of two at which vectors, blocks, workgroups and
// 16-bit counters end.
var edgeSizes = []int{31, 32, 33, 255, 256, 257, 1023, 1024, 1025, 32767, 32768, 32769, 65535, 65536, 65537}

// families names one op of each family of kernels, to be tried at all edges.
var families = []string{
	"add", "tanh", "where", "sum", "max", "softmax", "layernorm", "matmul", "cumsum", "sort", "argmax", "gather",
	"flip", "concat", "indexselect", "cast", "randuniform", "permute", "var", "batchnorm",
}

// edges returns s with its last axis stretched to edge sizes: all of them for
// one op of each family, else two for elementwise ops.
func edges(o *op.Op, s op.Sample, seed uint64) []variant {
	sizes := edgeSizes
	if !slices.Contains(families, o.Name) {
		if _, _, _, row := o.Elementwise(); !row {
			return nil
		}
		sizes = []int{31, 1025} // not multiples of any vector or block
	}
	var l []variant
	if o == op.MatMul {
		l = products(op.NewRand(seed))
	}
	for _, n := range sizes {
		t := s
		t.Name = fmt.Sprintf("size %d", n)
		t.In = nil
		for k, a := range s.In {
			t.In = append(t.In, stretch(o, k, a, s.In[0], n, op.NewRand(seed+uint64(n))))
		}
		metas := make([]op.Meta, len(t.In))
		for i, a := range t.In {
			metas[i] = a.Meta
		}
		if _, err := o.Infer(metas, t.Attrs); err == nil && len(t.In) > 0 {
			l = append(l, variant{t, n <= 1025})
		}
	}
	return l
}

// products are matrices large enough to be cut into blocks in every direction,
// by sizes that no block divides.
func products(r *op.Rand) []variant {
	var l []variant
	for _, s := range [][3]int{{37, 1031, 53}, {131, 67, 139}, {5, 2063, 70}} {
		in := []*op.Array{r.Floats(dtype.Float32, -2, 2, s[0], s[1]), r.Floats(dtype.Float32, -2, 2, s[1], s[2])}
		l = append(l, variant{op.Sample{Name: fmt.Sprintf("blocks of %v", s), In: in}, true})
	}
	return l
}

// stretch repeats operand k along its last axis, if that is as long as the first
// operand's, up to n elements; that of a matrix product along the summed axis.
func stretch(o *op.Op, k int, a, first *op.Array, n int, r *op.Rand) *op.Array {
	s := slices.Clone(a.Shape())
	axis := len(s) - 1
	if o == op.MatMul && k == 1 && axis > 0 {
		axis--
	}
	if axis < 0 || len(first.Shape()) == 0 || s[axis] != first.Shape()[len(first.Shape())-1] || s[axis] == 0 {
		return a
	}
	if o == op.MatMul { // repeated numbers have roundings that add up
		return r.Floats(a.DType(), -2, 2, append(s[:axis:axis], append([]int{n}, s[axis+1:]...)...)...)
	}
	old := s[axis]
	s[axis] = n
	b := op.NewArray(a.DType(), s...)
	inner := 1
	for _, d := range s[axis+1:] {
		inner *= d
	}
	for i := range b.Data {
		in, at, out := i%inner, i/inner%n, i/inner/n
		b.Data[i] = a.Data[(out*old+at%old)*inner+in]
	}
	return b
}
