package cuda

import (
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/kernels"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// Ops on rows: those that fit registers, see kernels/rows.cu, and others, see
// kernels/longrows.cu, or by their definition.
func init() {
	structured[op.Softmax] = func(d *device, c *backend.Call) error {
		return d.softmax(c, rowKernel{warp: "softmax_warp", block: "softmax_block", long: "softmax_long"})
	}
	structured[op.LogSoftmax] = func(d *device, c *backend.Call) error {
		return d.softmax(c, rowKernel{warp: "logsoftmax_warp", block: "logsoftmax_block", long: "logsoftmax_long"})
	}
	structured[op.SoftmaxGrad] = func(d *device, c *backend.Call) error {
		return d.softmax(c, rowKernel{"softmaxgrad_warp", "softmaxgrad_block", "softmaxgrad_block", true})
	}
	structured[op.LogSoftmaxGrad] = func(d *device, c *backend.Call) error {
		return d.softmax(c, rowKernel{"logsoftmaxgrad_warp", "logsoftmaxgrad_block", "logsoftmaxgrad_block", true})
	}
	structured[op.LayerNorm] = (*device).layerNorm
}

// A rowKernel names the kernels of short and of longer rows, and of those that fit
// no registers, if there is one. All of those that loop are of another module.
type rowKernel struct {
	warp, block, long string
	loops             bool
}

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
	n := shape.Numel(s[len(s)-max(a.Axes, 1):])
	if n > blockRow {
		return d.longNorm(c, n, a.Eps)
	}
	return d.eachRow(c, rowKernel{warp: "layernorm_warp", block: "layernorm_block"}, n, a.Eps)
}

// eachRow runs a kernel on the rows of n elements of the first operand.
func (d *device) eachRow(c *backend.Call, k rowKernel, n int, eps float64) error {
	x := &c.In[0]
	module := rowModules[x.DType]
	if module == "" || n == 0 || n > blockRow && k.long == "" {
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
	if n > blockRow {
		name = k.long
	}
	if k.loops || n > blockRow {
		module = kernels.Module("longrows_" + short[x.DType])
	}
	fn, err := d.written(module, name)
	if err != nil {
		return err
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	w := append(s.words[:0], uint64(count), uint64(n), address(x), address(&c.Out[0]))
	w = append(w, optional(c.In, 1))
	if !k.loops && n <= blockRow {
		w = append(w, optional(c.In, 2), optional(c.Out, 1), optional(c.Out, 2), math.Float64bits(eps))
	}
	s.words = w
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
