package backend

import (
	"fmt"

	"github.com/hekla-ml/hekla/op"
)

// Evaluate computes c, whose buffers must all be HostBuffers, by the float64
// reference of package op: slow and right. It is what a host device runs where
// it has no kernel, and what kernels are checked against.
func Evaluate(c *Call) (err error) {
	in := make([]op.Value, len(c.In))
	for i, v := range c.In {
		mem, err := hostBytes(c, v)
		if err != nil {
			return err
		}
		in[i] = ReadArray(mem, v)
	}
	defer func() { // the reference panics on operands that do not fit
		if r := recover(); r != nil {
			err = fmt.Errorf("backend: evaluate %s: %v", c.Op.Name, r)
		}
	}()
	o, attrs := c.Op, c.Attrs
	switch {
	case c.Fn != nil:
		// Inputs are stretched, so types and shapes no longer follow from the
		// op's own rules: a 0-dim operand would now count in promotion.
		a := &op.MapAttrs{Fn: c.Fn, Uniforms: c.Uniforms}
		for _, v := range c.Out {
			a.Out = append(a.Out, v.DType)
			a.Shape = v.Shape
		}
		if a.Shape == nil {
			a.Shape = []int{}
		}
		o, attrs = op.Map, a
	case c.Fold != nil:
		o, attrs = op.Reduce, c.Fold
	}
	res := op.Reference{}.Apply(o, attrs, in...)
	for i, v := range c.Out {
		mem, err := hostBytes(c, v)
		if err != nil {
			return err
		}
		WriteArray(mem, v, res[i].(*op.Array))
	}
	return nil
}

func hostBytes(c *Call, v View) ([]byte, error) {
	if h, ok := v.Buffer.(HostBuffer); ok {
		return h.Bytes(), nil
	}
	if v.Buffer == nil && v.Numel() == 0 {
		return nil, nil
	}
	return nil, fmt.Errorf("backend: evaluate %s: buffer %T is not host memory", c.Op.Name, v.Buffer)
}
