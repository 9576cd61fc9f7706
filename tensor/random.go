package tensor

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// Uniform returns floats drawn evenly from lo <= x < hi.
func (g *Generator) Uniform(dev backend.Device, d dtype.DType, lo, hi float64, sizes ...int) *Tensor {
	if !(lo <= hi) {
		panic(newError("uniform", errMessage("%w: from %v to %v", op.ErrAttr, lo, hi)))
	}
	a := g.attrs(d, sizes)
	return scale(Apply(dev, op.RandUniform, &a)[0], hi-lo, lo)
}

// Normal returns floats drawn from the normal distribution.
func (g *Generator) Normal(dev backend.Device, d dtype.DType, mean, std float64, sizes ...int) *Tensor {
	a := g.attrs(d, sizes)
	return scale(Apply(dev, op.RandNormal, &a)[0], std, mean)
}

// Int returns integers drawn evenly from lo <= x < hi.
func (g *Generator) Int(dev backend.Device, d dtype.DType, lo, hi int, sizes ...int) *Tensor {
	return Apply(dev, op.RandInt, &op.RandIntAttrs{RandAttrs: g.attrs(d, sizes), Lo: int64(lo), Hi: int64(hi)})[0]
}

// Bernoulli returns elements that are 1 with probability p, else 0.
func (g *Generator) Bernoulli(dev backend.Device, d dtype.DType, p float64, sizes ...int) *Tensor {
	return Apply(dev, op.Bernoulli, &op.BernoulliAttrs{RandAttrs: g.attrs(d, sizes), P: p})[0]
}

// Dropout returns t with elements set to 0 with probability p and the others
// divided by 1-p.
func (g *Generator) Dropout(t *Tensor, p float64) *Tensor {
	seed, offset := g.next()
	return one(op.Dropout, &op.DropoutAttrs{P: p, Seed: seed, Offset: offset}, t)
}

func (g *Generator) attrs(d dtype.DType, sizes []int) op.RandAttrs {
	seed, offset := g.next()
	return op.RandAttrs{Shape: own(sizes), DType: d, Seed: seed, Offset: offset}
}

// scale changes standard draws to s*t + shift, in place.
func scale(t *Tensor, s, shift float64) *Tensor {
	if s != 1 {
		t.MulScalarInPlace(s)
	}
	if shift != 0 {
		t.AddScalarInPlace(shift)
	}
	return t
}
