package cpu

import (
	"fmt"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/interp"
)

// runs are the operands of a list of calls, kept between lists.
type runs struct {
	list     []interp.Run
	operands []interp.Operand
}

var runsPool = sync.Pool{New: func() any { return new(runs) }}

// RunList computes elementwise calls of one function in one parallel region.
func (d *device) RunList(calls []*backend.Call) (err error) {
	first := calls[0]
	if d.closed.Load() {
		return fmt.Errorf("cpu: %s: %w", opName(first), backend.ErrClosed)
	}
	if first.Fn == nil || isCopy(first) {
		return backend.ErrUnsupported
	}
	defer func() {
		if e := recover(); e != nil {
			err = &PanicError{Op: opName(first), Value: e, Stack: debug.Stack()}
		}
	}()
	operands := 0
	for _, c := range calls {
		if c.Fn != first.Fn || !alike(c.In, first.In) || !alike(c.Out, first.Out) {
			return backend.ErrUnsupported
		}
		if err := check(c); err != nil {
			return fmt.Errorf("cpu: %s: %w", opName(c), err)
		}
		operands += len(c.In) + len(c.Out)
	}
	r := runsPool.Get().(*runs)
	defer r.put()
	r.operands = slices.Grow(r.operands, operands) // no later append may move them
	for _, c := range calls {
		r.list = append(r.list, interp.Run{Shape: c.Out[0].Shape, In: r.add(c.In), Out: r.add(c.Out)})
	}
	d.fns.kernelOf(first.Fn, first.In, first.Out).RunAll(r.list, first.Uniforms)
	return nil
}

// alike reports whether views have the same types.
func alike(a, b []backend.View) bool {
	return slices.EqualFunc(a, b, func(v, w backend.View) bool { return v.DType == w.DType })
}

func (r *runs) add(views []backend.View) []interp.Operand {
	at := len(r.operands)
	r.operands = appendOperands(r.operands, views)
	return r.operands[at:len(r.operands):len(r.operands)]
}

// put gives r back, holding on to no memory.
func (r *runs) put() {
	clear(r.operands)
	clear(r.list)
	r.operands, r.list = r.operands[:0], r.list[:0]
	runsPool.Put(r)
}
