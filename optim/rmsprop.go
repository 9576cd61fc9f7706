package optim

import "github.com/hekla-ml/hekla/tensor"

// RMSprop divides by the root of a running mean of the squared gradient (Hinton's
// lecture 6e, 2012):
//
//	v = Alpha·v + (1-Alpha)·g²
//	b = Momentum·b + g/(sqrt(v) + Eps)
//	p = p - LR·b
//
// The states "square_avg" and "momentum_buffer" are v and b; with Centered there is
// "grad_avg", the running mean of g, whose square v is less by.
type RMSprop struct {
	LR          float64 // 0 means 0.01
	Alpha       float64 // of the running means; 0 means 0.99
	Eps         float64 // 0 means 1e-8
	WeightDecay float64 // added to the gradient
	Momentum    float64
	Centered    bool // divide by the standard deviation instead
	Maximize    bool
}

// New returns an optimizer.
func (c RMSprop) New(params []*tensor.Tensor) *Optimizer { return New(c, params) }

// Rate returns the learning rate to start with.
func (c RMSprop) Rate() float64 { return orDefault(c.LR, 0.01) }

type rmspropKey struct{ decay, momentum, centered, maximize bool }

// Kernel returns the update of one parameter.
func (c RMSprop) Kernel() *Kernel {
	key := rmspropKey{c.WeightDecay != 0, c.Momentum != 0, c.Centered, c.Maximize}
	return cached(key, func() *Kernel {
		names := []string{"square_avg"}
		if key.momentum {
			names = append(names, "momentum_buffer")
		}
		if key.centered {
			names = append(names, "grad_avg")
		}
		return NewKernel(names, 6, func(p, g V, state, u []V) (V, []V) {
			rate, eps, alpha, rest, momentum := u[0], u[2], u[3], u[4], u[5]
			g = descent(key.maximize, key.decay, p, g, u[1])
			square := state[0].Mul(alpha).Add(rest.Mul(g).Mul(g))
			avg, next := square, []V{square}
			var mean V
			if key.centered {
				mean = state[len(state)-1].Mul(alpha).Add(g.Mul(rest))
				avg = square.Sub(mean.Mul(mean))
			}
			avg = avg.Sqrt().Add(eps)
			if key.momentum {
				buf := state[1].Mul(momentum).Add(g.Div(avg))
				next = append(next, buf)
				p = p.Add(buf.Mul(rate))
			} else {
				p = p.Add(rate.Mul(g).Div(avg))
			}
			if key.centered {
				next = append(next, mean)
			}
			return p, next
		})
	})
}

// Scalars returns the arguments of the kernel.
func (c RMSprop) Scalars(lr float64, _ *State) []float64 {
	alpha := orDefault(c.Alpha, 0.99)
	return []float64{-lr, c.WeightDecay, orDefault(c.Eps, 1e-8), alpha, 1 - alpha, c.Momentum}
}
