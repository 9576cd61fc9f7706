package optim

import (
	"math"

	"github.com/hekla-ml/hekla/tensor"
)

// Muon makes each step of a matrix nearly orthogonal (Jordan et al. 2024): for the
// weights of hidden layers. Train embeddings, heads, biases and gains with AdamW
// in a group of its own.
type Muon struct {
	LR          float64 // 0 means 1e-3
	WeightDecay float64 // apart from the gradient; 0 means 0.1, None is no decay
	Momentum    float64 // 0 means 0.95
	NoNesterov  bool
	Iterations  int  // of Newton and Schulz; 0 means 5
	MatchAdamW  bool // steps of the size of AdamW's (Liu et al. 2025), so that its rates serve
}

// New returns an optimizer. It panics if a parameter is no matrix.
func (c Muon) New(params []*tensor.Tensor) *Optimizer { return New(c, params) }

// Rate returns the learning rate to start with.
func (c Muon) Rate() float64 { return orDefault(c.LR, 1e-3) }

// WithMomentum returns c with another momentum.
func (c Muon) WithMomentum(m float64) Algorithm { c.Momentum = m; return c }

// Kernel returns the update of one parameter.
func (c Muon) Kernel() *Kernel { return muon }

var muon = NewTensorKernel(muonSlots, func(p, g *tensor.Tensor, state []*tensor.Tensor, u []float64) {
	rate, decay, momentum, nesterov, iterations, match := u[0], u[1], u[2], u[3] == 1, int(u[4]), u[5] == 1
	buf := state[0]
	buf.MulScalarInPlace(momentum).AddInPlace(g.MulScalar(1 - momentum))
	way := buf
	if nesterov {
		way = g.LerpScalar(buf, momentum)
	}
	rows, cols := float64(p.Dim(0)), float64(p.Dim(1))
	if match {
		rate *= 0.2 * math.Sqrt(max(rows, cols))
	} else {
		rate *= math.Sqrt(max(1, rows/cols))
	}
	p.MulScalarInPlace(decay)
	p.SubInPlace(orthogonalized(way, iterations).MulScalar(rate))
})

// orthogonalized brings the singular values of a matrix near 1 by a polynomial
// of fifth degree, whose coefficients were chosen to raise small values fast: they
// end between about 0.7 and 1.2 (Jordan et al. 2024).
func orthogonalized(x *tensor.Tensor, iterations int) *tensor.Tensor {
	tall := x.Dim(0) > x.Dim(1)
	if tall {
		x = x.T()
	}
	x = x.Div(x.Norm(2).MaximumScalar(1e-7))
	for range iterations {
		a := x.MatMul(x.T())
		b := a.MulScalar(-4.7750).Add(a.MatMul(a).MulScalar(2.0315))
		x = x.MulScalar(3.4445).Add(b.MatMul(x))
	}
	if tall {
		x = x.T()
	}
	return x
}

func muonSlots(p *tensor.Tensor) []Slot {
	if p.Rank() != 2 {
		panic(misuse("muon", p, "want a matrix; train other parameters with AdamW, see Optimizer.Add"))
	}
	return []Slot{{"momentum_buffer", p.Shape()}}
}

// Scalars returns the arguments of the kernel.
func (c Muon) Scalars(lr float64, _ *State) []float64 {
	n := c.Iterations
	if n == 0 {
		n = 5
	}
	flag := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	return []float64{lr, 1 - lr*orDefault(c.WeightDecay, 0.1), orDefault(c.Momentum, 0.95), flag(!c.NoNesterov), float64(n), flag(c.MatchAdamW)}
}
