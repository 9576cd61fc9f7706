package autograd_test

import (
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/tensor"
)

// cube is x^3, its derivative by its own hand.
type cube struct{}

func (cube) Forward(c *autograd.Context, in ...*tensor.Tensor) []*tensor.Tensor {
	c.Save(in...)
	return []*tensor.Tensor{in[0].Square().Mul(in[0])}
}

func (cube) Backward(c *autograd.Context, g ...*tensor.Tensor) []*tensor.Tensor {
	return []*tensor.Tensor{c.Saved()[0].Square().MulScalar(3).Mul(g[0])}
}

// function makes a Function of two Go functions.
type function struct {
	forward, backward func(c *autograd.Context, in ...*tensor.Tensor) []*tensor.Tensor
}

func (f function) Forward(c *autograd.Context, in ...*tensor.Tensor) []*tensor.Tensor {
	return f.forward(c, in...)
}
func (f function) Backward(c *autograd.Context, g ...*tensor.Tensor) []*tensor.Tensor {
	return f.backward(c, g...)
}

func TestFunction(t *testing.T) {
	x := leaf(2, 3)
	call := func(in ...*tensor.Tensor) *tensor.Tensor { return autograd.Call("cube", cube{}, in...)[0] }
	y := call(x)
	equal(t, "x^3", y, 8, 27)
	autograd.Backward(y.Sum())
	equal(t, "3x^2", x.Grad(), 12, 27)
	if err := autograd.Check(call, leaf(2, -3)); err != nil {
		t.Error(err)
	}
	if err := autograd.CheckSecond(call, leaf(2, -3)); err != nil {
		t.Error(err)
	}
	misuse(t, "twice", "tensor: backward: the record of cube was released by an earlier Backward or the end of its Scope; give the earlier one RetainGraph", func() { autograd.Backward(y, autograd.WithGrad(vec(1, 1))) })
	for _, z := range []*tensor.Tensor{call(vec(2)), call(x.NoGrad())} {
		if z.RequiresGrad() {
			t.Errorf("%v requires a gradient", z)
		}
	}
	if !call(x.NoGrad()).IsNoGrad() {
		t.Error("NoGrad is not contagious")
	}
	uncollected(t, "a custom function in a Scope", func() {
		tensor.Scope(func(s *tensor.Arena) {
			x := s.Own(x.Detach()).SetRequiresGrad(true)
			autograd.Backward(call(x).Sum())
			x.SetGrad(nil)
		})
	})
	// Its input may be freed before Backward: what is saved is held.
	x = leaf(2)
	h := x.MulScalar(1)
	y = call(h)
	h.Free()
	autograd.Backward(y)
	equal(t, "after its input was freed", x.Grad(), 12)
}

func TestFunctionSavesOutputsAndOthers(t *testing.T) {
	// exp, from its output and a constant of its own.
	f := function{
		func(c *autograd.Context, in ...*tensor.Tensor) []*tensor.Tensor {
			y := in[0].Exp()
			c.Save(tensor.Scalar(cpu, 1.), y)
			return []*tensor.Tensor{y}
		},
		func(c *autograd.Context, g ...*tensor.Tensor) []*tensor.Tensor {
			return []*tensor.Tensor{c.Saved()[1].Mul(c.Saved()[0]).Mul(g[0])}
		},
	}
	call := func(in ...*tensor.Tensor) *tensor.Tensor { return autograd.Call("exp2", f, in...)[0] }
	if err := autograd.Check(call, leaf(0.5, -1)); err != nil {
		t.Error(err)
	}
	if err := autograd.CheckSecond(call, leaf(0.5, -1)); err != nil {
		t.Error(err)
	}
}

func TestFunctionOfSeveral(t *testing.T) {
	var needs []bool
	constant := vec(7, 7)
	f := function{
		func(c *autograd.Context, in ...*tensor.Tensor) []*tensor.Tensor {
			c.Save(in...)
			return []*tensor.Tensor{in[0].Mul(in[1]), in[0]} // one is an input as it is
		},
		func(c *autograd.Context, g ...*tensor.Tensor) []*tensor.Tensor {
			needs = []bool{c.NeedsGrad(0), c.NeedsGrad(1), c.NeedsGrad(2)}
			s := c.Saved()
			return []*tensor.Tensor{s[1].Mul(g[0]).Add(g[1]), s[0], constant} // not gradients, but tensors of others
		},
	}
	x, y := leaf(2, 3), leaf(5, 7)
	out := autograd.Call("f", f, x, y, vec(0, 0))
	autograd.Backward(out[0].Sum())
	equal(t, "by x, nothing came for the second output", x.Grad(), 5, 7)
	equal(t, "a saved value as a gradient", y.Grad(), 2, 3)
	if needs[0] != true || needs[1] != true || needs[2] != false {
		t.Errorf("NeedsGrad %v", needs)
	}
	grad(autograd.Call("f", f, x, y, vec(0, 0))[0].Sum(), y)
	if needs[0] || !needs[1] {
		t.Errorf("Grad by the second input alone: NeedsGrad %v", needs)
	}
	equal(t, "a constant that Backward returned", constant, 7, 7)
	equal(t, "x after its gradient was dropped", x, 2, 3)
	y.SetGrad(nil)
	equal(t, "x after y's gradient was dropped", x, 2, 3)
}

func TestFunctionMisuse(t *testing.T) {
	id := func(c *autograd.Context, in ...*tensor.Tensor) []*tensor.Tensor {
		c.Save(in...)
		return []*tensor.Tensor{in[0].Clone()}
	}
	x := leaf(1, 2)
	misuse(t, "too few gradients", "tensor: f: Backward returned 0 gradients for 1 inputs", func() {
		autograd.Backward(autograd.Call("f", function{id, func(c *autograd.Context, g ...*tensor.Tensor) []*tensor.Tensor { return nil }}, x)[0].Sum())
	})
	misuse(t, "a gradient of another shape", "tensor: backward: the gradient of f for operand 0 is float64[], want float64[2]", func() {
		autograd.Backward(autograd.Call("f", function{id, func(c *autograd.Context, g ...*tensor.Tensor) []*tensor.Tensor { return []*tensor.Tensor{g[0].Sum()} }}, x)[0].Sum())
	})
	pass := function{id, func(c *autograd.Context, g ...*tensor.Tensor) []*tensor.Tensor {
		return []*tensor.Tensor{c.Saved()[0].Mul(g[0])}
	}}
	misuse(t, "a saved value was changed", "tensor: backward: a value of shape [2] that the gradient of f needs was changed in place (1 changes since); compute with a Clone, or change it after Backward", func() {
		y := autograd.Call("f", pass, x)[0]
		x.Detach().Fill(3)
		autograd.Backward(y.Sum())
	})
	own := function{
		func(c *autograd.Context, in ...*tensor.Tensor) []*tensor.Tensor {
			k := in[0].Clone()
			c.Save(k)
			k.Detach().Fill(1)
			return []*tensor.Tensor{k}
		}, pass.backward,
	}
	misuse(t, "changed in Forward", "tensor: f of float64[2]: Forward changed a tensor in place after it saved it", func() { autograd.Call("f", own, x) })
}
