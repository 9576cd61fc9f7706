package optim

import (
	"math"

	"github.com/hekla-ml/hekla/tensor"
)

// Adam follows running means of the gradient and its square (Kingma and Ba 2014).
// At step t, of a gradient g with WeightDecay·p added:
//
//	m = β₁·m + (1-β₁)·g
//	v = β₂·v + (1-β₂)·g²
//	p = p - LR·m/(1-β₁ᵗ) / (sqrt(v/(1-β₂ᵗ)) + Eps)
//
// The states "exp_avg" and "exp_avg_sq" are m and v, with AMSGrad
// "max_exp_avg_sq" the largest v.
type Adam struct {
	LR          float64    // 0 means 1e-3
	Betas       [2]float64 // both 0 mean 0.9 and 0.999
	Eps         float64    // 0 means 1e-8
	WeightDecay float64    // added to the gradient
	AMSGrad     bool       // divide by the largest mean square so far
	Maximize    bool
}

// New returns an optimizer.
func (c Adam) New(params []*tensor.Tensor) *Optimizer { return New(c, params) }

// Rate returns the learning rate to start with.
func (c Adam) Rate() float64 { return orDefault(c.LR, 1e-3) }

// Kernel returns the update of one parameter.
func (c Adam) Kernel() *Kernel {
	return adamKernel(adamKey{decay: c.WeightDecay != 0, amsgrad: c.AMSGrad, maximize: c.Maximize})
}

// Scalars returns the arguments of the kernel.
func (c Adam) Scalars(lr float64, s *State) []float64 {
	return adamScalars(lr, c.WeightDecay, c.Betas, c.Eps, s)
}

// AdamW is Adam with the weight decay apart from the gradient: before each step p
// is multiplied by (1 - LR·WeightDecay) (Loshchilov and Hutter 2017).
type AdamW struct {
	LR          float64    // 0 means 1e-3
	Betas       [2]float64 // both 0 mean 0.9 and 0.999
	Eps         float64    // 0 means 1e-8
	WeightDecay float64    // 0 means 0.01; None is no decay
	AMSGrad     bool       // divide by the largest mean square so far
	Maximize    bool
}

// New returns an optimizer.
func (c AdamW) New(params []*tensor.Tensor) *Optimizer { return New(c, params) }

// Rate returns the learning rate to start with.
func (c AdamW) Rate() float64 { return orDefault(c.LR, 1e-3) }

// Kernel returns the update of one parameter.
func (c AdamW) Kernel() *Kernel {
	return adamKernel(adamKey{apart: true, amsgrad: c.AMSGrad, maximize: c.Maximize})
}

// Scalars returns the arguments of the kernel.
func (c AdamW) Scalars(lr float64, s *State) []float64 {
	return adamScalars(lr, 1-lr*orDefault(c.WeightDecay, 0.01), c.Betas, c.Eps, s)
}

type adamKey struct{ decay, apart, amsgrad, maximize bool }

// adamKernel is built of PyTorch's operations in PyTorch's order.
func adamKernel(key adamKey) *Kernel {
	return cached(key, func() *Kernel {
		names := []string{"exp_avg", "exp_avg_sq"}
		if key.amsgrad {
			names = append(names, "max_exp_avg_sq")
		}
		return NewKernel(names, 8, func(p, g V, state, u []V) (V, []V) {
			step, decay, eps, root := u[0], u[1], u[2], u[3]
			g = descent(key.maximize, key.decay, p, g, decay)
			if key.apart {
				p = p.Mul(decay)
			}
			m := state[0].Mul(u[4]).Add(g.Mul(u[5]))
			v := state[1].Mul(u[6]).Add(u[7].Mul(g).Mul(g))
			next, most := []V{m, v}, v
			if key.amsgrad {
				most = state[2].Max(v)
				next = append(next, most)
			}
			denom := most.Sqrt().Div(root).Add(eps)
			return p.Add(step.Mul(m).Div(denom)), next
		})
	})
}

// adamScalars computes the bias corrections in float64, whatever the type of
// the parameter.
func adamScalars(lr, decay float64, betas [2]float64, eps float64, s *State) []float64 {
	b1, b2 := betasOr(betas)
	return []float64{
		-lr / correction(b1, s.Step), decay, orDefault(eps, 1e-8), math.Sqrt(correction(b2, s.Step)),
		b1, 1 - b1, b2, 1 - b2,
	}
}

func betasOr(b [2]float64) (b1, b2 float64) {
	if b == ([2]float64{}) {
		return 0.9, 0.999
	}
	return b[0], b[1]
}
