package op

import (
	"math"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
)

// AttentionAttrs are the attributes of Attention.
type AttentionAttrs struct {
	Causal bool    // query i sees keys 0 to i only
	Scale  float64 // of q·k; 0 means 1/sqrt(e)
	// Grouped lets q have a multiple of the heads (axis -3) of k and v; each of
	// theirs serves as many consecutive heads of q.
	Grouped bool
}

// Attention is scaled dot product attention. A query that may see no key at
// all gets 0.
var Attention = register(&Op{
	Name: "attention", Doc: "returns softmax(q·k * Scale + mask)·v for q [..., l, e], k [..., s, e], v [..., s, d]: [..., l, d]. The optional mask broadcasts to [..., l, s]; bools say which keys count.",
	Infer: func(in []Meta, attrs any) ([]Meta, error) {
		if err := operands(in, 3, 4); err != nil {
			return nil, err
		}
		a, _ := attrs.(AttentionAttrs)
		q, k, v := in[0].Shape, in[1].Shape, in[2].Shape
		for _, m := range in[:3] {
			if len(m.Shape) < 2 || len(m.Shape) != len(q) {
				return nil, shapeError("q %v, k %v, v %v: want at least two axes, the same number", q, k, v)
			}
			if m.DType != in[0].DType || !m.DType.IsFloat() {
				return nil, dtypeError("q, k, v are %s, %s, %s: want one float type; convert first", in[0].DType, in[1].DType, in[2].DType)
			}
		}
		n := len(q) - 2
		if q[n+1] != k[n+1] || k[n] != v[n] {
			return nil, shapeError("q %v, k %v, v %v: want [..., l, e], [..., s, e], [..., s, d]", q, k, v)
		}
		if a.Grouped {
			if n == 0 || k[n-1] == 0 || q[n-1]%k[n-1] != 0 || k[n-1] != v[n-1] {
				return nil, shapeError("q %v, k %v, v %v: want axis -3 of q to be a multiple of that of k and v", q, k, v)
			}
			k, v = slices.Clone(k), slices.Clone(v)
			k[n-1], v[n-1] = q[n-1], q[n-1]
		}
		lead, err := shape.Broadcast(q[:n], k[:n], v[:n])
		if err != nil {
			return nil, shapeError("q %v, k %v, v %v: leading axes do not broadcast", q, k, v)
		}
		if len(in) > 3 {
			s := append(slices.Clone(lead), q[n], k[n])
			if _, err := shape.Contiguous(in[3].Shape).Expand(s); err != nil {
				return nil, shapeError("mask %v does not broadcast to %v", in[3].Shape, s)
			}
			if in[3].DType != dtype.Bool && in[3].DType != in[0].DType {
				return nil, dtypeError("mask is %s: want bool or %s", in[3].DType, in[0].DType)
			}
		}
		return []Meta{{append(slices.Clone(lead), q[n], v[n+1]), in[0].DType}}, nil
	},
	Decompose: func(b Builder, in []Value, attrs any) []Value {
		a, _ := attrs.(AttentionAttrs)
		q, k, v := in[0], in[1], in[2]
		n := len(q.Shape()) - 2
		if a.Grouped && q.Shape()[n-1] != k.Shape()[n-1] {
			group := RepeatAttrs{n - 1, q.Shape()[n-1] / k.Shape()[n-1]}
			k, v = b.one(Repeat, group, k), b.one(Repeat, group, v)
		}
		scale := a.Scale
		if scale == 0 {
			scale = 1 / math.Sqrt(float64(max(q.Shape()[n+1], 1)))
		}
		scores := b.Scale(b.MatMul(q, b.Transpose(k)), scale)
		masked := a.Causal || len(in) > 3
		never := b.Full(nil, q.DType(), math.Inf(-1))
		if a.Causal {
			scores = b.Where(b.triangleMask(lowerTriangle, q.Shape()[n], k.Shape()[n], 0), scores, never)
		}
		if len(in) > 3 {
			if in[3].DType() == dtype.Bool {
				scores = b.Where(in[3], scores, never)
			} else {
				scores = b.Add(scores, in[3])
			}
		}
		if !masked || shape.Numel(scores.Shape()) == 0 {
			return []Value{b.MatMul(b.one(Softmax, AxisAttrs{-1}, scores), v)}
		}
		// A row of nothing but -Inf has no softmax: it becomes a row of zeros.
		top := b.one(AMax, ReduceAttrs{Axes: []int{-1}, Keep: true}, scores)
		blind := b.one(Eq.Scalar(), []float64{math.Inf(-1)}, top)
		zero := b.zeros(nil, q.DType())
		p := b.one(Softmax, AxisAttrs{-1}, b.Where(blind, zero, scores))
		return []Value{b.MatMul(b.Where(blind, zero, p), v)}
	},
	Samples: func(r *Rand) []Sample {
		keys := r.Ints(dtype.Bool, 0, 2, 2, 1, 1, 5)
		keys.Data[0], keys.Data[6] = 1, 1
		blind := NewArray(dtype.Bool, 3, 4)
		blind.Data[1], blind.Data[6], blind.Data[7] = 1, 1, 1
		return []Sample{
			{In: []*Array{r.Normal(2, 3, 4), r.Normal(2, 5, 4), r.Normal(2, 5, 3)}, Attrs: AttentionAttrs{}},
			{Name: "causal", In: []*Array{r.Normal(2, 2, 4, 3), r.Normal(2, 2, 4, 3), r.Normal(2, 2, 4, 3)}, Attrs: AttentionAttrs{Causal: true}},
			{Name: "bool mask", In: []*Array{r.Normal(2, 2, 3, 4), r.Normal(2, 2, 5, 4), r.Normal(2, 2, 5, 4), keys}, Attrs: AttentionAttrs{}},
			{Name: "float mask, scale", In: []*Array{r.Normal(3, 4), r.Normal(5, 4), r.Normal(5, 2), r.Normal(3, 5)}, Attrs: AttentionAttrs{Scale: 0.3}},
			{Name: "a query without keys", In: []*Array{r.Normal(3, 2), r.Normal(4, 2), r.Normal(4, 2), blind}, Attrs: AttentionAttrs{}},
			{Name: "grouped", In: []*Array{r.Normal(4, 2, 3), r.Normal(2, 3, 3), r.Normal(2, 3, 2)}, Attrs: AttentionAttrs{Grouped: true}},
		}
	},
	Errors: func() []ErrorSample {
		f := func(s ...int) *Array { return NewArray(dtype.Float32, s...) }
		return []ErrorSample{
			{Sample{Name: "features", In: []*Array{f(3, 4), f(5, 3), f(5, 3)}, Attrs: AttentionAttrs{}}, ErrShape},
			{Sample{Name: "keys", In: []*Array{f(3, 4), f(5, 4), f(6, 4)}, Attrs: AttentionAttrs{}}, ErrShape},
			{Sample{Name: "mask", In: []*Array{f(3, 4), f(5, 4), f(5, 4), f(4, 5)}, Attrs: AttentionAttrs{}}, ErrShape},
			{Sample{Name: "type of mask", In: []*Array{f(3, 4), f(5, 4), f(5, 4), NewArray(dtype.Int64, 3, 5)}, Attrs: AttentionAttrs{}}, ErrDType},
			{Sample{Name: "heads", In: []*Array{f(3, 3, 4), f(2, 5, 4), f(2, 5, 4)}, Attrs: AttentionAttrs{Grouped: true}}, ErrShape},
		}
	},
})
