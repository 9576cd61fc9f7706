package nn

import (
	"reflect"
	"sync"

	"github.com/hekla-ml/hekla/tensor"
)

// A Lazy layer is made when it first sees its input. Until then it has no
// parameters: pass an input through the model before an optimizer is made or a
// state is loaded.
type Lazy struct {
	Layer `nn:"-"` // nil until the first Forward
	make  func(x *tensor.Tensor) Layer
	once  sync.Once
	eval  bool
}

// NewLazy returns a layer that f makes for the first input.
func NewLazy(f func(x *tensor.Tensor) Layer) *Lazy { return &Lazy{make: f} }

// Forward makes the layer if need be and passes x through it.
func (l *Lazy) Forward(x *tensor.Tensor) *tensor.Tensor {
	l.once.Do(func() {
		l.Layer = l.make(x)
		setTraining(l.Layer, !l.eval)
	})
	return l.Layer.Forward(x)
}

// describe names parameters and modules as the layer itself does.
func (l *Lazy) describe(n *node, depth int) {
	if l.Layer != nil {
		n.add(reflect.ValueOf(l.Layer), depth)
	}
}

// SetTraining switches the layer, and is remembered until there is one.
func (l *Lazy) SetTraining(on bool) {
	l.eval = !on
}

func (l *Lazy) String() string {
	if l.Layer == nil {
		return "Lazy()"
	}
	return String(l.Layer)
}

// LazyLinear makes a Linear for as many inputs as the last axis of the first
// input has.
func (b *Maker) LazyLinear(out int, opts ...Option) *Lazy {
	return NewLazy(func(x *tensor.Tensor) Layer { return b.Linear(x.Dim(-1), out, opts...) })
}

// LazyConv2d makes a Conv2d for as many channels as the first input [n, c, h, w]
// has. LazyConv1d and LazyConv3d are alike.
func (b *Maker) LazyConv2d(out, kernel int, opts ...Option) *Lazy {
	return NewLazy(func(x *tensor.Tensor) Layer { return b.Conv2d(x.Dim(-3), out, kernel, opts...) })
}

// LazyConv1d makes a Conv1d; see LazyConv2d.
func (b *Maker) LazyConv1d(out, kernel int, opts ...Option) *Lazy {
	return NewLazy(func(x *tensor.Tensor) Layer { return b.Conv1d(x.Dim(-2), out, kernel, opts...) })
}

// LazyConv3d makes a Conv3d; see LazyConv2d.
func (b *Maker) LazyConv3d(out, kernel int, opts ...Option) *Lazy {
	return NewLazy(func(x *tensor.Tensor) Layer { return b.Conv3d(x.Dim(-4), out, kernel, opts...) })
}

// LazyBatchNorm2d makes a BatchNorm2d for as many channels as the first input
// has.
func (b *Maker) LazyBatchNorm2d(opts ...Option) *Lazy {
	return NewLazy(func(x *tensor.Tensor) Layer { return b.BatchNorm2d(x.Dim(1), opts...) })
}
