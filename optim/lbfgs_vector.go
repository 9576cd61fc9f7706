package optim

import (
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
	"github.com/hekla-ml/hekla/tensor"
)

// All parameters of an LBFGS are one vector on their device.

// gather returns the gradients of all parameters in one row; zeros for those
// without.
func (o *LBFGSOptimizer) gather() *tensor.Tensor {
	var l []*tensor.Tensor
	for _, p := range o.group.Params {
		g := p.Grad()
		if g == nil {
			l = append(l, tensor.Zeros(p.Device(), p.DType(), p.Numel()))
			continue
		}
		l = append(l, g.Detach().Reshape(-1))
	}
	return tensor.Concat(0, l...).Clone().Keep()
}

// values returns copies of all parameters.
func (o *LBFGSOptimizer) values() []*tensor.Tensor {
	var l []*tensor.Tensor
	for _, p := range o.group.Params {
		l = append(l, p.Detach().Clone().Keep())
	}
	return l
}

// set puts the parameters t directions away from begin.
func (o *LBFGSOptimizer) set(begin []*tensor.Tensor, t float64) {
	for i, p := range o.group.Params {
		p.Detach().CopyInPlace(begin[i])
	}
	o.move(t)
}

// move adds t directions to the parameters.
func (o *LBFGSOptimizer) move(t float64) {
	at := 0
	for _, p := range o.group.Params {
		n := shape.Numel(p.Shape())
		addTo(p, t, o.way.Slice(0, at, at+n).Reshape(p.Shape()...))
		at += n
	}
}

// addTo adds a*x to y in one pass.
func addTo(y *tensor.Tensor, a float64, x *tensor.Tensor) {
	tensor.Update(axpy, []float64{a}, []*tensor.Tensor{y}, []*tensor.Tensor{y, x})
}

var axpy = op.NewFn(floatKinds(2), floatKinds(1), func(in, a []V) []V { return []V{in[0].Add(in[1].Mul(a[0]))} })

// dot, most and sumAbs wait for the device.
func dot(x, y *tensor.Tensor) float64 { return taken(x.Dot(y)) }
func most(x *tensor.Tensor) float64   { return taken(x.Abs().Max()) }
func sumAbs(x *tensor.Tensor) float64 { return taken(x.Abs().Sum()) }

func taken(t *tensor.Tensor) float64 {
	defer t.Free()
	return t.Item()
}
