package cuda

import (
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/kernels"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// Cross entropy with target classes: see kernels/entropy.cu. Target probabilities, and
// float64, go by the definition.
func init() { structured[op.CrossEntropy] = (*device).crossEntropy }

var entropyModules = map[dtype.DType]kernels.Module{dtype.Float32: "entropy_f32", dtype.Float16: "entropy_f16", dtype.BFloat16: "entropy_bf16"}

func (d *device) crossEntropy(c *backend.Call) error {
	a, _ := c.Attrs.(op.LossAttrs)
	x, target := c.In[0], &c.In[1]
	module := entropyModules[x.DType]
	if module == "" || x.Numel() == 0 || target.DType != dtype.Int64 && target.DType != dtype.Int32 {
		return unsupported("logits %v%v, targets of %v", x.DType, x.Shape, target.DType)
	}
	for i := 1; i < len(c.In); i++ {
		if !c.In[i].IsContiguous() {
			return unsupported("operand %d is not in row-major order", i)
		}
	}
	x, free, err := d.contiguous(c, x)
	if err != nil {
		return err
	}
	defer free()
	axis := min(len(x.Shape)-1, 1)
	count, n, inner := target.Numel(), x.Shape[axis], shape.Numel(x.Shape[axis+1:])
	kernel, each := "entropy_warp", rowThreads/32
	switch {
	case inner > 1:
		kernel, each = "entropy_columns", rowThreads
	case n > warpRow:
		kernel, each = "entropy_block", 1
	}
	blocks := (count + each - 1) / each
	if blocks > math.MaxInt32 {
		return unsupported("%d targets", count)
	}
	fn, err := d.written(module, kernel)
	if err != nil {
		return err
	}
	cell, err := d.errorCell(c.Op.Name)
	if err != nil {
		return err
	}
	wide, losses, parts := uint64(0), uint64(0), uint64(0)
	if target.DType == dtype.Int64 {
		wide = 1
	}
	if a.Reduction == op.ReduceNone {
		losses = address(&c.Out[0])
	} else {
		v, free, err := d.temporary(dtype.Float32, []int{2, blocks})
		if err != nil {
			return err
		}
		defer free()
		parts = address(&v)
	}
	ignore := -100
	if a.Ignore != nil {
		ignore = *a.Ignore
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.words = append(s.words[:0], uint64(count), uint64(n), uint64(inner), address(&x), address(target), wide, optional(c.In, 2), losses,
		address(&c.Out[1]), address(&c.Out[2]), parts, uint64(int64(ignore)), math.Float64bits(1-a.Smoothing), math.Float64bits(a.Smoothing/float64(n)), cell)
	if err := d.launch(c, fn, [3]uint32{uint32(blocks), 1, 1}, rowThreads, s.words); err != nil || parts == 0 {
		return err
	}
	if fn, err = d.written(module, "entropy_total"); err != nil {
		return err
	}
	mean := uint64(0)
	if a.Reduction == op.ReduceMean {
		mean = 1
	}
	s.words = append(s.words[:0], uint64(blocks), mean, parts, address(&c.Out[0]), address(&c.Out[2]))
	return d.launch(c, fn, [3]uint32{1, 1, 1}, rowThreads, s.words)
}
