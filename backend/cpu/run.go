package cpu

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
)

// A kernel computes a call. errOther sends the call on: in float32 to the kernel
// once more, if there are 16-bit floats, then to the op's reference.
type kernel func(c *backend.Call) error

var errOther = errors.New("no fast kernel for these operands")

// Run computes c. A bad value met on the way, such as an index out of range, is
// an error; so is a panic of a kernel, which would be a bug.
func (d *device) Run(c *backend.Call) (err error) {
	if d.closed.Load() {
		return fmt.Errorf("cpu: %s: %w", opName(c), backend.ErrClosed)
	}
	defer func() {
		if e := recover(); e != nil {
			err = &PanicError{Op: opName(c), Value: e, Stack: debug.Stack()}
		}
	}()
	if err := d.run(c); err != nil {
		return fmt.Errorf("cpu: %s: %w", opName(c), err)
	}
	return nil
}

func (d *device) run(c *backend.Call) error {
	if c.Fn != nil && d.small(c) {
		return nil
	}
	if err := check(c); err != nil {
		return err
	}
	switch {
	case c.Fold != nil:
		return d.reduce(c)
	case c.Fn != nil:
		return d.elementwise(c)
	case c.Op == nil:
		return errors.New("a call without op or function")
	}
	if k := kernels[c.Op]; k != nil {
		err := k(c)
		if err == errOther {
			err = inFloat32(k, c)
		}
		if err != errOther {
			return err
		}
	}
	if c.Op.Ref != nil {
		return runReference(c)
	}
	return backend.ErrUnsupported
}

// check makes sure that every view lies within its buffer: kernels trust it.
func check(c *backend.Call) error {
	for i := range c.In {
		if err := checkView(&c.In[i]); err != nil {
			return fmt.Errorf("input %d: %w", i, err)
		}
	}
	for i := range c.Out {
		if err := checkView(&c.Out[i]); err != nil {
			return fmt.Errorf("output %d: %w", i, err)
		}
	}
	return nil
}

func checkView(v *backend.View) error {
	if v.Buffer == nil && v.Numel() == 0 {
		return nil
	}
	h, ok := v.Buffer.(backend.HostBuffer)
	if !ok {
		return fmt.Errorf("buffer is a %T, want one of this device", v.Buffer)
	}
	size := v.DType.Size()
	if size == 0 || len(v.Shape) != len(v.Strides) || v.Offset < 0 {
		return fmt.Errorf("malformed view: %v, shape %v, strides %v, offset %d", v.DType, v.Shape, v.Strides, v.Offset)
	}
	if end, have := v.End(), len(h.Bytes())/size; end > have && v.Numel() > 0 {
		return fmt.Errorf("view of shape %v, strides %v, offset %d needs %d elements, the buffer has %d", v.Shape, v.Strides, v.Offset, end, have)
	}
	return nil
}

func opName(c *backend.Call) string {
	if c.Op == nil {
		return "call"
	}
	return c.Op.Name
}

// PanicError reports a kernel that panicked: a bug, or an op's reference that
// met values it does not take.
type PanicError struct {
	Op    string
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("cpu: %s: %v", e.Op, e.Value) }

// Unwrap returns the panic's value if that is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// kernels holds the ops that have more than a reference.
var kernels = map[*op.Op]kernel{}
