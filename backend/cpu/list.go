package cpu

import (
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/interp"
)

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
	for _, c := range calls {
		if c.Fn != first.Fn || !alike(c.In, first.In) || !alike(c.Out, first.Out) {
			return backend.ErrUnsupported
		}
		if err := check(c); err != nil {
			return fmt.Errorf("cpu: %s: %w", opName(c), err)
		}
	}
	o := operandPool.Get().(*operands)
	defer o.put()
	d.fns.kernelOf(first.Fn, first.In, first.Out).RunAll(len(calls), func(i int) ([]int, []interp.Operand, []interp.Operand) {
		c := calls[i]
		o.in, o.out = appendOperands(o.in[:0], c.In), appendOperands(o.out[:0], c.Out)
		return c.Out[0].Shape, o.in, o.out
	}, first.Uniforms)
	return nil
}

// alike reports whether views have the same types.
func alike(a, b []backend.View) bool {
	return slices.EqualFunc(a, b, func(v, w backend.View) bool { return v.DType == w.DType })
}
