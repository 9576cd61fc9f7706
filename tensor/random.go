package tensor

import (
	"sync"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// A Generator draws random tensors. The numbers depend only on the seed, on
// what was drawn before, and on the index of the element: they are the same on
// every device. It may be used by several goroutines, though what each then
// draws depends on their order.
type Generator struct {
	mu     sync.Mutex
	seed   uint64
	offset uint64
}

// NewGenerator returns a generator with the given seed.
func NewGenerator(seed uint64) *Generator { return &Generator{seed: seed} }

// State returns what SetState needs to continue the stream from here.
func (g *Generator) State() (seed, offset uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.seed, g.offset
}

// SetState continues the stream from a state returned by State.
func (g *Generator) SetState(seed, offset uint64) {
	g.mu.Lock()
	g.seed, g.offset = seed, offset
	g.mu.Unlock()
}

// next reserves one draw. Each has a counter space of its own, 2^64 numbers.
func (g *Generator) next() (seed, offset uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.offset++
	return g.seed, g.offset - 1
}

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
