package vulkan

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

func init() {
	kernels[op.IndexGet] = (*device).indexGet
	kernels[op.IndexPut] = (*device).indexPut
}

// pointers describes the tensors of indices of x and returns the shape they
// broadcast to, and their strides over it.
func pointers(x *backend.View, index []backend.View) (p kernel.Pointers, lead []int, strides [][]int, err error) {
	lead = []int{}
	for i := range index {
		p.Types = append(p.Types, index[i].DType)
		if lead, err = shape.Broadcast(lead, index[i].Shape); err != nil {
			return p, nil, nil, err
		}
	}
	for i := range index {
		v, err := index[i].View.Expand(lead)
		if err != nil {
			return p, nil, nil, err
		}
		strides = append(strides, v.Strides)
	}
	p.Lead, p.Rest = len(lead), len(x.Shape)-len(index)
	return p, lead, strides, nil
}

func (d *device) indexGet(c *backend.Call) error {
	x, index, out := &c.In[0], c.In[1:], &c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	p, lead, strides, err := pointers(x, index)
	if err != nil {
		return err
	}
	operands, params, err := d.bindCall(c)
	if err != nil {
		return err
	}
	size := x.DType.Size()
	k, err := d.pipeline(kernel.IndexGetKey(size, p), func() (*kernel.Kernel, error) { return kernel.IndexGet(size, p), nil })
	if err != nil {
		return err
	}
	params = appendWords(params, x.Shape[:len(index)])
	params = appendWords(appendWords(params, lead), x.Shape[len(index):])
	params = appendWords(params, x.Strides)
	for _, s := range strides {
		params = appendWords(params, s)
	}
	return d.launch(k, operands, params, int64(out.Numel()))
}

func (d *device) indexPut(c *backend.Call) error {
	a, _ := c.Attrs.(op.IndexPutAttrs)
	x, values, index, out := &c.In[0], &c.In[1], c.In[2:], &c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	p, lead, strides, err := pointers(x, index)
	if err != nil {
		return err
	}
	if shape.Numel(lead) == 0 {
		return d.move(out, x)
	}
	if err := d.supports(pointwise.Spec{In: []dtype.DType{x.DType}}); err != nil {
		return err
	}
	if err := d.turns(shape.Numel(lead)); err != nil {
		return err
	}
	v, err := values.View.Expand(append(append([]int(nil), lead...), x.Shape[len(index):]...))
	if err != nil {
		return err
	}
	operands, params, err := d.bindCall(c)
	if err != nil {
		return err
	}
	k, err := d.pipeline(kernel.IndexPutKey(x.DType, p, a.Accumulate), func() (*kernel.Kernel, error) {
		return kernel.IndexPut(x.DType, p, a.Accumulate), nil
	})
	if err != nil {
		return err
	}
	params = appendWords(appendWords(params, lead), x.Shape)
	params = appendWords(appendWords(params, x.Strides), v.Strides)
	for _, s := range strides {
		params = appendWords(params, s)
	}
	return d.launch(k, operands, params, int64(out.Numel()))
}

// bindCall binds the inputs and outputs of a call, none of them empty, and
// begins its parameters with where each starts.
func (d *device) bindCall(c *backend.Call) (operands []operand, params []uint32, err error) {
	for _, views := range [...][]backend.View{c.In, c.Out} {
		for i := range views {
			o, err := d.bind(&views[i])
			if err != nil {
				return nil, nil, err
			}
			operands, params = append(operands, o), append(params, o.start)
		}
	}
	return operands, params, nil
}
