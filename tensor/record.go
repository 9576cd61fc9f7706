package tensor

import (
	"sync/atomic"

	"github.com/hekla-ml/hekla/backend"
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

// A smallNode has room for the lists of most calls: one allocation for all.
type smallNode struct {
	Node
	edges   [2]Edge
	metas   [2]op.Meta
	outs    [1]op.Meta
	savings [3]saved
}

func newNode(inputs, outputs int) *Node {
	if inputs <= 2 && outputs == 1 {
		s := &smallNode{}
		n := &s.Node
		n.In, n.meta, n.Out, n.saved = s.edges[:inputs], s.metas[:inputs], s.outs[:], s.savings[:inputs+1]
		return n
	}
	n := &Node{In: make([]Edge, inputs), meta: make([]op.Meta, inputs), Out: make([]op.Meta, outputs)}
	n.saved = make([]saved, inputs+outputs)
	return n
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
func (t *Tensor) Node() (*Node, int) { return t.node, int(t.out) }

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
		panic(newError("ongrad", errMessage("no gradient flows to the tensor; call SetRequiresGrad first"), t))
	}
	if t.node == nil {
		l := t.asLeaf()
		l.hooks = append(l.hooks, f)
		return
	}
	for len(t.node.hooks) <= int(t.out) {
		t.node.hooks = append(t.node.hooks, nil)
	}
	t.node.hooks[t.out] = append(t.node.hooks[t.out], f)
}

// Hooks returns the hooks registered on a leaf; see OnGrad.
func (t *Tensor) Hooks() []func(*Tensor) *Tensor {
	if t.leaf == nil {
		return nil
	}
	return t.leaf.hooks
}

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

// Inherit gives out, which was computed from in by other means than ops, what
// the results of ops have from their operands: NoGrad, Autocast and a Scope.
func Inherit(in, out []*Tensor) {
	var frozen, muted bool
	var cast *autocast
	var arena *Arena
	for _, t := range in {
		frozen, muted = frozen || t.frozen, muted || t.muted || t.requires
		if cast == nil {
			cast = t.cast
		}
		if arena == nil {
			arena = t.arena
		}
	}
	for _, u := range out {
		u.frozen = u.frozen || frozen
		u.muted = u.frozen && (u.muted || muted)
		if u.cast == nil && cast != nil {
			u.cast = cast
		}
		if u.arena == nil && arena != nil {
			u.join(arena)
		}
	}
}

// Record makes the outputs of a call the work of o: gradients reach them by
// o's rule. It is how custom functions enter the record; the eager ops do so
// by themselves.
func Record(o *op.Op, attrs any, in, out []*Tensor) {
	n := newNode(len(in), len(out))
	n.Op, n.Attrs, n.seq, n.dev = o, attrs, sequence.Add(1), out[0].live().dev
	for i, t := range in {
		n.meta[i] = op.Meta{Shape: t.view.Shape, DType: t.dtype}
		if t.requires && t.dtype.IsFloat() {
			n.needs |= op.Nth(i)
			n.In[i] = t.edge()
		}
	}
	ins, outs := o.Saved(n.meta, attrs, n.needs)
	for i, t := range in {
		if ins.Has(i) {
			n.save(i, t)
		}
	}
	for i, t := range out {
		n.Out[i] = op.Meta{Shape: t.view.Shape, DType: t.dtype}
		if t.dtype.IsFloat() {
			t.node, t.out, t.requires = n, int32(i), true
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
		return Edge{Node: t.node, Out: int(t.out)}
	}
	return Edge{Leaf: t}
}
