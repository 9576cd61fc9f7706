package tensor

import (
	"sync/atomic"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// A Node records one differentiable call: the op, its attributes, where the
// gradients of its inputs go, and the values its gradient will read. Package
// autograd interprets it.
type Node struct {
	Op    *op.Op
	Attrs any
	In    []Edge    // one for each input
	Out   []op.Meta // shape and type of each output
	Site  string    // file:line of the call, if sites are recorded

	seq      uint64
	dev      backend.Device
	needs    op.Mask
	meta     []op.Meta // of the inputs
	saved    []saved   // inputs, then outputs
	released bool
	hooks    [][]func(*Tensor) *Tensor // of the outputs
}

// An Edge says where the gradient of an input goes: to output Out of Node, or
// to a leaf, or nowhere.
type Edge struct {
	Node *Node
	Out  int
	Leaf *Tensor
}

// saved is a value kept for the gradient, with the version it had.
type saved struct {
	store   *storage // nil: not kept
	view    shape.View
	version uint32
}

var (
	sequence    atomic.Uint64
	recordSites atomic.Bool
)

// RecordSites switches recording of the call site of every recorded operation
// on or off, for the whole process: it is for finding bugs and costs about a
// microsecond a call.
func RecordSites(on bool) { recordSites.Store(on) }

// Node returns the record of the call that computed t and the number of the
// output that t is; nil for a leaf.
func (t *Tensor) Node() (*Node, int) { return t.node, t.out }

// Seq returns a number that is larger for later calls.
func (n *Node) Seq() uint64 { return n.seq }

// Device returns the device of the outputs.
func (n *Node) Device() backend.Device { return n.dev }

// Needs returns the inputs to which gradients flow.
func (n *Node) Needs() op.Mask { return n.needs }

// Hooks returns the hooks registered on output i; see OnGrad.
func (n *Node) Hooks(i int) []func(*Tensor) *Tensor {
	if i >= len(n.hooks) {
		return nil
	}
	return n.hooks[i]
}

// OnGrad registers a function that sees the gradient of t when it is complete,
// and may return another to take its place (or nil to leave it).
func (t *Tensor) OnGrad(f func(grad *Tensor) *Tensor) {
	if !t.requires {
		panic(newError("ongrad", errMessage("no gradient flows to the tensor"), t))
	}
	if t.node == nil {
		t.hooks = append(t.hooks, f)
		return
	}
	for len(t.node.hooks) <= t.out {
		t.node.hooks = append(t.node.hooks, nil)
	}
	t.node.hooks[t.out] = append(t.node.hooks[t.out], f)
}

// Hooks returns the hooks registered on a leaf; see OnGrad.
func (t *Tensor) Hooks() []func(*Tensor) *Tensor { return t.hooks }

// Released reports whether the values the gradient reads have been let go.
func (n *Node) Released() bool { return n.released }

// Release lets go of the values kept for the gradient.
func (n *Node) Release() {
	if n.released {
		return
	}
	n.released = true
	for i := range n.saved {
		if s := n.saved[i].store; s != nil {
			s.release()
			n.saved[i] = saved{}
		}
	}
}

// recorded reports whether a call on the operands must be recorded.
func recorded(in []*Tensor) bool {
	any := false
	for _, t := range in {
		if t.frozen {
			return false
		}
		any = any || t.requires
	}
	return any
}

// Record makes the outputs of a call the work of o: gradients reach them by
// o's rule. It is how custom functions enter the record; the eager ops do so
// by themselves.
func Record(o *op.Op, attrs any, in, out []*Tensor) {
	n := &Node{Op: o, Attrs: attrs, seq: sequence.Add(1), dev: out[0].store.dev}
	n.In = make([]Edge, len(in))
	n.meta = make([]op.Meta, len(in))
	for i, t := range in {
		n.meta[i] = op.Meta{Shape: t.view.Shape, DType: t.dtype}
		if t.requires && t.dtype.IsFloat() {
			n.needs |= op.Nth(i)
			n.In[i] = t.edge()
		}
	}
	n.Out = make([]op.Meta, len(out))
	n.saved = make([]saved, len(in)+len(out))
	ins, outs := o.Saved(n.meta, attrs, n.needs)
	for i, t := range in {
		if ins.Has(i) {
			n.save(i, t)
		}
	}
	for i, t := range out {
		n.Out[i] = op.Meta{Shape: t.view.Shape, DType: t.dtype}
		if t.dtype.IsFloat() {
			t.node, t.out, t.requires = n, i, true
		}
		if outs.Has(i) {
			n.save(len(in)+i, t)
		}
	}
	if recordSites.Load() {
		n.Site = CallSite()
	}
}

func (n *Node) save(i int, t *Tensor) {
	s := t.live()
	s.retain()
	n.saved[i] = saved{s, t.view, s.version.Load()}
}

func (t *Tensor) edge() Edge {
	if t.node != nil {
		return Edge{Node: t.node, Out: t.out}
	}
	return Edge{Leaf: t}
}

// Context returns what the gradient rule of n works from, given the cotangents
// of its outputs: values where they were kept, else only shapes and types. If
// link is set the values are linked to the record, so that the gradient itself
// can be differentiated. It returns an error if a kept value was changed since.
func (n *Node) Context(g []op.Value, link bool) (*op.GradContext, error) {
	c := &op.GradContext{Op: n.Op, Attrs: n.Attrs, G: g, Needs: n.needs}
	c.In, c.Out = make([]op.Value, len(n.In)), make([]op.Value, len(n.Out))
	for i := range n.saved {
		to, meta := c.In, n.meta
		k := i
		var e Edge
		if i < len(n.In) {
			e = n.In[i]
		} else {
			k -= len(n.In)
			to, meta = c.Out, n.Out
			e = Edge{Node: n, Out: k}
		}
		s := n.saved[i]
		if s.store == nil {
			to[k] = unsaved{meta[k]}
			continue
		}
		if v := s.store.version.Load(); v != s.version {
			return nil, errMessage("a value of shape %v that the gradient of %s needs was changed in place (%d changes since)", s.view.Shape, n.Op.Name, v-s.version)
		}
		s.store.retain()
		t := &Tensor{store: s.store, view: s.view, dtype: meta[k].DType}
		if link && meta[k].DType.IsFloat() && (i >= len(n.In) || n.needs.Has(i)) {
			t.requires, t.node, t.out = true, e.Node, e.Out
			if e.Leaf != nil {
				t = e.Leaf
				s.store.release()
			}
		}
		to[k] = t
	}
	return c, nil
}

// unsaved stands for an operand of which only shape and type were kept.
type unsaved struct{ meta op.Meta }

func (u unsaved) Shape() []int       { return u.meta.Shape }
func (u unsaved) DType() dtype.DType { return u.meta.DType }
