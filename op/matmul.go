package op

import (
	"slices"

	"github.com/hekla-ml/hekla/shape"
)

// MatMul is the product of matrices [..., m, k] and [..., k, n], whose leading
// axes broadcast. Vectors are promoted by its callers (see tensor.MatMul).
var MatMul = register(&Op{
	Name: "matmul", Doc: "returns the matrix product of x [..., m, k] and y [..., k, n]: [..., m, n]. Leading axes broadcast.",
	Infer: func(in []Meta, _ any) ([]Meta, error) {
		x, y := in[0].Shape, in[1].Shape
		if len(x) < 2 || len(y) < 2 {
			return nil, shapeError("%v x %v: want at least two axes each", x, y)
		}
		m, k, n := x[len(x)-2], x[len(x)-1], y[len(y)-1]
		if y[len(y)-2] != k {
			return nil, shapeError("%v x %v: inner sizes %d and %d differ", x, y, k, y[len(y)-2])
		}
		if in[0].DType != in[1].DType {
			return nil, dtypeError("%s x %s: want one type; convert first", in[0].DType, in[1].DType)
		}
		lead, err := shape.Broadcast(x[:len(x)-2], y[:len(y)-2])
		if err != nil {
			return nil, shapeError("%v x %v: leading axes do not broadcast", x, y)
		}
		return []Meta{{append(slices.Clone(lead), m, n), in[0].DType}}, nil
	},
	Ref: func(in []*Array, _ any) []*Array {
		x, y := in[0], in[1]
		xs, ys := x.Meta.Shape, y.Meta.Shape
		m, k, n := xs[len(xs)-2], xs[len(xs)-1], ys[len(ys)-1]
		lead, _ := shape.Broadcast(xs[:len(xs)-2], ys[:len(ys)-2])
		x = x.Broadcast(append(slices.Clone(lead), m, k))
		y = y.Broadcast(append(slices.Clone(lead), k, n))
		out := NewArray(x.Meta.DType, append(slices.Clone(lead), m, n)...)
		for b := range shape.Numel(lead) {
			for i := range m {
				for j := range n {
					s := 0.0
					for l := range k {
						s += x.Data[(b*m+i)*k+l] * y.Data[(b*k+l)*n+j]
					}
					out.Data[(b*m+i)*n+j] = s
				}
			}
		}
		return []*Array{out}
	},
	SaveIn: Nth(0, 1),
	Grad: func(b Builder, c *GradContext) []Value {
		x, y, g := c.In[0], c.In[1], c.G[0]
		res := make([]Value, 2)
		if c.Needs.Has(0) {
			res[0] = b.SumTo(b.MatMul(g, b.Transpose(y)), x.Shape())
		}
		if c.Needs.Has(1) {
			if len(y.Shape()) == 2 && len(x.Shape()) > 2 {
				// One product over all rows instead of one a batch, then a sum.
				rows := shape.Numel(g.Shape()[:len(g.Shape())-1]) // not -1: other axes may be empty
				x = b.Reshape(x, []int{rows, x.Shape()[len(x.Shape())-1]})
				g = b.Reshape(g, []int{rows, g.Shape()[len(g.Shape())-1]})
			}
			res[1] = b.SumTo(b.MatMul(b.Transpose(x), g), y.Shape())
		}
		return res
	},
	Samples: matmulSamples,
	Errors:  matmulErrors,
})
