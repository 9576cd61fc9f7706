package tensor

import "sync"

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
