package cuda

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/ptx"
	"github.com/hekla-ml/hekla/op"
)

func init() { structured[op.SearchSorted] = (*device).searchSorted }

func (d *device) searchSorted(c *backend.Call) error {
	a, _ := c.Attrs.(op.SearchAttrs)
	out := c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	sorted, free, err := d.contiguous(c, c.In[0])
	if err != nil {
		return err
	}
	defer free()
	x, release, err := d.contiguous(c, c.In[1])
	if err != nil {
		return err
	}
	defer release()
	key := callKey{kind: fmt.Sprint("searchsorted ", a.Right)}
	key.types[0] = x.DType
	fn, err := d.kernel(key, func() string { return fmt.Sprint(key.kind, x.DType) }, func() (*ptx.Kernel, error) {
		return ptx.SearchSorted(x.DType, a.Right), nil
	})
	if err != nil {
		return err
	}
	n := sorted.Shape[len(sorted.Shape)-1]
	values, apart := out.Numel(), 0
	if len(sorted.Shape) > 1 {
		values, apart = x.Shape[len(x.Shape)-1], n*x.DType.Size()
	}
	return d.launchOver(c, fn, out.Numel(), []uint64{uint64(out.Numel()), address(&sorted), address(&x), address(&out), uint64(n), uint64(values), uint64(apart)})
}
