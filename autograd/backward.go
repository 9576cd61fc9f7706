// Package autograd differentiates what package tensor recorded: it walks the
// record backwards from a result and asks each op for its gradient.
package autograd

import (
	"container/heap"
	"fmt"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// Backward adds the gradient of root to the Grad of every leaf that requires
// one. Without WithGrad root must have one element. The record is released on
// the way, unless RetainGraph is given. It panics with a *tensor.Error if no
// gradient flows to root, if the record was released before, or if a value that
// it needs was changed in place.
func Backward(root *tensor.Tensor, opts ...Option) {
	e := newEngine(opts)
	defer e.close()
	e.start([]*tensor.Tensor{root})
	e.run()
}

// Grad returns the gradients of the sum of outputs for each of the inputs, and
// leaves all Grad fields alone. An input that the outputs do not depend on is
// an error, or with AllowUnused gives nil.
func Grad(outputs, inputs []*tensor.Tensor, opts ...Option) []*tensor.Tensor {
	e := newEngine(opts)
	defer e.close()
	e.captured = map[tensor.Edge]*tensor.Tensor{}
	for i, t := range inputs {
		if !t.RequiresGrad() {
			panic(failure("grad", t, "no gradient flows to input %d; call SetRequiresGrad before computing with it", i))
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

// An engine is one walk over the record.
type engine struct {
	options
	queue    queue
	pending  map[*tensor.Node][]*tensor.Tensor // cotangents of the outputs so far
	captured map[tensor.Edge]*tensor.Tensor    // for Grad; nil for Backward
	useful   map[*tensor.Node]bool             // for Grad: leads to an input
}

func newEngine(opts []Option) *engine {
	e := &engine{pending: map[*tensor.Node][]*tensor.Tensor{}}
	for _, o := range opts {
		o(&e.options)
	}
	return e
}

func (e *engine) close() {
	for _, gs := range e.pending { // left over only after a panic
		for _, g := range gs {
			e.drop(g)
		}
	}
}

func (e *engine) start(roots []*tensor.Tensor) {
	for i, t := range roots {
		if !t.RequiresGrad() {
			panic(failure("backward", t, "no gradient flows to it: nothing it was computed from requires one, or it was computed with NoGrad or Detach"))
		}
		var g *tensor.Tensor
		if i < len(e.roots) {
			g = e.roots[i]
		}
		switch {
		case g == nil && t.Numel() != 1:
			panic(failure("backward", t, "only a result with one element has a gradient by itself; reduce it, or give its cotangent with WithGrad"))
		case g == nil:
			g = tensor.OnesLike(t)
		case !slices.Equal(g.Shape(), t.Shape()) || g.DType() != t.DType():
			panic(failure("backward", t, "the cotangent is %v%v", g.DType(), g.Shape()))
		default:
			g = share(g, e.createGraph)
		}
		e.send(edge(t), g)
	}
}

// share returns a handle of the caller's tensor that the engine may drop.
func share(g *tensor.Tensor, link bool) *tensor.Tensor {
	if link {
		return g
	}
	return g.Detach().Keep()
}

func (e *engine) run() {
	for len(e.queue) > 0 {
		n := heap.Pop(&e.queue).(*tensor.Node)
		gs := e.pending[n]
		delete(e.pending, n)
		e.visit(n, gs)
	}
}

// visit runs the gradient of one call and sends the results on.
func (e *engine) visit(n *tensor.Node, gs []*tensor.Tensor) {
	for i, g := range gs {
		if g == nil {
			continue
		}
		g = e.hooked(n.Hooks(i), g)
		gs[i] = g
		if at := (tensor.Edge{Node: n, Out: i}); e.wanted(at) {
			e.capture(at, g)
		}
	}
	if e.useful != nil && !e.leads(n) {
		for _, g := range gs {
			e.drop(g)
		}
		return
	}
	if n.Released() {
		panic(failure("backward", nil, "the record of %s was released by an earlier Backward; give that one RetainGraph%s", n.Op.Name, at(n)))
	}
	cots := make([]op.Value, len(gs))
	for i, g := range gs {
		if g != nil {
			cots[i] = g
		}
	}
	c, err := n.Context(cots, e.createGraph)
	if err != nil {
		panic(failure("backward", nil, "%v%s", err, at(n)))
	}
	var res []*tensor.Tensor
	if e.createGraph {
		for _, v := range n.Op.Gradient(tensor.Builder(n.Device(), true), c) {
			t, _ := v.(*tensor.Tensor)
			res = append(res, t)
		}
	} else {
		res = tensor.Temporaries(n.Device(), func(b op.Builder) []op.Value { return n.Op.Gradient(b, c) })
		for _, l := range [][]op.Value{c.In, c.Out} {
			for _, v := range l {
				if t, ok := v.(*tensor.Tensor); ok {
					t.Free()
				}
			}
		}
	}
	for i, to := range n.In {
		if !n.Needs().Has(i) || res[i] == nil {
			continue
		}
		if m := c.In[i]; !slices.Equal(res[i].Shape(), m.Shape()) || res[i].DType() != m.DType() {
			panic(failure("backward", nil, "the gradient of %s for operand %d is %v%v, want %v%v%s", n.Op.Name, i, res[i].DType(), res[i].Shape(), m.DType(), m.Shape(), at(n)))
		}
		checkAnomaly(n, i, res[i])
		if slices.Contains(gs, res[i]) || slices.Contains(res[:i], res[i]) {
			res[i] = share(res[i], e.createGraph) // a rule may pass its cotangent through
		}
		e.send(to, res[i])
	}
	for _, g := range gs {
		e.drop(g)
	}
	if !e.retain {
		n.Release()
	}
}

// send adds g to what is pending at an edge; at a leaf it accumulates or is
// captured.
func (e *engine) send(to tensor.Edge, g *tensor.Tensor) {
	if to.Leaf != nil {
		e.leaf(to.Leaf, g)
		return
	}
	n := to.Node
	gs := e.pending[n]
	if gs == nil {
		gs = make([]*tensor.Tensor, len(n.Out))
		e.pending[n] = gs
		heap.Push(&e.queue, n)
	}
	gs[to.Out] = e.sum(gs[to.Out], g)
}

// sum returns a + b and drops them; a may be nil.
func (e *engine) sum(a, b *tensor.Tensor) *tensor.Tensor {
	if a == nil {
		return b
	}
	s := tensor.Builder(a.Device(), e.createGraph).Add(a, b).(*tensor.Tensor)
	e.drop(a)
	e.drop(b)
	return s
}

func (e *engine) leaf(t *tensor.Tensor, g *tensor.Tensor) {
	at := tensor.Edge{Leaf: t}
	if e.captured != nil {
		if e.wanted(at) {
			e.capture(at, e.hooked(t.Hooks(), g))
		} else {
			e.drop(g)
		}
		return
	}
	g = e.hooked(t.Hooks(), g)
	switch old := t.Grad(); {
	case old == nil && (e.createGraph || g.Exclusive()):
		t.SetGrad(g)
	case old == nil:
		t.SetGrad(g.Clone())
		e.drop(g)
	case e.createGraph:
		t.SetGrad(e.sum(old, g))
	default:
		old.Detach().AddInPlace(g)
		e.drop(g)
	}
}

func (e *engine) hooked(hooks []func(*tensor.Tensor) *tensor.Tensor, g *tensor.Tensor) *tensor.Tensor {
	for _, h := range hooks {
		if r := h(g); r != nil && r != g {
			e.drop(g)
			g = share(r, e.createGraph)
		}
	}
	return g
}

func (e *engine) wanted(at tensor.Edge) bool { _, ok := e.captured[at]; return ok }

// capture keeps a handle of g for the caller of Grad.
func (e *engine) capture(at tensor.Edge, g *tensor.Tensor) {
	if e.createGraph {
		e.captured[at] = e.sum(e.captured[at], g)
		return
	}
	e.captured[at] = e.sum(e.captured[at], g.Detach().Keep())
	if at.Leaf != nil {
		e.drop(g)
	}
}

// drop frees a gradient of the engine's own making.
func (e *engine) drop(g *tensor.Tensor) {
	if g != nil && !e.createGraph {
		g.Free()
	}
}

// leads reports whether an input of Grad is reached from n.
func (e *engine) leads(n *tensor.Node) bool {
	if known, ok := e.useful[n]; ok {
		return known
	}
	e.useful[n] = false
	for i, to := range n.In {
		if !n.Needs().Has(i) {
			continue
		}
		if e.wanted(to) || to.Node != nil && e.leads(to.Node) {
			e.useful[n] = true
		}
	}
	return e.useful[n]
}

func edge(t *tensor.Tensor) tensor.Edge {
	if n, out := t.Node(); n != nil {
		return tensor.Edge{Node: n, Out: out}
	}
	return tensor.Edge{Leaf: t}
}

func failure(name string, t *tensor.Tensor, format string, args ...any) *tensor.Error {
	e := &tensor.Error{Op: name, Err: fmt.Errorf(format, args...), Site: tensor.CallSite()}
	if t != nil {
		e.Shapes, e.DTypes = [][]int{t.Shape()}, []dtype.DType{t.DType()}
	}
	return e
}

func at(n *tensor.Node) string {
	if n.Site == "" {
		return ""
	}
	return " (called at " + n.Site + ")"
}

// A queue yields the latest call first: by then all its users have run.
type queue []*tensor.Node

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].Seq() > q[j].Seq() }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(*tensor.Node)) }
func (q *queue) Pop() any {
	l := *q
	n := l[len(l)-1]
	*q = l[:len(l)-1]
	return n
}
