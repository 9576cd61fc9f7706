package optim

import (
	"math"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// Adafactor keeps, for a matrix, the mean squared gradients of its rows and
// columns only, and scales steps by the size of the parameter (Shazeer and Stern
// 2018). Leading axes of a parameter are a batch of matrices.
type Adafactor struct {
	LR          float64 // the largest relative step; 0 means 0.01
	Beta2Decay  float64 // 0 means -0.8: the running mean's weight is 1 - step**-0.8
	Eps         float64 // least size of a parameter; 0 means 1e-3
	Clip        float64 // largest root mean square of an update; 0 means 1
	WeightDecay float64 // apart from the gradient
	Maximize    bool
}

// New returns an optimizer.
func (c Adafactor) New(params []*tensor.Tensor) *Optimizer { return New(c, params) }

// Rate returns the learning rate to start with.
func (c Adafactor) Rate() float64 { return orDefault(c.LR, 0.01) }

// Kernel returns the update of one parameter.
func (c Adafactor) Kernel() *Kernel { return adafactor }

var adafactor = NewTensorKernel(adafactorSlots, func(p, g *tensor.Tensor, state []*tensor.Tensor, u []float64) {
	rho, decay, weight, least, clip, sign := u[0], u[1], u[2], u[3], u[4], u[5]
	if sign < 0 {
		g = g.Neg()
	}
	size := math.Sqrt(p.Square().Mean().Item())
	step := rho * max(least, size)
	p.MulScalarInPlace(decay)
	eps := epsilon(p.DType())
	follow := func(avg, now *tensor.Tensor) { // avg += weight*(now - avg)
		avg.MulScalarInPlace(1 - weight).AddInPlace(now.MulScalar(weight))
	}
	var variance *tensor.Tensor
	if len(state) == 2 {
		row, col := state[0], state[1]
		squares := g.Square()
		follow(row, squares.MeanKeep(-1))
		follow(col, squares.MeanKeep(-2))
		variance = row.Mul(col).Div(row.MeanKeep(-2).MaximumScalar(eps))
	} else {
		follow(state[0], g.Square())
		variance = state[0]
	}
	update := g.Mul(variance.MaximumScalar(eps * eps).Rsqrt())
	rms := math.Sqrt(update.Square().Mean().Item())
	p.SubInPlace(update.MulScalar(step / max(1, rms/clip)))
})

// epsilon returns the distance from 1 to the next number of a type.
func epsilon(d dtype.DType) float64 {
	switch d {
	case dtype.Float64:
		return 0x1p-52
	case dtype.Float16:
		return 0x1p-10
	case dtype.BFloat16:
		return 0x1p-7
	}
	return 0x1p-23
}

func adafactorSlots(p *tensor.Tensor) []Slot {
	s := p.Shape()
	n := len(s)
	if n < 2 {
		return []Slot{{"variance", s}}
	}
	row, col := append([]int{}, s...), append([]int{}, s...)
	row[n-1], col[n-2] = 1, 1
	return []Slot{{"row_var", row}, {"col_var", col}}
}

// Scalars returns the arguments of the kernel.
func (c Adafactor) Scalars(lr float64, s *State) []float64 {
	step := float64(s.Step)
	sign := 1.0
	if c.Maximize {
		sign = -1
	}
	return []float64{
		min(lr, 1/math.Sqrt(step)), 1 - lr*c.WeightDecay, math.Pow(step, orDefault(c.Beta2Decay, -0.8)),
		orDefault(c.Eps, 1e-3), orDefault(c.Clip, 1), sign,
	}
}
