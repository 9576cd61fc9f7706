package tensor

import "github.com/hekla-ml/hekla/op"

// Context fills c with what the gradient rule of n works from, given the
// cotangents of its outputs in c.G: values where they were kept, else only
// shapes and types. If link is set the values are linked to the record, so that
// the gradient itself can be differentiated; otherwise they are handles that
// belong to the arena. It returns an error if a kept value was changed since.
func (n *Node) Context(c *op.GradContext, a *Arena, link bool) error {
	c.Op, c.Attrs, c.Needs = n.Op, n.Attrs, n.needs
	c.In, c.Out = c.In[:0], c.Out[:0]
	for i, m := range n.meta {
		v, err := n.value(i, m, a)
		if err != nil {
			return err
		}
		if t, ok := v.(*Tensor); ok && link && m.DType.IsFloat() && n.needs.Has(i) {
			if v = t.linked(n.In[i]); v != t {
				t.Free()
			}
		}
		c.In = append(c.In, v)
	}
	for i, m := range n.Out {
		v, err := n.value(len(n.In)+i, m, a)
		if err != nil {
			return err
		}
		if t, ok := v.(*Tensor); ok && link && m.DType.IsFloat() {
			v = t.linked(Edge{Node: n, Out: i})
		}
		c.Out = append(c.Out, v)
	}
	return nil
}

// value returns a handle of what was saved, or its shape and type.
func (n *Node) value(i int, m op.Meta, a *Arena) (op.Value, error) {
	s := &n.saved[i]
	if s.store == nil {
		return &op.Shell{Meta: m}, nil
	}
	if v := s.store.version.Load(); v != s.version {
		return nil, errMessage("a value of shape %v that the gradient of %s needs was changed in place (%d changes since); compute with a Clone, or change it after Backward", s.view.Shape, n.Op.Name, v-s.version)
	}
	s.store.retain()
	t := &Tensor{store: s.store, view: s.view, dtype: m.DType}
	t.join(a)
	return t, nil
}

// linked makes t the output, or returns the leaf, that e leads to.
func (t *Tensor) linked(e Edge) *Tensor {
	if e.Leaf != nil && e.Leaf.store != nil {
		return e.Leaf
	}
	t.requires, t.node, t.out = true, e.Node, e.Out
	return t
}
