package nn

import (
	"reflect"

	"github.com/hekla-ml/hekla/tensor"
)

// A Hooked layer is a layer whose passes can be watched and changed: PyTorch's
// forward hooks. In a Sequential or a field of type Layer it stands in the layer's
// place; names in states and pictures are the layer's own. Gradients are watched by
// what a hook does with the tensors it sees, see package autograd.
type Hooked struct {
	Layer  `nn:"-"`
	Before func(x *tensor.Tensor) *tensor.Tensor    // returns what the layer is to get; may be nil
	After  func(x, y *tensor.Tensor) *tensor.Tensor // returns what the layer is to have returned; may be nil
}

// Forward passes x through the hooks and the layer.
func (h *Hooked) Forward(x *tensor.Tensor) *tensor.Tensor {
	if h.Before != nil {
		x = h.Before(x)
	}
	y := h.Layer.Forward(x)
	if h.After != nil {
		y = h.After(x, y)
	}
	return y
}

// describe names parameters and modules as the layer itself does.
func (h *Hooked) describe(n *node, depth int) { n.add(reflect.ValueOf(h.Layer), depth) }

func (h *Hooked) String() string { return String(h.Layer) }
