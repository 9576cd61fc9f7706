//go:build pending

package tensor

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

func (g *Generator) draw(dev backend.Device, o *op.Op, d dtype.DType, lo, hi float64, sizes []int) *Tensor {
	seed, offset := g.next()
	return Apply(dev, o, &op.RandomAttrs{Shape: own(sizes), DType: d, Seed: seed, Offset: offset, A: lo, B: hi})[0]
}

// Uniform returns floats drawn evenly from lo <= x < hi.
func (g *Generator) Uniform(dev backend.Device, d dtype.DType, lo, hi float64, sizes ...int) *Tensor {
	return g.draw(dev, op.RandUniform, d, lo, hi, sizes)
}

// Normal returns floats drawn from the normal distribution.
func (g *Generator) Normal(dev backend.Device, d dtype.DType, mean, std float64, sizes ...int) *Tensor {
	return g.draw(dev, op.RandNormal, d, mean, std, sizes)
}

// Int returns integers drawn evenly from lo <= x < hi.
func (g *Generator) Int(dev backend.Device, d dtype.DType, lo, hi int, sizes ...int) *Tensor {
	return g.draw(dev, op.RandInt, d, float64(lo), float64(hi), sizes)
}

// Bernoulli returns elements that are 1 with probability p, else 0.
func (g *Generator) Bernoulli(dev backend.Device, d dtype.DType, p float64, sizes ...int) *Tensor {
	return g.draw(dev, op.Bernoulli, d, p, 0, sizes)
}
