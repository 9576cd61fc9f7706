package op

import (
	"math"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
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
// all gets 0, and 0 as its logarithm.
var Attention = register(&Op{
	Name: "attention", Doc: "returns softmax(q·k * Scale + mask)·v for q [..., l, e], k [..., s, e], v [..., s, d]: [..., l, d], and the logsumexp of each query's scores [..., l]. The optional mask broadcasts to [..., l, s]; bools say which keys count.", Outputs: 2,
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
		return []Meta{{append(slices.Clone(lead), q[n], v[n+1]), in[0].DType}, {append(lead, q[n]), statsType(in[0].DType)}}, nil
	},
	Decompose: func(b Builder, in []Value, attrs any) []Value {
		a, _ := attrs.(AttentionAttrs)
		q, k, v := in[0], in[1], in[2]
		if group := a.group(q.Shape(), k.Shape()); group > 1 {
			k, v = b.one(Repeat, RepeatAttrs{len(k.Shape()) - 3, group}, k), b.one(Repeat, RepeatAttrs{len(v.Shape()) - 3, group}, v)
		}
		scores, stats := b.scores(q, k, in[3:], a), statsType(q.DType())
		if s := scores.Shape(); s[len(s)-1] == 0 {
			y := b.MatMul(scores, v)
			return []Value{y, b.zeros(y.Shape()[:len(y.Shape())-1], stats)}
		}
		top := b.one(AMax, ReduceAttrs{Axes: []int{-1}, Keep: true}, scores)
		top = b.Map(finiteOrZero, nil, top)[0] // 0 where a query sees no key
		sum := b.foldSum(expDiff, nil, stats, []int{-1}, scores, top)
		weights := b.one(Map, &MapAttrs{Fn: expRatioOr0, Out: []dtype.DType{q.DType()}}, scores, top, sum)
		lse := b.one(Map, &MapAttrs{Fn: logPlusOr0, Out: []dtype.DType{stats}}, top, sum)
		y := b.MatMul(weights, v)
		return []Value{y, b.squeezed(lse, y)}
	},
	SaveIn: Nth(0, 1, 2, 3), SaveOut: Nth(0, 1),
	Grad: attentionBack,
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
			{Name: "heads of 136, values of 192", In: []*Array{r.Normal(2, 136), r.Normal(3, 136), r.Normal(3, 192)}, Attrs: AttentionAttrs{}},
			{Name: "heads of 256, causal, grouped", In: []*Array{r.Normal(2, 3, 256), r.Normal(1, 2, 256), r.Normal(1, 2, 256)}, Attrs: AttentionAttrs{Causal: true, Grouped: true}},
			{Name: "values of 133, float mask", In: []*Array{r.Normal(2, 3), r.Normal(3, 3), r.Normal(3, 133), r.Normal(2, 3)}, Attrs: AttentionAttrs{}},
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

// group returns how many heads of q share one of k.
func (a AttentionAttrs) group(q, k []int) int {
	if n := len(q) - 3; a.Grouped && k[n] > 0 {
		return q[n] / k[n]
	}
	return 1
}

// ScaleOf returns the factor of q·k for queries of size e.
func (a AttentionAttrs) ScaleOf(e int) float64 {
	if a.Scale == 0 {
		return 1 / math.Sqrt(float64(max(e, 1)))
	}
	return a.Scale
}

// scores returns q·k * Scale + mask, -Inf where a query does not see a key.
func (b Builder) scores(q, k Value, mask []Value, a AttentionAttrs) Value {
	n := len(q.Shape()) - 2
	scores := b.Scale(b.MatMul(q, b.Transpose(k)), a.ScaleOf(q.Shape()[n+1]))
	never := func() Value { return b.Full(nil, q.DType(), math.Inf(-1)) }
	if a.Causal {
		scores = b.Where(b.triangleMask(lowerTriangle, q.Shape()[n], k.Shape()[n], 0), scores, never())
	}
	if len(mask) == 0 {
		return scores
	}
	if mask[0].DType() == dtype.Bool {
		return b.Where(mask[0], scores, never())
	}
	return b.Add(scores, mask[0])
}

// squeezed takes the last axis, of size 1, off v, whose others are those of y.
func (b Builder) squeezed(v, y Value) Value { return b.Reshape(v, y.Shape()[:len(y.Shape())-1]) }

var (
	expRatioOr0 = fn3(func(x, m, s V) V {
		return s.Eq(pointwise.Const(0)).Select(pointwise.Const(0), x.Sub(m).Exp().Div(s))
	})
	logPlusOr0 = fn2(func(m, s V) V { return s.Eq(pointwise.Const(0)).Select(pointwise.Const(0), m.Add(s.Log())) })
)
