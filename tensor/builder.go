package tensor

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
)

// Builder returns an op.Builder that runs ops on tensors at once, recording
// them if record is set and a gradient may be wanted. Ops without operands run
// on dev.
func Builder(dev backend.Device, record bool) op.Builder {
	return op.Builder{Applier: &eager{dev: dev, record: record}}
}

// Temporaries calls f with a Builder that records nothing, and frees all
// tensors made with it except those that f returns.
func Temporaries(dev backend.Device, f func(b op.Builder) []op.Value) []*Tensor {
	a := &Arena{}
	defer a.close()
	res := tensors(f(op.Builder{Applier: &eager{dev: dev, arena: a}}))
	for _, t := range res {
		if t != nil && t.arena == a {
			t.Keep()
		}
	}
	return res
}

type eager struct {
	dev    backend.Device
	record bool
	arena  *Arena // that results go to; nil: their operands'
}

func (e *eager) Apply(o *op.Op, attrs any, in ...op.Value) []op.Value {
	c := take(nil)
	defer c.done()
	for i, v := range in {
		t, ok := v.(*Tensor)
		if !ok {
			panic(newError(o.Name, errMessage("operand %d of shape %v was not kept by the record; the gradient that reads it must name it in SaveIn or SaveOut", i, v.Shape())))
		}
		c.operands = append(c.operands, t)
	}
	res := c.apply(e.dev, o, attrs, e.record && recorded(c.operands))
	if e.arena != nil {
		for _, t := range res {
			t.Keep().join(e.arena)
		}
	}
	return values(res)
}
