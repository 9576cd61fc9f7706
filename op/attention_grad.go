package op

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
)

// AttentionGrad is the gradient of Attention by q, k and v, from g, the
// cotangent of its result y, the logsumexp that it returned and delta, the sum
// of g*y over the last axis. The weights are computed again from them: nothing
// of the size [l, s] has to be kept. Leading axes are those of q throughout,
// but for the heads of k and v if they are Grouped.
var AttentionGrad = register(&Op{
	Name: "attentiongrad", Doc: "returns the gradients of attention by q [..., l, e], k [..., s, e] and v [..., s, d], from these, the cotangent g [..., l, d], the logsumexp of the scores [..., l], the sum delta [..., l] of g*y, and the mask if there is one.", Outputs: 3,
	Infer: func(in []Meta, attrs any) ([]Meta, error) {
		if err := operands(in, 6, 7); err != nil {
			return nil, err
		}
		out, err := Attention.Infer(append(slices.Clone(in[:3]), in[6:]...), attrs)
		if err != nil {
			return nil, err
		}
		q, k, v := in[0].Shape, in[1].Shape, in[2].Shape
		y, rows := out[0].Shape, out[1].Shape
		n, heads := len(q)-2, slices.Clone(q[:len(q)-2])
		if a, _ := attrs.(AttentionAttrs); a.Grouped {
			heads[n-1] = k[n-1]
		}
		if !slices.Equal(q[:n], y[:n]) || !slices.Equal(k[:n], heads) || !slices.Equal(v[:n], heads) {
			return nil, shapeError("q %v, k %v, v %v: want leading axes that are alike; expand them first", q, k, v)
		}
		if !slices.Equal(in[3].Shape, y) || !slices.Equal(in[4].Shape, rows) || !slices.Equal(in[5].Shape, rows) {
			return nil, shapeError("g %v, logsumexp %v, delta %v: want %v, %v and %v", in[3].Shape, in[4].Shape, in[5].Shape, y, rows, rows)
		}
		if in[3].DType != in[0].DType || in[4].DType != out[1].DType || in[5].DType != out[1].DType {
			return nil, dtypeError("g is %s, logsumexp %s, delta %s: want %s, and twice %s", in[3].DType, in[4].DType, in[5].DType, in[0].DType, out[1].DType)
		}
		return slices.Clone(in[:3]), nil
	},
	Decompose: func(b Builder, in []Value, attrs any) []Value {
		a, _ := attrs.(AttentionAttrs)
		grads := b.attentionGrads(in[0], in[1], in[2], in[3], in[4], in[5], in[6:], a)
		return grads[:3]
	},
	Samples: func(r *Rand) []Sample {
		mask := r.Ints(dtype.Bool, 0, 2, 2, 1, 4, 5)
		for i := range 5 {
			mask.Data[5+i] = 0 // a query without keys
		}
		rows := func(s ...int) *Array { return r.Floats(dtype.Float32, 1, 3, s...) }
		return []Sample{
			{In: []*Array{r.Normal(2, 3, 4), r.Normal(2, 5, 4), r.Normal(2, 5, 3), r.Normal(2, 3, 3), rows(2, 3), r.Normal(2, 3)}, Attrs: AttentionAttrs{}},
			{Name: "causal", In: []*Array{r.Normal(2, 5, 3), r.Normal(2, 4, 3), r.Normal(2, 4, 2), r.Normal(2, 5, 2), rows(2, 5), r.Normal(2, 5)}, Attrs: AttentionAttrs{Causal: true}},
			{Name: "bool mask", In: []*Array{r.Normal(2, 2, 4, 3), r.Normal(2, 2, 5, 3), r.Normal(2, 2, 5, 3), r.Normal(2, 2, 4, 3), rows(2, 2, 4), r.Normal(2, 2, 4), mask}, Attrs: AttentionAttrs{}},
			{Name: "float mask, scale", In: []*Array{r.Normal(3, 4), r.Normal(5, 4), r.Normal(5, 2), r.Normal(3, 2), rows(3), r.Normal(3), r.Normal(5)}, Attrs: AttentionAttrs{Scale: 0.3}},
			{Name: "grouped", In: []*Array{r.Normal(4, 2, 3), r.Normal(2, 3, 3), r.Normal(2, 3, 2), r.Normal(4, 2, 2), rows(4, 2), r.Normal(4, 2)}, Attrs: AttentionAttrs{Grouped: true}},
			{Name: "no keys", In: []*Array{r.Normal(3, 4), r.Normal(0, 4), r.Normal(0, 2), r.Normal(3, 2), rows(3), r.Normal(3)}, Attrs: AttentionAttrs{}},
			{Name: "heads of 136, values of 192", In: []*Array{r.Normal(2, 136), r.Normal(3, 136), r.Normal(3, 192), r.Normal(2, 192), rows(2), r.Normal(2)}, Attrs: AttentionAttrs{}},
			{Name: "heads of 256, causal, grouped", In: []*Array{r.Normal(2, 3, 256), r.Normal(1, 2, 256), r.Normal(1, 2, 256), r.Normal(2, 3, 256), rows(2, 3), r.Normal(2, 3)}, Attrs: AttentionAttrs{Causal: true, Grouped: true}},
			{Name: "values of 133, float mask", In: []*Array{r.Normal(2, 3), r.Normal(3, 3), r.Normal(3, 133), r.Normal(2, 133), rows(2), r.Normal(2), r.Normal(2, 3)}, Attrs: AttentionAttrs{}},
		}
	},
	Errors: func() []ErrorSample {
		f := func(s ...int) *Array { return NewArray(dtype.Float32, s...) }
		return []ErrorSample{
			{Sample{Name: "heads", In: []*Array{f(2, 3, 4), f(1, 5, 4), f(1, 5, 4), f(2, 3, 4), f(2, 3), f(2, 3)}, Attrs: AttentionAttrs{}}, ErrShape},
			{Sample{Name: "delta", In: []*Array{f(3, 4), f(5, 4), f(5, 4), f(3, 4), f(3), f(3, 1)}, Attrs: AttentionAttrs{}}, ErrShape},
			{Sample{Name: "type of g", In: []*Array{f(3, 4), f(5, 4), f(5, 4), NewArray(dtype.Float64, 3, 4), f(3), f(3)}, Attrs: AttentionAttrs{}}, ErrDType},
		}
	},
})

// attentionGrads returns the gradients by q, k, v and the scores.
func (b Builder) attentionGrads(q, k, v, g, lse, delta Value, mask []Value, a AttentionAttrs) []Value {
	group, given := a.group(q.Shape(), k.Shape()), []Value{k, v}
	n := len(q.Shape()) - 2
	if group > 1 {
		k, v = b.one(Repeat, RepeatAttrs{n - 1, group}, k), b.one(Repeat, RepeatAttrs{n - 1, group}, v)
	}
	column := func(v Value) Value { return b.Reshape(v, append(slices.Clone(v.Shape()), 1)) }
	low := []dtype.DType{q.DType()}
	weights := b.one(Map, &MapAttrs{Fn: expDiff, Out: low}, b.scores(q, k, mask, a), column(lse))
	scores := b.one(Map, &MapAttrs{Fn: scoresBack, Out: low}, weights, b.MatMul(g, b.Transpose(v)), column(delta))
	scale := a.ScaleOf(q.Shape()[n+1])
	dq := b.Scale(b.MatMul(scores, k), scale)
	dk := b.Scale(b.MatMul(b.Transpose(scores), q), scale)
	dv := b.MatMul(b.Transpose(weights), g)
	if group > 1 {
		fold := func(d, like Value) Value {
			s := slices.Insert(slices.Clone(like.Shape()), n, group)
			return b.Sum(b.Reshape(d, s), []int{n}, false)
		}
		dk, dv = fold(dk, given[0]), fold(dv, given[1])
	}
	return []Value{dq, dk, dv, scores}
}

var scoresBack = fn3(func(p, dp, delta V) V { return p.Mul(dp.Sub(delta)) })

// attentionBack is Attention's gradient. The sum of g*y stands for the part of
// it that goes by way of the sum of the weights (Dao et al. 2022), and there the
// cotangent of the logsumexp joins in.
func attentionBack(b Builder, c *GradContext) []Value {
	a, _ := c.Attrs.(AttentionAttrs)
	y, lse := c.Out[0], c.Out[1]
	g := b.orZeros(c.G[0], y)
	delta := b.squeezed(b.foldSum(product, nil, lse.DType(), []int{-1}, g, y), y)
	if c.G[1] != nil {
		delta = b.Sub(delta, c.G[1])
	}
	in := slices.Clone(c.In)
	for i, v := range in[:3] {
		lead := slices.Clone(y.Shape()[:len(y.Shape())-2])
		if i > 0 && a.Grouped {
			lead[len(lead)-1] = v.Shape()[len(lead)-1]
		}
		in[i] = b.Expand(v, append(lead, v.Shape()[len(lead):]...))
	}
	var grads []Value
	if c.Needs.Has(3) { // as large as the scores, or nearly: all of them are wanted
		grads = b.attentionGrads(in[0], in[1], in[2], g, lse, delta, in[3:], a)
	} else {
		grads = b.Apply(core.attentionGrad, a, append([]Value{in[0], in[1], in[2], g, lse, delta}, in[3:]...)...)
	}
	res := make([]Value, len(in))
	for i := range in {
		if c.Needs.Has(i) {
			res[i] = b.SumTo(grads[i], c.In[i].Shape())
		}
	}
	return res
}
