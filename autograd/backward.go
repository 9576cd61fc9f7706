// Package autograd differentiates what package tensor recorded: it walks the
// record backwards from a result and asks each op for its gradient.
//
//	x := tensor.From(dev, []float32{1, 2}).SetRequiresGrad(true)
//	autograd.Backward(x.Square().Sum())
//	x.Grad() // 2x
//
// Backward adds gradients to the leaves, the way to train; Grad returns them,
// and with CreateGraph they can be differentiated again. VJP, JVP, Jacobian and
// Hessian are built from it. A Function has a gradient of its own making,
// Checkpoint trades time for memory, Check compares a gradient with finite
// differences, and DetectAnomaly finds where a NaN came from.
//
// Nothing here is global but DetectAnomaly: several goroutines may compute
// forwards and backwards at once, as long as each adds to leaves of its own.
package autograd

import (
	"fmt"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// Backward adds the gradient of root to the Grad of every leaf that requires
// one. Without WithGrad root must have one element. The record is released on
// the way, unless RetainGraph is given. It panics with a *tensor.Error if no
// gradient flows to root, if the record was released before, or if a value that
// it needs was changed in place.
func Backward(root *tensor.Tensor, opts ...Option) {
	e := newEngine("backward", opts)
	defer e.close()
	e.start([]*tensor.Tensor{root})
	e.run()
}

// Grad returns the gradients of the sum of outputs for each of the inputs, and
// leaves all Grad fields alone. An input that the outputs do not depend on is
// an error, or with AllowUnused gives nil.
func Grad(outputs, inputs []*tensor.Tensor, opts ...Option) []*tensor.Tensor {
	e := newEngine("grad", opts)
	defer e.close()
	e.captured = map[tensor.Edge]*tensor.Tensor{}
	e.useful = map[*tensor.Node]bool{}
	for i, t := range inputs {
		if t == nil || !t.RequiresGrad() {
			panic(failure("grad", t, "no gradient flows to input %d%s; call SetRequiresGrad before computing with it", i, muted(t)))
		}
		e.captured[edge(t)] = nil
	}
	e.start(outputs)
	e.run()
	res := make([]*tensor.Tensor, len(inputs))
	for i, t := range inputs {
		if res[i] = e.captured[edge(t)]; res[i] == nil && !e.allowUnused {
			panic(failure("grad", t, "the outputs do not depend on input %d; use AllowUnused if that is intended", i))
		}
	}
	return res
}

// start sends the cotangents of the roots.
func (e *engine) start(roots []*tensor.Tensor) {
	if len(e.roots) > len(roots) {
		panic(failure(e.name, nil, "WithGrad has %d cotangents for %d results", len(e.roots), len(roots)))
	}
	for i, t := range roots {
		if t == nil || !t.RequiresGrad() {
			panic(failure(e.name, t, "no gradient flows to it: %s", reason(t)))
		}
		var g *tensor.Tensor
		if i < len(e.roots) {
			g = e.roots[i]
		}
		switch {
		case g == nil && t.Numel() != 1:
			panic(failure(e.name, t, "only a result with one element has a gradient by itself; reduce it, or give its cotangent with WithGrad"))
		case g == nil:
			g = tensor.OnesLike(t)
			if !e.createGraph {
				g.Keep()
			}
		case !slices.Equal(g.Shape(), t.Shape()) || g.DType() != t.DType():
			panic(failure(e.name, t, "the cotangent is %v%v, want the shape and type of the result", g.DType(), g.Shape()))
		case g.Device() != t.Device():
			panic(failure(e.name, t, "the cotangent is on %s, the result on %s; move it with ToDevice", g.Device().Info().Name, t.Device().Info().Name))
		default:
			g = e.share(g)
		}
		e.send(edge(t), g)
	}
}

func edge(t *tensor.Tensor) tensor.Edge {
	if n, out := t.Node(); n != nil {
		return tensor.Edge{Node: n, Out: out}
	}
	return tensor.Edge{Leaf: t}
}

func reason(t *tensor.Tensor) string {
	switch {
	case t == nil:
		return "it is nil"
	case t.Muted():
		return "it was computed from a NoGrad tensor"
	}
	return "nothing it was computed from requires one"
}

func muted(t *tensor.Tensor) string {
	if t != nil && t.Muted() {
		return ", which was computed from a NoGrad tensor"
	}
	return ""
}

func failure(name string, t *tensor.Tensor, format string, args ...any) *tensor.Error {
	e := &tensor.Error{Op: name, Err: fmt.Errorf(format, args...), Site: tensor.CallSite()}
	if t != nil {
		e.Shapes, e.DTypes = [][]int{t.Shape()}, []dtype.DType{t.DType()}
	}
	return e
}

// at says where the call of n was made, if that was recorded.
func at(n *tensor.Node) string {
	if n.Site == "" {
		return ""
	}
	return " (called at " + n.Site + ")"
}
