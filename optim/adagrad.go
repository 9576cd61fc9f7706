package optim

import "github.com/hekla-ml/hekla/tensor"

// Adagrad divides by the root of the sum of all squared gradients (Duchi et al.
// 2011):
//
//	s = s + g²
//	p = p - LR/(1 + (t-1)·LRDecay) · g/(sqrt(s) + Eps)
//
// The state "sum" is s.
type Adagrad struct {
	LR                 float64 // 0 means 0.01
	LRDecay            float64
	WeightDecay        float64 // added to the gradient
	InitialAccumulator float64 // s before the first step
	Eps                float64 // 0 means 1e-10
	Maximize           bool
}

// New returns an optimizer.
func (c Adagrad) New(params []*tensor.Tensor) *Optimizer { return New(c, params) }

// Rate returns the learning rate to start with.
func (c Adagrad) Rate() float64 { return orDefault(c.LR, 0.01) }

// Start returns the first state.
func (c Adagrad) Start(float64) (tensors, numbers []float64) {
	return []float64{c.InitialAccumulator}, nil
}

type adagradKey struct{ decay, maximize bool }

// Kernel returns the update of one parameter.
func (c Adagrad) Kernel() *Kernel {
	key := adagradKey{c.WeightDecay != 0, c.Maximize}
	return cached(key, func() *Kernel {
		return NewKernel([]string{"sum"}, 3, func(p, g V, state, u []V) (V, []V) {
			g = descent(key.maximize, key.decay, p, g, u[1])
			sum := state[0].Add(g.Mul(g))
			return p.Add(u[0].Mul(g).Div(sum.Sqrt().Add(u[2]))), []V{sum}
		})
	})
}

// Scalars returns the arguments of the kernel.
func (c Adagrad) Scalars(lr float64, s *State) []float64 {
	return []float64{-lr / (1 + float64(s.Step-1)*c.LRDecay), c.WeightDecay, orDefault(c.Eps, 1e-10)}
}

// Adadelta scales steps by the running means of their own squares (Zeiler 2012):
//
//	v = Rho·v + (1-Rho)·g²
//	d = sqrt(u + Eps)/sqrt(v + Eps) · g
//	u = Rho·u + (1-Rho)·d²
//	p = p - LR·d
//
// The states "square_avg" and "acc_delta" are v and u.
type Adadelta struct {
	LR          float64 // 0 means 1
	Rho         float64 // of the running means; 0 means 0.9
	Eps         float64 // 0 means 1e-6
	WeightDecay float64 // added to the gradient
	Maximize    bool
}

// New returns an optimizer.
func (c Adadelta) New(params []*tensor.Tensor) *Optimizer { return New(c, params) }

// Rate returns the learning rate to start with.
func (c Adadelta) Rate() float64 { return orDefault(c.LR, 1) }

type adadeltaKey struct{ decay, maximize bool }

// Kernel returns the update of one parameter.
func (c Adadelta) Kernel() *Kernel {
	key := adadeltaKey{c.WeightDecay != 0, c.Maximize}
	return cached(key, func() *Kernel {
		return NewKernel([]string{"square_avg", "acc_delta"}, 5, func(p, g V, state, u []V) (V, []V) {
			rate, eps, rho, rest := u[0], u[2], u[3], u[4]
			g = descent(key.maximize, key.decay, p, g, u[1])
			square := state[0].Mul(rho).Add(rest.Mul(g).Mul(g))
			delta := state[1].Add(eps).Sqrt().Div(square.Add(eps).Sqrt()).Mul(g)
			acc := state[1].Mul(rho).Add(rest.Mul(delta).Mul(delta))
			return p.Add(delta.Mul(rate)), []V{square, acc}
		})
	})
}

// Scalars returns the arguments of the kernel.
func (c Adadelta) Scalars(lr float64, _ *State) []float64 {
	rho := orDefault(c.Rho, 0.9)
	return []float64{-lr, c.WeightDecay, orDefault(c.Eps, 1e-6), rho, 1 - rho}
}
