package tensor

import (
	"slices"

	"github.com/hekla-ml/hekla/op"
)

// A Context is what the gradient rule of a recorded call works from. It may be
// loaded for one call after another.
type Context struct {
	op.GradContext
	shells []op.Shell
}

// Load fills c for the gradient of n, but for the cotangents in c.G: values
// where they were kept, else only shapes and types. If link is set the values
// are linked to the record, so that the gradient itself can be differentiated;
// they belong to the arena, if there is one. Load returns an error if a kept
// value was changed since.
func (c *Context) Load(n *Node, a *Arena, link bool) error {
	c.Op, c.Attrs, c.Needs = n.Op, n.Attrs, n.needs
	c.In, c.Out = c.In[:0], c.Out[:0]
	c.shells = slices.Grow(c.shells[:0], len(n.saved)) // which stay where they are
	for i, m := range n.meta {
		t, err := n.value(i, m, a)
		switch {
		case err != nil:
			return err
		case t == nil:
			c.In = append(c.In, c.shell(m))
		case link && m.DType.IsFloat() && n.needs.Has(i):
			c.In = append(c.In, t.linked(n.In[i]))
		default:
			c.In = append(c.In, t)
		}
	}
	for i, m := range n.Out {
		t, err := n.value(len(n.In)+i, m, a)
		switch {
		case err != nil:
			return err
		case t == nil:
			c.Out = append(c.Out, c.shell(m))
		case link && m.DType.IsFloat():
			c.Out = append(c.Out, t.linked(Edge{Node: n, Out: i}))
		default:
			c.Out = append(c.Out, t)
		}
	}
	return nil
}

func (c *Context) shell(m op.Meta) op.Value {
	c.shells = append(c.shells, op.Shell{Meta: m})
	return &c.shells[len(c.shells)-1]
}

// value returns a handle of what was saved, or nil if it was not.
func (n *Node) value(i int, m op.Meta, a *Arena) (*Tensor, error) {
	s := &n.saved[i]
	if s.store == nil {
		return nil, nil
	}
	if v := s.store.version.Load(); v != s.version {
		return nil, errMessage("a value of shape %v that the gradient of %s needs was changed in place (%d changes since); compute with a Clone, or change it after Backward", s.view.Shape, n.Op.Name, v-s.version)
	}
	s.store.retain()
	t := &Tensor{store: s.store, view: s.view, dtype: m.DType}
	t.join(a)
	return t, nil
}

// linked makes t the output that e leads to; if that is a leaf it returns the
// leaf in place of t.
func (t *Tensor) linked(e Edge) *Tensor {
	if e.Leaf != nil && e.Leaf.store != nil {
		t.Free()
		return e.Leaf
	}
	t.requires, t.node, t.out = true, e.Node, int32(e.Out)
	return t
}
