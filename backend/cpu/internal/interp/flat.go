package interp

import "unsafe"

// FlatSize is the most elements that RunFlat takes.
const FlatSize = blockSize

// flatPlaces is the most places of a kernel that runs from the stack.
const flatPlaces = 8

// Flat reports whether RunFlat can run k: its operands are in memory as its
// registers are.
func (k *Kernel) Flat() bool { return k.flat }

// RunFlat is Run for up to FlatSize elements that lie one after the other in
// every operand: at says where each begins, inputs first. What such a call
// computes takes a few nanoseconds, so it does nothing else.
func (k *Kernel) RunFlat(n int, at []unsafe.Pointer, uniforms []float64) {
	if k.bare {
		var places [flatPlaces]unsafe.Pointer
		copy(places[:], at) // the places of inputs and outputs come first
		for i := range k.steps {
			s := &k.steps[i]
			s.f(places[s.d%flatPlaces], places[s.a%flatPlaces], places[s.b%flatPlaces], places[s.c%flatPlaces], n)
		}
		return
	}
	w := k.worker(uniforms)
	copy(w.at, at)
	k.steps.run(w, n)
	clear(w.at[:len(at)]) // it must not keep operands alive
	k.workers.Put(w)
}

// settle notes how k may run.
func (k *Kernel) settle() {
	k.flat = k.index == [2]int{-1, -1}
	for _, ports := range [...][]port{k.ins, k.outs} {
		for i := range ports {
			k.flat = k.flat && ports[i].direct
		}
	}
	k.bare = k.flat && len(k.ins)+len(k.outs) <= flatPlaces
	for _, s := range k.steps {
		for _, p := range [...]uint16{s.d, s.a, s.b, s.c} {
			k.bare = k.bare && s.f != nil && int(p) < len(k.ins)+len(k.outs)
		}
	}
}
