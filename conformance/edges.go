package conformance

import (
	"fmt"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// edgeSizes surround the powers of two at which vectors, blocks, workgroups and
// 16-bit counters end.
var edgeSizes = []int{31, 32, 33, 255, 256, 257, 1023, 1024, 1025, 32767, 32768, 32769, 65535, 65536, 65537}

// families names one op of each family of kernels, to be tried at all edges of
// every axis.
var families = []string{
	"add", "tanh", "where", "sum", "max", "softmax", "layernorm", "matmul", "cumsum", "sort", "argmax", "gather",
	"flip", "concat", "indexselect", "cast", "randuniform", "permute", "var", "batchnorm", "conv", "maxpool", "avgpool",
	"scatteradd", "topk", "resize", "pad",
}

// mostElements keeps one case to a second or two on slow devices.
const mostElements = 1 << 19

// edges returns s with its axes stretched to edge sizes: each axis to all of them
// for one op of each family, else the last to two.
func edges(o *op.Op, s op.Sample, seed uint64, later unmade) []variant {
	if len(s.In) == 0 {
		return nil
	}
	var l []variant
	if o == op.MatMul {
		l = products(op.NewRand(seed))
	}
	rank := len(s.In[0].Shape())
	for axis := rank - 1; axis >= 0; axis-- {
		for _, n := range edgeSizes {
			if !slices.Contains(families, o.Name) && (axis < rank-1 || n != 31 && n != 1025) {
				continue // neither is a multiple of any vector or block
			}
			if t, ok := stretched(o, s, axis, n, seed, later); ok {
				l = append(l, variant{t, n <= 1025 && axis == rank-1})
			}
		}
	}
	return l
}

// stretched returns s with an axis of the first operand, and those of others that
// are as long, n elements long, for later to fill; ok is false if the op does not
// take that.
func stretched(o *op.Op, s op.Sample, axis, n int, seed uint64, later unmade) (t op.Sample, ok bool) {
	t = s
	fromEnd := len(s.In[0].Shape()) - axis
	t.Name = fmt.Sprintf("size %d", n)
	if fromEnd > 1 {
		t.Name = fmt.Sprintf("axis %d of size %d", axis, n)
	}
	t.In = nil
	metas := make([]op.Meta, len(s.In))
	for k, a := range s.In {
		b := a
		if at := longAxis(o, k, a, s.In[0], fromEnd); at >= 0 {
			long := slices.Clone(a.Shape())
			long[at] = n
			b = &op.Array{Meta: op.Meta{Shape: long, DType: a.DType()}}
			later[b] = func() { b.Data = stretch(o, a, b.Meta, at, seed+uint64(n)) }
		}
		if elements(b) > mostElements {
			return t, false
		}
		t.In, metas[k] = append(t.In, b), b.Meta
	}
	out, err := o.Infer(metas, t.Attrs)
	for _, m := range out {
		ok = shape.Numel(m.Shape) <= mostElements
	}
	return t, ok && err == nil
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

// longAxis returns the axis along which operand k is stretched, or -1: that which is
// the fromEnd-th from its end, if it is as long as the first operand's; of the second
// matrix of a product its rows, where the first is stretched along its columns.
func longAxis(o *op.Op, k int, a, first *op.Array, fromEnd int) int {
	s := a.Shape()
	axis := len(s) - fromEnd
	if o == op.MatMul && k == 1 && fromEnd <= 2 {
		if fromEnd == 2 {
			return -1
		}
		axis--
	}
	if axis < 0 || s[axis] != first.Shape()[len(first.Shape())-fromEnd] || s[axis] == 0 {
		return -1
	}
	return axis
}

// stretch repeats the numbers of a along an axis, up to those of an array like long.
func stretch(o *op.Op, a *op.Array, long op.Meta, axis int, seed uint64) []float64 {
	if multilinear[o.Name] { // repeated numbers have roundings that add up
		return op.NewRand(seed).Floats(a.DType(), -2, 2, long.Shape...).Data
	}
	inner := shape.Numel(long.Shape[axis+1:])
	old, n := a.Shape()[axis]*inner, long.Shape[axis]*inner
	out := make([]float64, 0, shape.Numel(long.Shape))
	for at := 0; at < len(a.Data); at += old {
		for rest := n; rest > 0; rest -= old {
			out = append(out, a.Data[at:][:min(old, rest)]...)
		}
		if o == op.SearchSorted && inner == 1 { // what is searched in has to be sorted
			slices.Sort(out[len(out)-n:])
		}
	}
	return out
}
