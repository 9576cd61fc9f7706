package cuda

import (
	"errors"
	"fmt"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/driver"
	"github.com/hekla-ml/hekla/op"
)

// structured holds the ops that have kernels of their own.
var structured = map[*op.Op]func(d *device, c *backend.Call) error{
	op.MatMul: (*device).matmul,
}

func (d *device) Run(c *backend.Call) error {
	name := callName(c)
	if err := d.check(c); err != nil {
		return fmt.Errorf("cuda: %s: %w", name, err)
	}
	leave, err := d.enter(name)
	if err != nil {
		return err
	}
	defer leave()
	d.gate.RLock()
	defer d.gate.RUnlock()
	return d.failed(name, d.dispatch(c))
}

// dispatch finds who computes a call.
func (d *device) dispatch(c *backend.Call) error {
	switch f := structured[c.Op]; {
	case c.Fold != nil:
		return d.reduce(c)
	case c.Fn != nil:
		return d.elementwise(c)
	case f != nil:
		return f(d, c)
	}
	return backend.ErrUnsupported
}

func callName(c *backend.Call) string {
	if c.Op == nil {
		return "call"
	}
	return c.Op.Name
}

// unsupported says why there is no kernel for a call.
func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: %s", backend.ErrUnsupported, fmt.Sprintf(format, args...))
}

// launch runs a kernel on a grid, remembering it by the op's name.
func (d *device) launch(c *backend.Call, fn driver.Function, grid [3]uint32, threads int, words []uint64) error {
	d.launched(callName(c))
	err := d.api.Launch(fn, driver.Launch{Grid: grid, Threads: threads, Stream: d.stream}, words)
	return d.waited(err)
}

// waited waits for what was just enqueued, if the host is to.
func (d *device) waited(err error) error {
	if err == nil && d.stream == 0 && d.off["async"] {
		return d.api.Synchronize()
	}
	return err
}

// check makes sure that every view lies within its buffer: kernels trust it.
func (d *device) check(c *backend.Call) error {
	for _, l := range [...][]backend.View{c.In, c.Out} {
		for i := range l {
			if err := d.checkView(&l[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *device) checkView(v *backend.View) error {
	if v.Numel() == 0 {
		return nil
	}
	b, ok := v.Buffer.(*buffer)
	if !ok {
		return fmt.Errorf("buffer is a %T, want one of this device", v.Buffer)
	}
	if b.dev != d {
		return fmt.Errorf("buffer is of %s, want one of %s", b.dev.info.Name, d.info.Name)
	}
	size := int64(v.DType.Size())
	if size == 0 || len(v.Shape) != len(v.Strides) || v.Offset < 0 {
		return fmt.Errorf("malformed view: %v, shape %v, strides %v, offset %d", v.DType, v.Shape, v.Strides, v.Offset)
	}
	if b.at == 0 {
		return errors.New("buffer is used after it was freed")
	}
	if int64(v.End()) > b.size/size {
		return fmt.Errorf("view of shape %v, strides %v, offset %d needs %d elements, the buffer has %d", v.Shape, v.Strides, v.Offset, v.End(), b.size/size)
	}
	return nil
}

// address returns where the first element of a view is; 0 if it has none.
func address(v *backend.View) uint64 {
	b, ok := v.Buffer.(*buffer)
	if !ok {
		return 0
	}
	return uint64(b.at) + uint64(v.Offset*v.DType.Size())
}
