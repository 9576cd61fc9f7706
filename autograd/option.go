package autograd

import "github.com/hekla-ml/hekla/tensor"

// An Option changes how a gradient is computed.
type Option func(*options)

type options struct {
	retain, createGraph, allowUnused bool
	roots                            []*tensor.Tensor
}

// RetainGraph keeps the record, so that Backward or Grad can run over it again.
func RetainGraph() Option { return func(o *options) { o.retain = true } }

// CreateGraph records the computation of the gradient too, so that it can be
// differentiated in turn. It implies RetainGraph.
func CreateGraph() Option { return func(o *options) { o.createGraph, o.retain = true, true } }

// AllowUnused lets Grad return nil for inputs that the outputs do not depend
// on.
func AllowUnused() Option { return func(o *options) { o.allowUnused = true } }

// WithGrad gives the cotangents of the roots, each of its root's shape and
// type; without it they are 1 and the roots must have one element.
func WithGrad(g ...*tensor.Tensor) Option { return func(o *options) { o.roots = g } }
