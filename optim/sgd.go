package optim

import "github.com/hekla-ml/hekla/tensor"

// SGD is stochastic gradient descent, with momentum if wanted (Sutskever et al.
// 2013). Of a gradient g, with WeightDecay·p added:
//
//	b = Momentum·b + (1-Dampening)·g, at first g
//	p = p - LR·b, with Nesterov p - LR·(g + Momentum·b)
//
// The state "momentum_buffer" is b.
type SGD struct {
	LR          float64 // 0 means 1e-3
	Momentum    float64 // 0 is none, and no state
	Dampening   float64
	Nesterov    bool
	WeightDecay float64 // added to the gradient
	Maximize    bool    // go up the gradient
}

// New returns an optimizer.
func (c SGD) New(params []*tensor.Tensor) *Optimizer { return New(c, params) }

// Rate returns the learning rate to start with.
func (c SGD) Rate() float64 { return orDefault(c.LR, 1e-3) }

type sgdKey struct{ momentum, nesterov, decay, maximize bool }

// Kernel returns the update of one parameter.
func (c SGD) Kernel() *Kernel {
	key := sgdKey{c.Momentum != 0, c.Nesterov, c.WeightDecay != 0, c.Maximize}
	return cached(key, func() *Kernel {
		var state []string
		if key.momentum {
			state = []string{"momentum_buffer"}
		}
		return NewKernel(state, 4, func(p, g V, state, u []V) (V, []V) {
			rate, momentum, weight := u[0], u[2], u[3]
			g = descent(key.maximize, key.decay, p, g, u[1])
			if key.momentum {
				buf := state[0].Mul(momentum).Add(g.Mul(weight))
				state = []V{buf}
				if key.nesterov {
					g = g.Add(buf.Mul(momentum))
				} else {
					g = buf
				}
			}
			return p.Add(g.Mul(rate)), state
		})
	})
}

// Scalars returns the arguments of the kernel.
func (c SGD) Scalars(lr float64, s *State) []float64 {
	weight := 1 - c.Dampening
	if s.Step == 1 {
		weight = 1 // the buffer begins with the gradient itself
	}
	return []float64{-lr, c.WeightDecay, c.Momentum, weight}
}
