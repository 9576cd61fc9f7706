package tensor

import "sync"

// An Arena frees tensors together: everything computed from a tensor it owns,
// directly or not, belongs to it.
type Arena struct {
	mu     sync.Mutex
	own    []*Tensor
	closed bool
	record bool // is to live on

	observer func(m any, in, out *Tensor) // or nil
}

// Scope calls f and then frees every tensor of the arena it passed: those given
// to Own and all that was computed from them, views and the autograd record
// included. Gradients of leaves, and what is given to Keep, survive, and so does
// what was computed from nothing that is owned: a tensor that a creation
// function makes inside f belongs to the arena only if it is given to Own. (Of
// the creation functions ZerosLike and OnesLike have an operand to go by.) A
// training step:
//
//	tensor.Scope(func(s *tensor.Arena) {
//		loss := model.Forward(s.Own(x)).Sub(s.Own(y)).Square().Mean()
//		autograd.Backward(loss)
//		opt.Step()
//	})
func Scope(f func(s *Arena)) {
	a := &Arena{}
	defer a.close()
	f(a)
}

// Handles is Scope for handles alone: it frees tensors, but the record stays and
// keeps the values that gradients need, until Backward.
func Handles(f func(s *Arena)) {
	a := &Arena{record: true}
	defer a.close()
	f(a)
}

// Own makes t, and everything computed from it from now on, part of the arena,
// and returns it. t leaves the arena that it was part of.
func (a *Arena) Own(t *Tensor) *Tensor {
	t.join(a)
	return t
}

// Observe has f called by each layer of package nn that computes out of in, a
// tensor of the arena, in the order in which they finish: what forward hooks are
// for. Layers of one's own may take part by calling Observed.
func (a *Arena) Observe(f func(layer any, in, out *Tensor)) { a.observer = f }

// Observing reports whether anyone observes the arena of t: layers that compute
// several things at once then do so one by one.
func Observing(t *Tensor) bool { return t.arena != nil && t.arena.observer != nil }

// Observed tells who observes the arena of in, if anyone does, that a layer
// computed out of it, and returns out.
func Observed(layer any, in, out *Tensor) *Tensor {
	if Observing(in) {
		in.arena.observer(layer, in, out)
	}
	return out
}

// Keep takes t out of its scope, if any, so that it survives the scope's end,
// and returns it.
func (t *Tensor) Keep() *Tensor {
	if a := t.arena; a != nil {
		a.mu.Lock()
		t.arena = nil
		a.mu.Unlock()
	}
	return t
}

func (t *Tensor) join(a *Arena) {
	if a == nil || t.arena == a {
		return
	}
	a.mu.Lock()
	if !a.closed {
		t.arena = a
		a.own = append(a.own, t)
	}
	a.mu.Unlock()
}

func (a *Arena) close() {
	a.mu.Lock()
	a.closed = true
	own := a.own
	a.own = a.own[:0] // nothing joins a closed arena
	a.mu.Unlock()
	for _, t := range own {
		if t.arena != a {
			continue
		}
		t.arena = nil
		if t.node != nil && !a.record {
			t.node.Release()
		}
		t.Free()
	}
	clear(own)
}
