package vulkan

import (
	"errors"
	"fmt"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// kernels holds how ops run that are neither elementwise nor reductions.
var kernels = map[*op.Op]func(d *device, c *backend.Call) error{}

// Run enqueues c.
func (d *device) Run(c *backend.Call) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken != nil {
		return d.broken
	}
	err := d.run(c)
	if err == nil {
		err = d.checkIndices(c)
	}
	if errors.Is(err, spirv.ErrProgram) {
		err = fmt.Errorf("%w: %w", backend.ErrUnsupported, err)
	}
	if err != nil && d.broken == nil {
		name := "call"
		if c.Op != nil {
			name = c.Op.Name
		}
		return fmt.Errorf("vulkan: %s: %w", name, err)
	}
	return err
}

func (d *device) run(c *backend.Call) error {
	wide := false
	for _, views := range [...][]backend.View{c.In, c.Out} {
		for i := range views {
			if err := d.check(&views[i]); err != nil {
				return fmt.Errorf("operand %d: %w", i, err)
			}
			wide = wide || d.wide(&views[i])
		}
	}
	switch {
	case wide && !ofMoves(c.Op):
		return d.runWide(c)
	case c.Fold != nil:
		return d.reduce(c)
	case c.Fn != nil:
		return d.elementwise(c)
	case c.Op == nil:
		return errors.New("a call without op or function")
	}
	if k := kernels[c.Op]; k != nil {
		return k(d, c)
	}
	return backend.ErrUnsupported
}

// ofMoves reports whether an op is made of calls that see to wide operands
// themselves.
func ofMoves(o *op.Op) bool { return o == op.Concat || o == op.ViewGrad || o == op.Flip }

// check makes sure that a view lies within its buffer: kernels trust it.
func (d *device) check(v *backend.View) error {
	if v.Buffer == nil && v.Numel() == 0 {
		return nil
	}
	b, err := d.own(v.Buffer)
	if err != nil {
		return err
	}
	size := v.DType.Size()
	if size == 0 || len(v.Shape) != len(v.Strides) || v.Offset < 0 {
		return fmt.Errorf("malformed view: %v, shape %v, strides %v, offset %d", v.DType, v.Shape, v.Strides, v.Offset)
	}
	if end, have := v.End(), int(b.n)/size; v.Numel() > 0 && end > have {
		return fmt.Errorf("view of shape %v, strides %v, offset %d needs %d elements, the buffer has %d", v.Shape, v.Strides, v.Offset, end, have)
	}
	return nil
}

// supports returns an error unless the device computes with the types of s.
func (d *device) supports(s pointwise.Spec) error {
	if s.Float64() && !d.physical.Float64 {
		return fmt.Errorf("%w: the device has no float64", backend.ErrUnsupported)
	}
	return nil
}

// maxPrograms bounds the functions remembered.
const maxPrograms = 4096

// An expansion is a function's program as kernels compute it, and how many turns
// of loops it may take of an element.
type expansion struct {
	*pointwise.Program
	turns int
}

// expand returns that of f, in float64 if wide.
func (d *device) expand(f *op.Fn, wide bool) *expansion {
	known := d.programs
	if wide {
		known = d.doubles
	}
	if e := known[f]; e != nil {
		return e
	}
	if len(known) >= maxPrograms {
		clear(known)
	}
	e := &expansion{turns: d.turnsOf(f, wide)}
	if wide {
		e.Program = pointwise.ExpandFloat64(f.Program)
	} else {
		e.Program = pointwise.ExpandStraight(f.Program)
	}
	known[f] = e
	return e
}

// spec returns the spec of f on some views.
func (d *device) spec(f *op.Fn, in []backend.View, out ...dtype.DType) (pointwise.Spec, error) {
	s := pointwise.Spec{Program: f.Program, Out: out}
	for i := range in {
		s.In = append(s.In, in[i].DType)
	}
	s.Program = d.expand(f, s.Float64()).Program
	return s, d.supports(s)
}
