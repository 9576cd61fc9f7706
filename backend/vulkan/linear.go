package vulkan

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

func init() { kernels[op.Linear] = (*device).linear }

// linear is one product of all rows, to which the bias and the activation are applied
// on the way. Products that are not for the kernels of a family are computed by
// definition.
func (d *device) linear(c *backend.Call) error {
	a, _ := c.Attrs.(op.LinearAttrs)
	x, w, out := &c.In[0], &c.In[1], &c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	last := len(x.Shape) - 1
	rows, places := shape.Numel(x.Shape[:last]), x.Shape[last]
	lead, strides := kernel.Coalesce(x.Shape[:last], x.Strides[:last])
	if d.family == plainFamily || !kernel.ShadersKnow(x.DType) || places == 0 || len(lead) > 1 {
		return fmt.Errorf("%w: a product of %v, strides %v, with a bias or an activation", backend.ErrUnsupported, x.Shape, x.Strides)
	}
	byRow := 0
	if len(lead) == 1 {
		byRow = strides[0][0]
	}
	p := &product{
		x:      side{kernel.Operand{Type: x.DType, ByC: byRow, ByK: x.Strides[last]}, x, rows, nil},
		y:      side{kernel.Operand{Type: w.DType, ByC: w.Strides[0], ByK: w.Strides[1]}, w, w.Shape[0], nil},
		places: places, out: out, byRow: w.Shape[0], inner: w.Shape[0], then: a.Then,
	}
	if len(c.In) > 2 {
		p.bias = &c.In[2]
	}
	if !d.fits(p) {
		return fmt.Errorf("%w: a product of %v and %v, whose panels are too large", backend.ErrUnsupported, x.Shape, w.Shape)
	}
	return d.product(p)
}
