package vulkan

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

func init() { kernels[op.SearchSorted] = (*device).searchSorted }

func (d *device) searchSorted(c *backend.Call) error {
	a, _ := c.Attrs.(op.SearchAttrs)
	sorted, x, out := &c.In[0], &c.In[1], &c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	n := sorted.Shape[len(sorted.Shape)-1]
	if n == 0 {
		return d.fill(out, 0)
	}
	if err := d.supports(pointwise.Spec{In: []dtype.DType{x.DType}}); err != nil {
		return err
	}
	if !sorted.IsContiguous() || !x.IsContiguous() {
		return d.compacted(c, d.searchSorted)
	}
	operands, params, err := d.bindCall(c)
	if err != nil {
		return err
	}
	p, err := d.pipeline(kernel.SearchSortedKey(x.DType, a.Right), func() (*kernel.Kernel, error) {
		return kernel.SearchSorted(x.DType, a.Right), nil
	})
	if err != nil {
		return err
	}
	values, several := out.Numel(), uint32(0)
	if len(sorted.Shape) > 1 {
		values, several = x.Shape[len(x.Shape)-1], 1
	}
	params = append(params, uint32(n), uint32(values), several)
	return d.launch(p, operands, params, int64(out.Numel()))
}
