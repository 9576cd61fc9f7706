package optim

import (
	"math"

	"github.com/hekla-ml/hekla/tensor"
)

// Adamax is Adam with the largest gradient, fading, in place of the root mean
// square (Kingma and Ba 2014, section 7.1):
//
//	m = β₁·m + (1-β₁)·g
//	u = max(β₂·u, |g| + Eps)
//	p = p - LR·m/(1-β₁ᵗ) / u
type Adamax struct {
	LR          float64    // 0 means 2e-3
	Betas       [2]float64 // both 0 mean 0.9 and 0.999
	Eps         float64    // 0 means 1e-8
	WeightDecay float64    // added to the gradient
	Maximize    bool
}

// New returns an optimizer.
func (c Adamax) New(params []*tensor.Tensor) *Optimizer { return New(c, params) }

// Rate returns the learning rate to start with.
func (c Adamax) Rate() float64 { return orDefault(c.LR, 2e-3) }

type adamaxKey struct{ decay, maximize bool }

// Kernel returns the update of one parameter.
func (c Adamax) Kernel() *Kernel {
	key := adamaxKey{c.WeightDecay != 0, c.Maximize}
	return cached(key, func() *Kernel {
		return NewKernel([]string{"exp_avg", "exp_inf"}, 6, func(p, g V, state, u []V) (V, []V) {
			g = descent(key.maximize, key.decay, p, g, u[1])
			m := state[0].Mul(u[3]).Add(g.Mul(u[4]))
			most := state[1].Mul(u[5]).Max(g.Abs().Add(u[2]))
			return p.Add(u[0].Mul(m).Div(most)), []V{m, most}
		})
	})
}

// Scalars returns the arguments of the kernel.
func (c Adamax) Scalars(lr float64, s *State) []float64 {
	b1, b2 := betasOr(c.Betas)
	return []float64{-lr / correction(b1, s.Step), c.WeightDecay, orDefault(c.Eps, 1e-8), b1, 1 - b1, b2}
}

// NAdam is Adam with Nesterov's momentum (Dozat 2016). The momentum of step t is
// β₁·(1 - 0.96**(t·MomentumDecay)/2).
type NAdam struct {
	LR            float64    // 0 means 2e-3
	Betas         [2]float64 // both 0 mean 0.9 and 0.999
	Eps           float64    // 0 means 1e-8
	WeightDecay   float64    // added to the gradient
	MomentumDecay float64    // 0 means 4e-3
}

// New returns an optimizer.
func (c NAdam) New(params []*tensor.Tensor) *Optimizer { return New(c, params) }

// Rate returns the learning rate to start with.
func (c NAdam) Rate() float64 { return orDefault(c.LR, 2e-3) }

// Start returns the first state: the product of all momenta is kept.
func (c NAdam) Start(float64) (tensors, numbers []float64) { return []float64{0, 0}, []float64{1} }

type nadamKey struct{ decay bool }

// Kernel returns the update of one parameter.
func (c NAdam) Kernel() *Kernel {
	key := nadamKey{c.WeightDecay != 0}
	return cached(key, func() *Kernel {
		return NewKernel([]string{"exp_avg", "exp_avg_sq"}, 9, func(p, g V, state, u []V) (V, []V) {
			byGrad, decay, eps, byMean, unbias := u[0], u[1], u[2], u[3], u[8]
			g = descent(false, key.decay, p, g, decay)
			m := state[0].Mul(u[4]).Add(g.Mul(u[5]))
			v := state[1].Mul(u[6]).Add(u[7].Mul(g).Mul(g))
			denom := v.Div(unbias).Sqrt().Add(eps)
			p = p.Add(byGrad.Mul(g).Div(denom))
			return p.Add(byMean.Mul(m).Div(denom)), []V{m, v}
		})
	})
}

// Scalars returns the arguments of the kernel.
func (c NAdam) Scalars(lr float64, s *State) []float64 {
	b1, b2 := betasOr(c.Betas)
	fade := orDefault(c.MomentumDecay, 4e-3)
	momentum := func(step int) float64 { return b1 * (1 - 0.5*math.Pow(0.96, float64(step)*fade)) }
	mu, next := momentum(s.Step), momentum(s.Step+1)
	s.Numbers[0] *= mu
	product := s.Numbers[0]
	return []float64{
		-lr * (1 - mu) / (1 - product), c.WeightDecay, orDefault(c.Eps, 1e-8), -lr * next / (1 - product*next),
		b1, 1 - b1, b2, 1 - b2, correction(b2, s.Step),
	}
}

// RAdam is Adam that begins without the division, as long as the variance of its
// divisor is not known: with the default betas for five steps. Afterwards steps are
// smaller by what is known (Liu et al. 2019).
type RAdam struct {
	LR          float64    // 0 means 1e-3
	Betas       [2]float64 // both 0 mean 0.9 and 0.999
	Eps         float64    // 0 means 1e-8
	WeightDecay float64    // added to the gradient
}

// New returns an optimizer.
func (c RAdam) New(params []*tensor.Tensor) *Optimizer { return New(c, params) }

// Rate returns the learning rate to start with.
func (c RAdam) Rate() float64 { return orDefault(c.LR, 1e-3) }

type radamKey struct{ decay bool }

// Kernel returns the update of one parameter.
func (c RAdam) Kernel() *Kernel {
	key := radamKey{c.WeightDecay != 0}
	return cached(key, func() *Kernel {
		return NewKernel([]string{"exp_avg", "exp_avg_sq"}, 10, func(p, g V, state, u []V) (V, []V) {
			rate, decay, eps, rectify, unbias1, root := u[0], u[1], u[2], u[3], u[8], u[9]
			g = descent(false, key.decay, p, g, decay)
			m := state[0].Mul(u[4]).Add(g.Mul(u[5]))
			v := state[1].Mul(u[6]).Add(u[7].Mul(g).Mul(g))
			step := m.Div(unbias1).Mul(rate)
			adaptive := root.Div(v.Sqrt().Add(eps))
			scaled := step.Mul(adaptive).Mul(rectify)
			return p.Add(rectify.Gt(num(0)).Select(scaled, step)), []V{m, v}
		})
	})
}

// Scalars returns the arguments of the kernel.
func (c RAdam) Scalars(lr float64, s *State) []float64 {
	b1, b2 := betasOr(c.Betas)
	limit := 2/(1-b2) - 1
	left := correction(b2, s.Step)
	rho := limit - 2*float64(s.Step)*math.Pow(b2, float64(s.Step))/left
	rectify := 0.0 // rho of 5 or less: the variance is not known
	if rho > 5 {
		rectify = math.Sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho))
	}
	return []float64{
		-lr, c.WeightDecay, orDefault(c.Eps, 1e-8), rectify,
		b1, 1 - b1, b2, 1 - b2, correction(b1, s.Step), math.Sqrt(left),
	}
}
