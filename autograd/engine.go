package autograd

import (
	"container/heap"
	"slices"

	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// An engine is one walk over the record, from the latest call to the earliest:
// when a call's turn comes all that used its outputs have run.
type engine struct {
	options
	name     string // of the function that was called, for errors
	queue    queue
	pending  map[*tensor.Node]*task
	spare    []*task
	captured map[tensor.Edge]*tensor.Tensor // for Grad; nil for Backward
	useful   map[*tensor.Node]bool          // for Grad: leads to an input
	leaves   leaves
	context  tensor.Context // of the call that is visited
}

// A task is a call whose gradient is to be computed.
type task struct {
	node *tensor.Node
	cots []*tensor.Tensor // cotangents of the outputs so far; nil: none
}

func newEngine(name string, opts []Option) *engine {
	e := &engine{name: name, pending: map[*tensor.Node]*task{}}
	for _, o := range opts {
		o(&e.options)
	}
	return e
}

// run visits what was sent, and what that sends.
func (e *engine) run() {
	for len(e.queue) > 0 {
		t := heap.Pop(&e.queue).(*task)
		e.visit(t)
		delete(e.pending, t.node)
		t.node = nil
		e.spare = append(e.spare, t)
	}
	e.finishLeaves()
}

// close frees what a panic left over.
func (e *engine) close() {
	for _, t := range e.pending {
		for _, g := range t.cots {
			e.drop(g)
		}
	}
}

// send adds g, which the engine owns, to what is pending at an edge.
func (e *engine) send(to tensor.Edge, g *tensor.Tensor) {
	if to.Leaf != nil {
		e.leaf(to.Leaf, g)
		return
	}
	t := e.pending[to.Node]
	if t == nil {
		t = e.newTask(to.Node)
		e.pending[to.Node] = t
		heap.Push(&e.queue, t)
	}
	t.cots[to.Out] = e.sum(t.cots[to.Out], g)
}

func (e *engine) newTask(n *tensor.Node) *task {
	var t *task
	if k := len(e.spare); k > 0 {
		t, e.spare = e.spare[k-1], e.spare[:k-1]
	} else {
		t = new(task)
	}
	t.node = n
	t.cots = slices.Grow(t.cots[:0], len(n.Out))[:len(n.Out)]
	return t
}

// visit runs the gradient of one call and sends the results on.
func (e *engine) visit(t *task) {
	n := t.node
	for i, g := range t.cots {
		if g == nil {
			continue
		}
		t.cots[i] = e.hooked(n.Hooks(i), g)
		if at := (tensor.Edge{Node: n, Out: i}); e.wanted(at) {
			e.captured[at] = e.share(t.cots[i])
		}
	}
	if e.useful == nil || e.leads(n) {
		if n.Released() {
			panic(failure(e.name, nil, "the record of %s was released by an earlier Backward or the end of its Scope; give the earlier one RetainGraph%s", n.Op.Name, at(n)))
		}
		if c, ok := n.Attrs.(*checkpointed); ok {
			e.recompute(n, c, t.cots[0])
		} else {
			for i, g := range e.gradient(n, t.cots) {
				e.pass(n, i, g)
			}
		}
		if !e.retain {
			n.Release()
		}
	}
	for i, g := range t.cots {
		e.drop(g)
		t.cots[i] = nil
	}
}

// gradient returns the gradients of n's inputs, which the engine owns.
func (e *engine) gradient(n *tensor.Node, cots []*tensor.Tensor) []*tensor.Tensor {
	c := &e.context
	c.G = c.G[:0]
	for _, g := range cots {
		if g == nil {
			c.G = append(c.G, nil) // not a nil *Tensor
		} else {
			c.G = append(c.G, g)
		}
	}
	load := func(b op.Builder) {
		if err := c.Load(n, tensor.Owner(b), e.createGraph); err != nil {
			panic(failure(e.name, nil, "%v%s", err, at(n)))
		}
		c.Needs = e.needs(n)
	}
	if !e.createGraph {
		return tensor.Temporaries(n.Device(), func(b op.Builder) []op.Value {
			load(b)
			return n.Op.Gradient(b, &c.GradContext)
		})
	}
	b := tensor.Builder(n.Device(), true)
	load(b)
	vals := n.Op.Gradient(b, &c.GradContext)
	res := make([]*tensor.Tensor, len(vals))
	for i, v := range vals {
		t, _ := v.(*tensor.Tensor) // nil stays nil
		if t != nil && (slices.Contains(cots, t) || slices.Contains(res[:i], t) || slices.Contains(c.In, v) || slices.Contains(c.Out, v)) {
			t = e.share(t) // a rule may pass on what it was given
		}
		res[i] = t
	}
	return res
}

// needs returns the inputs whose gradients are of use. Where an op's gradient
// is derived, what it reads was chosen for all of them together.
func (e *engine) needs(n *tensor.Node) op.Mask {
	if e.useful == nil || n.Op.Grad == nil {
		return n.Needs()
	}
	var m op.Mask
	for i, to := range n.In {
		if n.Needs().Has(i) && e.useTo(to) {
			m |= op.Nth(i)
		}
	}
	return m
}

// useTo reports whether what is sent to an edge is wanted there or beyond.
func (e *engine) useTo(to tensor.Edge) bool {
	return e.useful == nil || e.wanted(to) || to.Node != nil && e.leads(to.Node)
}

// pass sends the gradient of input i of n on.
func (e *engine) pass(n *tensor.Node, i int, g *tensor.Tensor) {
	if g == nil {
		return
	}
	if i >= len(n.In) || !n.Needs().Has(i) {
		e.drop(g)
		return
	}
	if m := e.context.In[i]; !slices.Equal(g.Shape(), m.Shape()) || g.DType() != m.DType() {
		panic(failure(e.name, nil, "the gradient of %s for operand %d is %v%v, want %v%v%s", n.Op.Name, i, g.DType(), g.Shape(), m.DType(), m.Shape(), at(n)))
	}
	checkAnomaly(e.name, n, i, g)
	if e.useTo(n.In[i]) {
		e.send(n.In[i], g)
	} else {
		e.drop(g)
	}
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

// hooked lets hooks see a complete gradient, and replace it. They get a handle
// of their own, which they may keep.
func (e *engine) hooked(hooks []func(*tensor.Tensor) *tensor.Tensor, g *tensor.Tensor) *tensor.Tensor {
	for i, h := range hooks {
		seen := e.share(g)
		r := h(seen)
		if r == nil || r == seen {
			continue
		}
		if !slices.Equal(r.Shape(), g.Shape()) || r.DType() != g.DType() {
			panic(failure(e.name, nil, "hook %d returned %v%v for a gradient %v%v", i, r.DType(), r.Shape(), g.DType(), g.Shape()))
		}
		e.drop(g)
		g = e.share(r)
	}
	return g
}

// share returns another handle of g, which the engine may drop.
func (e *engine) share(g *tensor.Tensor) *tensor.Tensor {
	if e.createGraph {
		return g.Reshape(g.Shape()...) // linked to the record
	}
	return g.Detach().Keep()
}

// drop frees a gradient of the engine's own making. One that is recorded may be
// in use.
func (e *engine) drop(g *tensor.Tensor) {
	if g != nil && !e.createGraph {
		g.Free()
	}
}

func (e *engine) wanted(at tensor.Edge) bool { _, ok := e.captured[at]; return ok }

// leads reports whether an input of Grad is reached from n.
func (e *engine) leads(n *tensor.Node) bool {
	if known, ok := e.useful[n]; ok {
		return known
	}
	_, checkpoint := n.Attrs.(*checkpointed) // who knows what it uses
	e.useful[n] = checkpoint
	for i, to := range n.In {
		if n.Needs().Has(i) && e.useTo(to) {
			e.useful[n] = true
			break
		}
	}
	return e.useful[n]
}

// A queue yields the latest call first.
type queue []*task

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].node.Seq() > q[j].node.Seq() }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(*task)) }
func (q *queue) Pop() any {
	l := *q
	t := l[len(l)-1]
	*q = l[:len(l)-1]
	return t
}
