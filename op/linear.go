package op

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
)

// LinearAttrs are the attributes of Linear; nil stands for the zero value.
type LinearAttrs struct {
	Then Epilogue // of the sums with their bias; wants floats
}

// Linear is the affine map of a layer: its weight lies as layers keep it, a row
// for each output, and so does the weight's gradient. With an epilogue, the gradient
// of GELU costs the product once more: what is to be trained had better apply GELU
// to the result, as tensor.LinearThen does.
var Linear = register(&Op{
	Name: "linear", Doc: "returns x [..., in] times w [out, in] transposed, plus the bias [out] if there is one: [..., out]; an activation may follow.",
	Infer: func(in []Meta, attrs any) ([]Meta, error) {
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
		a, _ := attrs.(LinearAttrs)
		if err := a.Then.check(in[0]); err != nil {
			return nil, err
		}
		return []Meta{{append(slices.Clone(x[:len(x)-1]), w[0]), in[0].DType}}, nil
	},
	Decompose: func(b Builder, in []Value, attrs any) []Value {
		a, _ := attrs.(LinearAttrs)
		x := in[0]
		s := append(slices.Clone(x.Shape()[:len(x.Shape())-1]), in[1].Shape()[0])
		if len(s) == 1 {
			x = b.Reshape(x, append([]int{1}, x.Shape()...))
		}
		y := b.Reshape(b.MatMul(x, b.Transpose(in[1])), s)
		switch then := a.Then.Op(); {
		case then == nil && len(in) > 2:
			y = b.Add(y, in[2])
		case then != nil && len(in) > 2:
			y = b.Map(a.Then.Fn(true), nil, y, in[2])[0]
		case then != nil:
			y = b.one(then, nil, y)
		}
		return []Value{y}
	},
	Save: func(attrs any, inputs int) (ins, outs Mask) {
		switch a, _ := attrs.(LinearAttrs); {
		case a.Then == NoEpilogue:
		case a.Then.readsResult():
			outs = Nth(0)
		case inputs > 2:
			ins = Nth(2)
		}
		return ins | Nth(0, 1), outs
	},
	Grad: func(b Builder, c *GradContext) []Value {
		if a, _ := c.Attrs.(LinearAttrs); a.Then != NoEpilogue {
			x := c.Out[0]
			if !a.Then.readsResult() {
				x = b.one(c.Op, nil, c.In...)
			}
			plain := *c
			plain.Attrs, plain.G = nil, []Value{a.Then.back(b, x, c.G[0])}
			return c.Op.Grad(b, &plain)
		}
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
			{Name: "relu", In: []*Array{r.Normal(7, 6), r.Normal(19, 6), r.Normal(19)}, Attrs: LinearAttrs{Then: EpilogueReLU}},
			{Name: "relu, no bias", In: []*Array{r.Normal(2, 3, 6), r.Normal(5, 6)}, Attrs: LinearAttrs{Then: EpilogueReLU}},
			{Name: "gelu", In: []*Array{r.Normal(7, 6), r.Normal(19, 6), r.Normal(19)}, Attrs: LinearAttrs{Then: EpilogueGELU}},
			{Name: "gelu, no bias", In: []*Array{r.Normal(3, 5), r.Normal(4, 5)}, Attrs: LinearAttrs{Then: EpilogueGELU}},
			{Name: "gelutanh", In: []*Array{r.Normal(2, 3, 6), r.Normal(5, 6), r.Normal(5)}, Attrs: LinearAttrs{Then: EpilogueGELUTanh}},
			{Name: "gelutanh, vector", In: []*Array{r.Normal(5), r.Normal(3, 5), r.Normal(3)}, Attrs: LinearAttrs{Then: EpilogueGELUTanh}},
			{Name: "gelu, no inputs", In: []*Array{r.Normal(2, 0), r.Normal(3, 0), r.Normal(3)}, Attrs: LinearAttrs{Then: EpilogueGELU}},
			{Name: "empty", In: []*Array{r.Normal(0, 2, 4), r.Normal(3, 4), r.Normal(3)}},
		}
	},
	Errors: func() []ErrorSample {
		f := func(s ...int) *Array { return NewArray(dtype.Float32, s...) }
		return []ErrorSample{
			{Sample{Name: "inputs", In: []*Array{f(3, 4), f(2, 5)}}, ErrShape},
			{Sample{Name: "bias", In: []*Array{f(3, 4), f(2, 4), f(1)}}, ErrShape},
			{Sample{Name: "epilogue", In: []*Array{f(3, 4), f(2, 4)}, Attrs: LinearAttrs{Then: 4}}, ErrAttr},
			{Sample{Name: "epilogue of integers", In: []*Array{NewArray(dtype.Int64, 3, 4), NewArray(dtype.Int64, 2, 4)}, Attrs: LinearAttrs{Then: EpilogueReLU}}, ErrDType},
			{Sample{Name: "types", In: []*Array{f(3, 4), NewArray(dtype.Float64, 2, 4)}}, ErrDType},
		}
	},
})
