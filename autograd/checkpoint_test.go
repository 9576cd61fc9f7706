package autograd_test

import (
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

func TestCheckpoint(t *testing.T) {
	x, w, b := matrix(3, 4), matrix(4, 4), matrix(1, 4)
	g := tensor.NewGenerator(5)
	block := func(in ...*tensor.Tensor) *tensor.Tensor {
		return g.Dropout(in[0].MatMul(w).Add(b).Tanh(), 0.3) // w and b by the closure
	}
	run := func(checkpoint bool) (loss float64, grads [][]float64, next float64) {
		g.SetState(5, 0)
		h := x.MulScalar(1)
		for range 3 {
			if checkpoint {
				h = autograd.Checkpoint(block, []*tensor.Generator{g}, h)
			} else {
				h = block(h)
			}
		}
		y := h.Square().Mean()
		autograd.Backward(y)
		for _, p := range []*tensor.Tensor{x, w, b} {
			grads = append(grads, p.Grad().Float64s())
			p.SetGrad(nil)
		}
		return y.Item(), grads, g.Uniform(cpu, dtype.Float64, 0, 1).Item()
	}
	loss, grads, next := run(false)
	loss2, grads2, next2 := run(true)
	if loss != loss2 || next != next2 {
		t.Errorf("loss %v and %v, next draw %v and %v", loss, loss2, next, next2)
	}
	for i := range grads {
		if !slices.Equal(grads[i], grads2[i]) {
			t.Errorf("gradient %d is %v, want %v", i, grads2[i], grads[i])
		}
	}
}

func TestCheckpointInGrad(t *testing.T) {
	x, w := leaf(2), leaf(3)
	f := func(in ...*tensor.Tensor) *tensor.Tensor { return in[0].Mul(w).Square() }
	y := autograd.Checkpoint(f, nil, x)
	g := grad(y, x, w)
	equal(t, "by x", g[0], 36)
	equal(t, "by w, which only the closure knows", g[1], 24)
	if x.Grad() != nil || w.Grad() != nil {
		t.Error("Grad touched a Grad field")
	}
	if err := autograd.CheckSecond(func(in ...*tensor.Tensor) *tensor.Tensor {
		return autograd.Checkpoint(func(in ...*tensor.Tensor) *tensor.Tensor { return in[0].Mul(in[1]).Square() }, nil, in...)
	}, leaf(2, 1), leaf(3, -1)); err != nil {
		t.Errorf("second derivative: %v", err)
	}
	// A value on the way to the closure, not only a leaf.
	h := w.Square()
	y = autograd.Checkpoint(func(in ...*tensor.Tensor) *tensor.Tensor { return in[0].Mul(h) }, nil, x)
	autograd.Backward(y.Add(h))
	equal(t, "by w through h, inside and outside", w.Grad(), 18)
}

func TestCheckpointWithoutGradient(t *testing.T) {
	w := leaf(3)
	f := func(in ...*tensor.Tensor) *tensor.Tensor { return in[0].Mul(w) }
	plain := func(in ...*tensor.Tensor) *tensor.Tensor { return in[0].Exp() }
	for _, c := range []struct {
		name string
		y    *tensor.Tensor
		want bool
	}{
		{"a parameter of the closure", autograd.Checkpoint(f, nil, vec(1)), true},
		{"nothing requires", autograd.Checkpoint(plain, nil, vec(1)), false},
		{"NoGrad", autograd.Checkpoint(f, nil, vec(1).NoGrad()), false},
		{"an input", autograd.Checkpoint(plain, nil, w), true},
	} {
		if c.y.RequiresGrad() != c.want {
			t.Errorf("%s: requires a gradient %v, want %v", c.name, !c.want, c.want)
		}
	}
}

func TestCheckpointMemory(t *testing.T) {
	x := tensor.Ones(cpu, dtype.Float64, 1000).SetRequiresGrad(true)
	f := func(in ...*tensor.Tensor) *tensor.Tensor {
		y := in[0]
		for range 10 {
			y = y.Exp().Log()
		}
		return y
	}
	uncollected(t, "Checkpoint in a Scope", func() {
		tensor.Scope(func(s *tensor.Arena) {
			x := s.Own(x.Detach()).SetRequiresGrad(true)
			before := used()
			y := autograd.Checkpoint(f, nil, x)
			if more := used() - before; more > 10000 {
				t.Errorf("the forward pass keeps %d bytes, want those of its result", more)
			}
			autograd.Backward(y.Sum())
			x.SetGrad(nil)
		})
	})
}
