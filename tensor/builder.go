package tensor

import (
	"sync"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
)

// Builder returns an op.Builder that runs ops on tensors at once, recording
// them if record is set and a gradient may be wanted. Ops without operands run
// on dev.
func Builder(dev backend.Device, record bool) op.Builder {
	return op.Builder{Applier: &eager{dev: dev, record: record}}
}

// Temporaries calls f with a Builder that records nothing, frees all tensors
// made with it except those that f returns, and returns these. The caller owns
// them: where f returned a tensor that it was given, they have another handle
// of the same elements.
func Temporaries(dev backend.Device, f func(b op.Builder) []op.Value) []*Tensor {
	e := eagers.Get().(*eager)
	e.dev, e.arena = dev, &e.own
	defer e.done()
	res := tensors(f(op.Builder{Applier: e}))
	for i, t := range res {
		if t != nil && t.arena != e.arena {
			t = t.alias(t.view)
			res[i] = t
		}
		if t != nil {
			t.Keep()
		}
	}
	return res
}

var eagers = sync.Pool{New: func() any { return new(eager) }}

// done frees the temporaries and makes e ready for the next use.
func (e *eager) done() {
	e.own.close()
	e.own.closed = false
	clear(e.vals)
	e.dev, e.arena, e.vals = nil, nil, e.vals[:0]
	eagers.Put(e)
}

// Owner returns the arena that b's results die with, or nil if b is not one of
// Temporaries: what a gradient rule computes besides b it may give to it.
func Owner(b op.Builder) *Arena {
	if e, ok := b.Applier.(*eager); ok {
		return e.arena
	}
	return nil
}

type eager struct {
	dev    backend.Device
	record bool
	arena  *Arena // that results go to; nil: their operands'
	own    Arena
	vals   []op.Value // the results of Temporaries' calls

	list bool // results, in made
	made []*Tensor
}

func (e *eager) Apply(o *op.Op, attrs any, in ...op.Value) []op.Value {
	c := take(nil)
	defer c.done()
	for i, v := range in {
		t, ok := v.(*Tensor)
		if !ok && v == nil {
			panic(newError(o.Name, errMessage("operand %d of %d is nil", i, len(in))))
		}
		if !ok {
			panic(newError(o.Name, errMessage("operand %d of shape %v was not kept by the record; the gradient that reads it must name it in SaveIn or SaveOut", i, v.Shape())))
		}
		c.operands = append(c.operands, t)
	}
	res := c.apply(e.dev, o, attrs, e.record)
	if e.arena != nil {
		for _, t := range res {
			t.Keep().join(e.arena)
		}
	}
	if e.list {
		e.made = append(e.made, res...)
	}
	if e.arena == nil {
		return values(res)
	}
	at := len(e.vals)
	for _, t := range res {
		e.vals = append(e.vals, t)
	}
	return e.vals[at:len(e.vals):len(e.vals)]
}
