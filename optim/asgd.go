package optim

import (
	"math"

	"github.com/hekla-ml/hekla/tensor"
)

// ASGD is averaged stochastic gradient descent (Polyak and Juditsky 1992):
//
//	p = (1 - Lambda·η)·p - η·g
//	ax = ax + (p - ax)/max(1, t-1-T0)
//
// where η is LR at first and then LR/(1 + Lambda·LR·(t-1))**Alpha. The state "ax"
// is the average, what the model should be in the end.
type ASGD struct {
	LR          float64 // 0 means 0.01
	Lambda      float64 // of the decay; 0 means 1e-4
	Alpha       float64 // of the learning rate's fading; 0 means 0.75
	T0          float64 // steps before averaging; 0 means 1e6
	WeightDecay float64 // added to the gradient
}

// New returns an optimizer.
func (c ASGD) New(params []*tensor.Tensor) *Optimizer { return New(c, params) }

// Rate returns the learning rate to start with.
func (c ASGD) Rate() float64 { return orDefault(c.LR, 0.01) }

// Start returns the first state: eta and mu are kept.
func (c ASGD) Start(lr float64) (tensors, numbers []float64) { return []float64{0}, []float64{lr, 1} }

type asgdKey struct{ decay bool }

// Kernel returns the update of one parameter.
func (c ASGD) Kernel() *Kernel {
	key := asgdKey{c.WeightDecay != 0}
	return cached(key, func() *Kernel {
		return NewKernel([]string{"ax"}, 4, func(p, g V, state, u []V) (V, []V) {
			g = descent(false, key.decay, p, g, u[1])
			p = p.Mul(u[2]).Add(g.Mul(u[0]))
			ax, mu := state[0], u[3]
			return p, []V{mu.Eq(num(1)).Select(p, ax.Add(p.Sub(ax).Mul(mu)))}
		})
	})
}

// Scalars returns the arguments of the kernel.
func (c ASGD) Scalars(lr float64, s *State) []float64 {
	lambda, step := orDefault(c.Lambda, 1e-4), float64(s.Step)
	eta, mu := s.Numbers[0], s.Numbers[1]
	s.Numbers[0] = lr / math.Pow(1+lambda*lr*step, orDefault(c.Alpha, 0.75))
	s.Numbers[1] = 1 / max(1, step-orDefault(c.T0, 1e6))
	return []float64{-eta, c.WeightDecay, 1 - lambda*eta, mu}
}

// Rprop follows the signs of the gradient only, with a step for each element that
// grows while the sign stays (Riedmiller and Braun 1993). Where the sign changes,
// the element waits for one step. It is for gradients without noise: of whole data
// sets.
type Rprop struct {
	LR    float64    // the first step; 0 means 0.01
	Etas  [2]float64 // factors of steps where the sign changes and stays; both 0 mean 0.5 and 1.2
	Steps [2]float64 // smallest and largest step; both 0 mean 1e-6 and 50
}

// New returns an optimizer.
func (c Rprop) New(params []*tensor.Tensor) *Optimizer { return New(c, params) }

// Rate returns the learning rate to start with.
func (c Rprop) Rate() float64 { return orDefault(c.LR, 0.01) }

// Start returns the first state.
func (c Rprop) Start(lr float64) (tensors, numbers []float64) { return []float64{0, lr}, nil }

type rpropKey struct{}

// Kernel returns the update of one parameter.
func (c Rprop) Kernel() *Kernel {
	return cached(rpropKey{}, func() *Kernel {
		return NewKernel([]string{"prev", "step_size"}, 4, func(p, g V, state, u []V) (V, []V) {
			zero := num(0)
			turn := g.Mul(state[0])
			factor := turn.Gt(zero).Select(u[1], turn.Lt(zero).Select(u[0], num(1)))
			step := state[1].Mul(factor).Max(u[2]).Min(u[3])
			g = turn.Lt(zero).Select(zero, g)
			sign := g.Gt(zero).Select(num(1), g.Lt(zero).Select(num(-1), zero))
			return p.Sub(sign.Mul(step)), []V{g, step}
		})
	})
}

// Scalars returns the arguments of the kernel.
func (c Rprop) Scalars(float64, *State) []float64 {
	e, s := c.ranges()
	return []float64{e[0], e[1], s[0], s[1]}
}

func (c Rprop) ranges() (etas, steps [2]float64) {
	etas, steps = c.Etas, c.Steps
	if etas == ([2]float64{}) {
		etas = [2]float64{0.5, 1.2}
	}
	if steps == ([2]float64{}) {
		steps = [2]float64{1e-6, 50}
	}
	return etas, steps
}
