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
	kernels[op.Gather] = (*device).gather
	kernels[op.ScatterAdd] = func(d *device, c *backend.Call) error { return d.scatter(c, true) }
	kernels[op.Scatter] = func(d *device, c *backend.Call) error { return d.scatter(c, false) }
}

func (d *device) gather(c *backend.Call) error {
	x, index, out := &c.In[0], &c.In[1], &c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	rank := len(x.Shape)
	axis, err := shape.Axis(c.Attrs.(op.AxisAttrs).Axis, max(rank, 1))
	if err != nil {
		return err
	}
	size := x.DType.Size()
	operands, err := d.bindAll(x, index, out)
	if err != nil {
		return err
	}
	p, err := d.pipeline(kernel.GatherKey(size, index.DType, rank, axis), func() (*kernel.Kernel, error) {
		return kernel.Gather(size, index.DType, rank, axis), nil
	})
	if err != nil {
		return err
	}
	var params []uint32
	for _, o := range operands {
		params = append(params, o.start)
	}
	limit := 1
	if rank > 0 {
		limit = x.Shape[axis]
	}
	params = append(params, uint32(limit))
	params = appendWords(appendWords(appendWords(params, index.Shape), x.Strides), index.Strides)
	return d.launch(p, operands, params, int64(out.Numel()))
}

func (d *device) scatter(c *backend.Call, add bool) error {
	x, index, src, out := &c.In[0], &c.In[1], &c.In[2], &c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	if index.Numel() == 0 {
		return d.move(out, x)
	}
	if err := d.supports(pointwise.Spec{In: []dtype.DType{x.DType}}); err != nil {
		return err
	}
	rank := len(x.Shape)
	axis, err := shape.Axis(c.Attrs.(op.AxisAttrs).Axis, max(rank, 1))
	if err != nil {
		return err
	}
	if rank > 0 {
		if err := d.turns(index.Shape[axis]); err != nil {
			return err
		}
	}
	operands, err := d.bindAll(x, index, src, out)
	if err != nil {
		return err
	}
	p, err := d.pipeline(kernel.ScatterKey(x.DType, index.DType, rank, axis, add), func() (*kernel.Kernel, error) {
		return kernel.Scatter(x.DType, index.DType, rank, axis, add), nil
	})
	if err != nil {
		return err
	}
	var params []uint32
	for _, o := range operands {
		params = append(params, o.start)
	}
	params = appendWords(appendWords(params, x.Shape), index.Shape)
	params = appendWords(appendWords(appendWords(params, x.Strides), index.Strides), src.Strides)
	return d.launch(p, operands, params, int64(out.Numel()))
}
