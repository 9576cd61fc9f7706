package cuda

import (
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/kernels"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// Ops on rows that fit registers: see kernels/rows.cu. Others are computed by
// their definition.
func init() {
	structured[op.Softmax] = func(d *device, c *backend.Call) error {
		return d.softmax(c, rowKernel{"softmax_warp", "softmax_block"})
	}
	structured[op.LogSoftmax] = func(d *device, c *backend.Call) error {
		return d.softmax(c, rowKernel{"logsoftmax_warp", "logsoftmax_block"})
	}
	structured[op.LayerNorm] = (*device).layerNorm
}

// A rowKernel names the kernels of short and of long rows.
type rowKernel struct{ warp, block string }

// The longest rows of both, and the threads of a block.
const (
	warpRow, blockRow = 1024, 8192

	rowThreads = 256
)

var rowModules = map[dtype.DType]kernels.Module{dtype.Float32: "rows_f32", dtype.Float16: "rows_f16", dtype.BFloat16: "rows_bf16"}

func (d *device) softmax(c *backend.Call, k rowKernel) error {
	x := &c.In[0]
	axis, err := shape.Axis(c.Attrs.(op.AxisAttrs).Axis, len(x.Shape))
	if err != nil || len(x.Shape) == 0 || axis != len(x.Shape)-1 {
		return unsupported("a softmax along axis %d of %v", axis, x.Shape)
	}
	return d.eachRow(c, k, x.Shape[axis], 0)
}

func (d *device) layerNorm(c *backend.Call) error {
	a, _ := c.Attrs.(op.NormAttrs)
	s := c.In[0].Shape
	return d.eachRow(c, rowKernel{"layernorm_warp", "layernorm_block"}, shape.Numel(s[len(s)-max(a.Axes, 1):]), a.Eps)
}

// eachRow runs a kernel on the rows of n elements of the first operand.
func (d *device) eachRow(c *backend.Call, k rowKernel, n int, eps float64) error {
	x := &c.In[0]
	module := rowModules[x.DType]
	if module == "" || n == 0 || n > blockRow {
		return unsupported("rows of %d %v", n, x.DType)
	}
	for i := range c.In {
		if !c.In[i].IsContiguous() || c.In[i].DType != x.DType {
			return unsupported("operand %d is not in row-major order, or of another type", i)
		}
	}
	count := x.Numel() / n
	if count == 0 {
		return nil
	}
	name, each := k.warp, rowThreads/32
	if n > warpRow {
		name, each = k.block, 1
	}
	fn, err := d.written(module, name)
	if err != nil {
		return err
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	w := append(s.words[:0], uint64(count), uint64(n), address(x), address(&c.Out[0]))
	for i := 1; i < 3; i++ {
		w = append(w, optional(c.In, i))
	}
	for i := 1; i < 3; i++ {
		w = append(w, optional(c.Out, i))
	}
	s.words = append(w, math.Float64bits(eps))
	blocks := (count + each - 1) / each
	if blocks > math.MaxInt32 {
		return unsupported("%d rows", count)
	}
	return d.launch(c, fn, [3]uint32{uint32(blocks), 1, 1}, rowThreads, s.words)
}

// optional returns the address of a view, 0 if there is none.
func optional(views []backend.View, i int) uint64 {
	if i >= len(views) {
		return 0
	}
	return address(&views[i])
}
