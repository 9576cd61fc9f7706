package op

import "github.com/hekla-ml/hekla/dtype"

// A Tape is an Applier that runs ops on another one and remembers them, so that
// it can differentiate: what package autograd does for tensors, in its least
// form, for any Value. Gradients run on the tape too, so they can be
// differentiated again. Tests and conformance use it over Reference for the
// float64 gradient of an op; it keeps every value and is no faster than that.
type Tape struct {
	on    Applier
	calls []tapeCall
}

type tapeCall struct {
	op      *Op
	attrs   any
	in, out []Value
}

// NewTape returns an empty tape that runs ops on a.
func NewTape(a Applier) *Tape { return &Tape{on: a} }

// Apply runs o and remembers it. An op without a gradient of its own is taken
// apart into ops that have one.
func (t *Tape) Apply(o *Op, attrs any, in ...Value) []Value {
	if o.Decompose != nil && !o.Differentiable() {
		return o.Decompose(Builder{t}, in, attrs)
	}
	out := t.on.Apply(o, attrs, in...)
	t.calls = append(t.calls, tapeCall{o, attrs, in, out})
	return out
}

// Grad returns the gradients, by each of wrt, of the sum over i of outs[i] times
// cotangents[i]; nil where outs do not depend on it. Gradient rules get values
// only as far as Op.Saved declares that they read them: of others they see
// shape and type, and to compute with such a one is a panic.
func (t *Tape) Grad(outs, cotangents, wrt []Value) []Value {
	b := Builder{t}
	calls := t.calls // those that follow are the gradient's own
	active := map[Value]bool{}
	for _, v := range wrt {
		active[v] = true
	}
	for _, c := range calls {
		for _, v := range c.in {
			if active[v] {
				for _, o := range c.out {
					active[o] = active[o] || o.DType().IsFloat()
				}
			}
		}
	}
	grads := map[Value]Value{}
	add := func(v, g Value) {
		if sum := grads[v]; sum != nil {
			g = b.Add(sum, g)
		}
		grads[v] = g
	}
	for i, v := range outs {
		if cotangents[i] != nil {
			add(v, cotangents[i])
		}
	}
	for i := len(calls) - 1; i >= 0; i-- {
		c := calls[i]
		g, any := make([]Value, len(c.out)), false
		for k, v := range c.out {
			if active[v] && grads[v] != nil {
				g[k], any = grads[v], true
			}
		}
		var needs Mask
		for k, v := range c.in {
			if active[v] && v.DType().IsFloat() {
				needs |= Nth(k)
			}
		}
		if !any || needs == 0 || !c.op.Differentiable() {
			continue
		}
		metas := metasOf(c.in)
		ins, os := c.op.Saved(metas, c.attrs, needs)
		res := c.op.Gradient(b, &GradContext{Op: c.op, Attrs: c.attrs, In: hide(c.in, ins), Out: hide(c.out, os), G: g, Needs: needs})
		for k, v := range c.in {
			if needs.Has(k) && k < len(res) && res[k] != nil {
				add(v, res[k])
			}
		}
	}
	res := make([]Value, len(wrt))
	for i, v := range wrt {
		res[i] = grads[v]
	}
	return res
}

// A Shell is a Value of which only shape and type are known.
type Shell struct{ Meta }

// Shape and DType make a Shell a Value.
func (s *Shell) Shape() []int       { return s.Meta.Shape }
func (s *Shell) DType() dtype.DType { return s.Meta.DType }

// hide replaces the values that are not in saved by shells.
func hide(vals []Value, saved Mask) []Value {
	out := make([]Value, len(vals))
	for i, v := range vals {
		if out[i] = v; !saved.Has(i) {
			out[i] = &Shell{Meta{v.Shape(), v.DType()}}
		}
	}
	return out
}

func metasOf(vals []Value) []Meta {
	metas := make([]Meta, len(vals))
	for i, v := range vals {
		metas[i] = Meta{v.Shape(), v.DType()}
	}
	return metas
}

// ReferenceVJP returns, in float64, the gradient of the sum over i of output i
// of o times cotangents[i] (nil: not in the sum) for each input in wrt: the
// value that the gradient of o should have on every backend. It is nil for
// inputs that are no floats or that the outputs do not depend on.
func ReferenceVJP(o *Op, attrs any, in, cotangents []*Array, wrt Mask) []*Array {
	t := NewTape(Reference{})
	_, grads := t.vjp(o, attrs, valuesOf(in), valuesOf(cotangents), wrt)
	res := make([]*Array, len(in))
	for i, g := range grads {
		if g != nil {
			res[i] = g.(*Array)
		}
	}
	return res
}

// vjp runs o on t, then its gradient.
func (t *Tape) vjp(o *Op, attrs any, in, cotangents []Value, wrt Mask) (out, grads []Value) {
	out = t.Apply(o, attrs, in...)
	var by []Value
	for i, v := range in {
		if wrt.Has(i) && v.DType().IsFloat() {
			by = append(by, v)
		}
	}
	found := t.Grad(out, cotangents, by)
	grads = make([]Value, len(in))
	for i, v := range in {
		if wrt.Has(i) && v.DType().IsFloat() {
			grads[i], found = found[0], found[1:]
		}
	}
	return out, grads
}

func valuesOf(arrays []*Array) []Value {
	vals := make([]Value, len(arrays))
	for i, a := range arrays {
		if a != nil { // a nil *Array is no nil Value
			vals[i] = a
		}
	}
	return vals
}
