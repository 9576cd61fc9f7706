package op

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
)

// Linear is the affine map of a layer: its weight lies as layers keep it, a row
// for each output, and so does the weight's gradient.
var Linear = register(&Op{
	Name: "linear", Doc: "returns x [..., in] times w [out, in] transposed, plus the bias [out] if there is one: [..., out].",
	Infer: func(in []Meta, _ any) ([]Meta, error) {
		if err := operands(in, 2, 3); err != nil {
			return nil, err
		}
		x, w := in[0].Shape, in[1].Shape
		if len(x) == 0 || len(w) != 2 || x[len(x)-1] != w[1] {
			return nil, shapeError("x %v, w %v: want [..., in] and [out, in]", x, w)
		}
		if len(in) > 2 && !slices.Equal(in[2].Shape, w[:1]) {
			return nil, shapeError("w %v, bias %v: want one for each of %d outputs", w, in[2].Shape, w[0])
		}
		for _, m := range in[1:] {
			if m.DType != in[0].DType {
				return nil, dtypeError("x is %s, others are %s: want one type; convert first", in[0].DType, m.DType)
			}
		}
		return []Meta{{append(slices.Clone(x[:len(x)-1]), w[0]), in[0].DType}}, nil
	},
	Decompose: func(b Builder, in []Value, _ any) []Value {
		x := in[0]
		s := append(slices.Clone(x.Shape()[:len(x.Shape())-1]), in[1].Shape()[0])
		if len(s) == 1 {
			x = b.Reshape(x, append([]int{1}, x.Shape()...))
		}
		y := b.Reshape(b.MatMul(x, b.Transpose(in[1])), s)
		if len(in) > 2 {
			y = b.Add(y, in[2])
		}
		return []Value{y}
	},
	SaveIn: Nth(0, 1),
	Grad: func(b Builder, c *GradContext) []Value {
		x, w, g := c.In[0], c.In[1], c.G[0]
		res := make([]Value, len(c.In))
		flat := func(v Value) Value {
			last := len(v.Shape()) - 1 // not -1: other axes may be empty
			return b.Reshape(v, []int{shape.Numel(v.Shape()[:last]), v.Shape()[last]})
		}
		g = flat(g)
		if c.Needs.Has(0) {
			res[0] = b.Reshape(b.MatMul(g, w), x.Shape())
		}
		if c.Needs.Has(1) {
			res[1] = b.MatMul(b.Transpose(g), flat(x))
		}
		if c.Needs.Has(2) {
			res[2] = b.Sum(g, []int{0}, false)
		}
		return res
	},
	Samples: func(r *Rand) []Sample {
		return []Sample{
			{In: []*Array{r.Normal(3, 5), r.Normal(4, 5), r.Normal(4)}},
			{Name: "no bias", In: []*Array{r.Normal(3, 5), r.Normal(4, 5)}},
			{Name: "sequences", In: []*Array{r.Normal(2, 3, 7), r.Normal(9, 7), r.Normal(9)}},
			{Name: "vector", In: []*Array{r.Normal(5), r.Normal(3, 5), r.Normal(3)}},
			{Name: "one output", In: []*Array{r.Normal(6, 33), r.Normal(1, 33), r.Normal(1)}},
			{Name: "no inputs", In: []*Array{r.Normal(2, 0), r.Normal(3, 0), r.Normal(3)}},
			{Name: "empty", In: []*Array{r.Normal(0, 2, 4), r.Normal(3, 4), r.Normal(3)}},
		}
	},
	Errors: func() []ErrorSample {
		f := func(s ...int) *Array { return NewArray(dtype.Float32, s...) }
		return []ErrorSample{
			{Sample{Name: "inputs", In: []*Array{f(3, 4), f(2, 5)}}, ErrShape},
			{Sample{Name: "bias", In: []*Array{f(3, 4), f(2, 4), f(1)}}, ErrShape},
			{Sample{Name: "types", In: []*Array{f(3, 4), NewArray(dtype.Float64, 2, 4)}}, ErrDType},
		}
	},
})
