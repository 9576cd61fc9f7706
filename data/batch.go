package data

import "github.com/hekla-ml/hekla/tensor"

// A Batch is samples stacked into tensors on a device. Who receives it owns
// the tensors: pass them to a scope with Own, or Free them; what is forgotten
// the garbage collector finds later.
type Batch struct {
	X, Y    *tensor.Tensor   // inputs [n, ...], and targets [n, ...] or nil
	More    []*tensor.Tensor // what else samples have
	Len     int              // n
	First   int              // place of the first sample in the epoch
	Indices []int            // of the samples in the dataset
}

// Tensors returns X, Y and More, as far as they are there.
func (b Batch) Tensors() []*tensor.Tensor {
	var ts []*tensor.Tensor
	for _, t := range append([]*tensor.Tensor{b.X, b.Y}, b.More...) {
		if t != nil {
			ts = append(ts, t)
		}
	}
	return ts
}

// Own makes the tensors part of a scope, which frees them at its end, and
// returns b.
func (b Batch) Own(s *tensor.Arena) Batch {
	for _, t := range b.Tensors() {
		s.Own(t)
	}
	return b
}

// Free frees the tensors.
func (b Batch) Free() {
	for _, t := range b.Tensors() {
		t.Free()
	}
}
