package optim

import (
	"math"

	"github.com/hekla-ml/hekla/tensor"
)

// Lion follows the sign of a mean of the gradient and its running mean (Chen et al.
// 2023):
//
//	p = p - LR·WeightDecay·p - LR·sign(β₁·m + (1-β₁)·g)
//	m = β₂·m + (1-β₂)·g
//
// The state "exp_avg" is m. Steps are larger than Adam's: take a rate 3 to 10 times smaller, and
// a weight decay as much larger.
type Lion struct {
	LR          float64    // 0 means 1e-4
	Betas       [2]float64 // both 0 mean 0.9 and 0.99
	WeightDecay float64    // apart from the gradient
	Maximize    bool
}

// New returns an optimizer.
func (c Lion) New(params []*tensor.Tensor) *Optimizer { return New(c, params) }

// Rate returns the learning rate to start with.
func (c Lion) Rate() float64 { return orDefault(c.LR, 1e-4) }

// WithMomentum returns c with another first beta.
func (c Lion) WithMomentum(m float64) Algorithm {
	b := c.betas()
	c.Betas = [2]float64{m, b[1]}
	return c
}

func (c Lion) betas() [2]float64 {
	if c.Betas == ([2]float64{}) {
		return [2]float64{0.9, 0.99}
	}
	return c.Betas
}

type lionKey struct{ maximize bool }

// Kernel returns the update of one parameter.
func (c Lion) Kernel() *Kernel {
	key := lionKey{c.Maximize}
	return cached(key, func() *Kernel {
		return NewKernel([]string{"exp_avg"}, 6, func(p, g V, state, u []V) (V, []V) {
			g = descent(key.maximize, false, p, g, V{})
			m, zero := state[0], num(0)
			way := m.Mul(u[2]).Add(g.Mul(u[3]))
			sign := way.Gt(zero).Select(num(1), way.Lt(zero).Select(num(-1), zero))
			return p.Mul(u[1]).Add(sign.Mul(u[0])), []V{m.Mul(u[4]).Add(g.Mul(u[5]))}
		})
	})
}

// Scalars returns the arguments of the kernel.
func (c Lion) Scalars(lr float64, _ *State) []float64 {
	b := c.betas()
	return []float64{-lr, 1 - lr*c.WeightDecay, b[0], 1 - b[0], b[1], 1 - b[1]}
}

// SparseAdam is Adam that leaves alone what has a gradient of 0: for the rows of
// an embedding that a batch does not name, neither the parameter nor its running
// means change. Gradients are dense here; an element of 0 counts as absent.
type SparseAdam struct {
	LR       float64    // 0 means 1e-3
	Betas    [2]float64 // both 0 mean 0.9 and 0.999
	Eps      float64    // 0 means 1e-8
	Maximize bool
}

// New returns an optimizer.
func (c SparseAdam) New(params []*tensor.Tensor) *Optimizer { return New(c, params) }

// Rate returns the learning rate to start with.
func (c SparseAdam) Rate() float64 { return orDefault(c.LR, 1e-3) }

type sparseAdamKey struct{ maximize bool }

// Kernel returns the update of one parameter.
func (c SparseAdam) Kernel() *Kernel {
	key := sparseAdamKey{c.Maximize}
	return cached(key, func() *Kernel {
		return NewKernel([]string{"exp_avg", "exp_avg_sq"}, 6, func(p, g V, state, u []V) (V, []V) {
			g = descent(key.maximize, false, p, g, V{})
			absent := g.Eq(num(0))
			m := state[0].Mul(u[2]).Add(g.Mul(u[3]))
			v := state[1].Mul(u[4]).Add(u[5].Mul(g).Mul(g))
			next := p.Add(u[0].Mul(m).Div(v.Sqrt().Add(u[1])))
			return absent.Select(p, next), []V{absent.Select(state[0], m), absent.Select(state[1], v)}
		})
	})
}

// Scalars returns the arguments of the kernel.
func (c SparseAdam) Scalars(lr float64, s *State) []float64 {
	b1, b2 := betasOr(c.Betas)
	rate := lr * math.Sqrt(correction(b2, s.Step)) / correction(b1, s.Step)
	return []float64{-rate, orDefault(c.Eps, 1e-8), b1, 1 - b1, b2, 1 - b2}
}
