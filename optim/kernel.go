package optim

import (
	"slices"

	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/tensor"
)

// A Kernel is the update of one parameter: see NewKernel and NewTensorKernel.
type Kernel struct {
	slots func(p *tensor.Tensor) []Slot
	fn    *op.Fn                                                                  // of a pointwise update
	run   func(p, grad *tensor.Tensor, state []*tensor.Tensor, scalars []float64) // of others
}

// A Slot is a tensor that an algorithm keeps for a parameter.
type Slot struct {
	Name  string
	Shape []int
}

// V is a scalar in the making, see package pointwise.
type V = pointwise.Value

// NewKernel compiles a pointwise update. f gets a parameter, its gradient, the
// state tensors of the given names and the scalars, and returns the new
// parameter and the new state. It runs as one kernel of the device, for all
// parameters together where the device can: see backend.ListRunner.
func NewKernel(state []string, scalars int, f func(p, grad V, state, scalars []V) (V, []V)) *Kernel {
	fn := op.NewFn(floatKinds(2+len(state)), floatKinds(scalars), func(in, u []V) []V {
		p, next := f(in[0], in[1], in[2:], u)
		return append([]V{p}, next...)
	})
	return &Kernel{
		slots: func(p *tensor.Tensor) []Slot {
			l := make([]Slot, len(state))
			for i, name := range state {
				l[i] = Slot{name, p.Shape()}
			}
			return l
		},
		fn: fn,
	}
}

func floatKinds(n int) []pointwise.Kind { return slices.Repeat([]pointwise.Kind{pointwise.Float}, n) }

// NewTensorKernel makes an update of tensor operations, for those that are not
// pointwise. slots lists the state of a parameter and panics on one that the
// algorithm is not for. f changes p and the state in place; what it computes
// from its arguments is freed at the end.
func NewTensorKernel(slots func(p *tensor.Tensor) []Slot, f func(p, grad *tensor.Tensor, state []*tensor.Tensor, scalars []float64)) *Kernel {
	return &Kernel{slots: slots, run: func(p, grad *tensor.Tensor, state []*tensor.Tensor, scalars []float64) {
		tensor.Scope(func(s *tensor.Arena) {
			own := make([]*tensor.Tensor, len(state))
			for i, t := range state {
				own[i] = s.Own(t.Detach())
			}
			f(s.Own(p.Detach()), s.Own(grad.Detach()), own, scalars)
		})
	}}
}
