package cuda

import (
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

func init() { structured[op.Linear] = (*device).linear }

// linear is one product of all rows of x with the turned weight, to which the bias
// is added and the activation applied on the way. Products for which no kernel does that are computed by definition.
func (d *device) linear(c *backend.Call) error {
	a, _ := c.Attrs.(op.LinearAttrs)
	x, w, out := c.In[0], c.In[1], c.Out[0]
	last := len(x.Shape) - 1
	step, ok := rowStep(&x)
	if out.Numel() == 0 {
		return nil
	}
	if !ok || x.Shape[last] == 0 {
		return unsupported("rows of %v, strides %v, that are not evenly apart", x.Shape, x.Strides)
	}
	rows := shape.Numel(x.Shape[:last])
	x.Shape, x.Strides = []int{rows, x.Shape[last]}, []int{step, x.Strides[last]}
	w.Shape, w.Strides = []int{w.Shape[1], w.Shape[0]}, []int{w.Strides[1], w.Strides[0]}
	out.Shape, out.Strides = []int{rows, w.Shape[1]}, []int{w.Shape[1], 1}
	call := &backend.Call{Op: c.Op, In: []backend.View{x, w}, Out: []backend.View{out}}
	if len(c.In) == 2 {
		return d.product(call, nil, a.Then)
	}
	bias, free, err := d.contiguous(c, c.In[2])
	if err != nil {
		return err
	}
	defer free()
	return d.product(call, &bias, a.Then)
}

// rowStep returns how far apart the rows along the last axis are, over all others.
func rowStep(v *backend.View) (step int, ok bool) {
	size := 1
	for i, n := range slices.Backward(v.Shape[:len(v.Shape)-1]) {
		switch {
		case n == 1:
			continue
		case size == 1:
			step = v.Strides[i]
		case v.Strides[i] != step*size:
			return 0, false
		}
		size *= n
	}
	return step, true
}
