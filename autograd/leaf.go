package autograd

import "github.com/hekla-ml/hekla/tensor"

// leaves holds back gradients of leaves with hooks, which must see them
// complete, in the order in which they arrived. Others are added to Grad at
// once: no two of them are in memory.
type leaves struct {
	order []*tensor.Tensor
	sum   map[*tensor.Tensor]*tensor.Tensor
}

// leaf takes one part of the gradient of t.
func (e *engine) leaf(t *tensor.Tensor, g *tensor.Tensor) {
	at := tensor.Edge{Leaf: t}
	switch {
	case e.captured != nil && !e.wanted(at):
		e.drop(g)
	case len(t.Hooks()) > 0:
		l := &e.leaves
		if l.sum == nil {
			l.sum = map[*tensor.Tensor]*tensor.Tensor{}
		}
		if l.sum[t] == nil {
			l.order = append(l.order, t)
		}
		l.sum[t] = e.sum(l.sum[t], g)
	case e.captured != nil:
		e.captured[at] = e.sum(e.captured[at], g)
	default:
		e.accumulate(t, g)
	}
}

// finishLeaves shows the gradients that were held back to the hooks.
func (e *engine) finishLeaves() {
	for _, t := range e.leaves.order {
		g := e.hooked(t.Hooks(), e.leaves.sum[t])
		if e.captured != nil {
			e.captured[tensor.Edge{Leaf: t}] = g
		} else {
			e.accumulate(t, g)
		}
	}
}

// accumulate adds g to t's Grad: in place, unless the sum is to be recorded or
// the old one is not ours to change.
func (e *engine) accumulate(t *tensor.Tensor, g *tensor.Tensor) {
	switch old := t.Grad(); {
	case old == nil && (e.createGraph || g.Exclusive()):
		t.SetGrad(g)
	case old == nil:
		t.SetGrad(g.Clone())
		e.drop(g)
	case e.createGraph || old.RequiresGrad() || !old.IsContiguous():
		t.SetGrad(e.sum(old, g))
	default:
		old.AddInPlace(g)
		e.drop(g)
	}
}
