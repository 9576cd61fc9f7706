package cpu

import (
	"fmt"
	"math"
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// The plain ways to compute a call, element by element in float64. They stay
// as what tests compare the fast ones with.

// runReference computes a call by its op's own reference.
func runReference(c *backend.Call) error {
	in := make([]*op.Array, len(c.In))
	for i := range in {
		in[i] = toArray(&c.In[i])
	}
	out := c.Op.Ref(in, c.Attrs)
	if len(out) != len(c.Out) {
		return fmt.Errorf("reference gave %d outputs, the call has %d", len(out), len(c.Out))
	}
	for i, a := range out {
		if !slices.Equal(a.Meta.Shape, c.Out[i].Shape) {
			return fmt.Errorf("reference gave output %d of shape %v, the call has %v", i, a.Meta.Shape, c.Out[i].Shape)
		}
		fromArray(&c.Out[i], a)
	}
	return nil
}

// loaders returns functions that read the i-th element of each input.
func loaders(c *backend.Call) []func(i int) float64 {
	l := make([]func(int) float64, len(c.In))
	for k := range c.In {
		get, places := loader(&c.In[k]), placesOf(c.In[k].View)
		l[k] = func(i int) float64 { return get(places[i]) }
	}
	return l
}

// placesOf lists where the elements of v are.
func placesOf(v shape.View) []int {
	l := make([]int, v.Numel())
	each(v, func(i, at int) { l[i] = at })
	return l
}

// scalarReduce computes a reduction.
func scalarReduce(c *backend.Call) error {
	a := c.Fold
	full := foldShape(c)
	to := shape.Contiguous(shape.Reduced(full, a.Axes, true))
	to, err := to.Expand(full)
	if err != nil {
		return err
	}
	out := op.NewArray(c.Out[0].DType, c.Out[0].Shape...)
	for i := range out.Data {
		out.Data[i] = [...]float64{op.BySum: 0, op.ByProd: 1, op.ByMax: math.Inf(-1), op.ByMin: math.Inf(1)}[a.By]
	}
	s := pointwise.Spec{Program: a.Fn.Program}
	for i := range c.In {
		s.In = append(s.In, c.In[i].DType)
	}
	e := s.Evaluator(true, true)
	get, x, y := loaders(c), make([]float64, len(c.In)), make([]float64, 1)
	each(to, func(i, at int) {
		for k, f := range get {
			x[k] = f(i)
		}
		e.Eval(y, x, a.Uniforms, uint64(i))
		acc := &out.Data[at]
		switch a.By {
		case op.BySum:
			*acc += y[0]
		case op.ByProd:
			*acc *= y[0]
		case op.ByMax:
			*acc = max(*acc, y[0])
		case op.ByMin:
			*acc = min(*acc, y[0])
		}
	})
	if a.Over != 0 {
		for i := range out.Data {
			out.Data[i] /= a.Over
		}
	}
	fromArray(&c.Out[0], out)
	return nil
}

// foldShape returns the shape that the inputs of a reduction are stretched to.
// A function without inputs is folded over nothing but a scalar.
func foldShape(c *backend.Call) []int {
	if len(c.In) > 0 {
		return c.In[0].Shape
	}
	return c.Out[0].Shape
}
