package cuda

import (
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/kernels"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// Running operations: see kernels/scan.cu.
func init() {
	for o, name := range map[*op.Op]string{op.CumSum: "sum", op.CumProd: "product", op.CumMax: "largest", op.CumMin: "smallest", op.LogCumSumExp: "logsum"} {
		structured[o] = func(d *device, c *backend.Call) error { return d.running(c, name) }
	}
}

var scanModules = map[dtype.DType]kernels.Module{
	dtype.Float32: "scan_f32", dtype.Float64: "scan_f64", dtype.Float16: "scan_f16", dtype.BFloat16: "scan_bf16", dtype.Int64: "scan_i64",
}

// The longest rows that a thread and that a warp run through, the threads that fill a GPU, and the
// shortest chunks that lines are cut into for that, along rows and along columns.
const (
	threadScan = 16
	warpScan   = 512
	scanFills  = 1 << 17

	rowChunk, columnChunk = 4096, 64
)

// running computes a running operation. Integers are widened to int64 first.
func (d *device) running(c *backend.Call, name string) error {
	a := c.Attrs.(op.ScanAttrs)
	axis, err := shape.Axis(a.Axis, len(c.In[0].Shape))
	if err != nil || c.Out[0].Numel() == 0 {
		return err
	}
	x, y := c.In[0], c.Out[0]
	if !x.DType.IsFloat() && x.DType != dtype.Int64 {
		wide, free, err := d.widened(c, x)
		if err != nil {
			return err
		}
		defer free()
		x = wide
	}
	x, free, err := d.contiguous(c, x)
	if err != nil {
		return err
	}
	defer free()
	if y.DType != x.DType {
		wide, free, err := d.temporary(x.DType, y.Shape)
		if err != nil {
			return err
		}
		defer free()
		y = wide
	}
	s := scan{device: d, call: c, name: name, lines: 1, n: 1, inner: 1, x: address(&x), y: address(&y), index: optional(c.Out, 1)}
	if len(x.Shape) > 0 {
		s.n, s.inner = x.Shape[axis], shape.Numel(x.Shape[axis+1:])
		s.lines = x.Numel() / s.n
	}
	if a.Reverse {
		s.reverse = 1
	}
	if err := s.run(scanModules[x.DType]); err != nil || y.DType == c.Out[0].DType {
		return err
	}
	return d.copyTo(c, c.Out[0], y)
}

// widened returns integers or bools as int64.
func (d *device) widened(c *backend.Call, x backend.View) (backend.View, func(), error) {
	wide, free, err := d.temporary(dtype.Int64, x.Shape)
	if err == nil {
		err = d.elementwise(&backend.Call{Op: c.Op, Fn: copies[pointwise.Int], In: []backend.View{x}, Out: []backend.View{wide}})
	}
	return wide, free, err
}

// A scan is a running operation along the middle axis of [outer, n, inner].
type scan struct {
	*device
	call              *backend.Call
	name              string
	lines, n, inner   int
	x, y, index       uint64
	reverse, perBlock int
}

// run makes one pass, or three where there are too few lines to fill the GPU. How
// many depends on the shape alone.
func (s *scan) run(module kernels.Module) error {
	kernel := s.name + "_columns"
	width, least := 1, columnChunk
	switch {
	case s.inner > 1 || s.n <= threadScan:
	case s.n <= warpScan:
		kernel, width, least = s.name+"_warp", 32, rowChunk
	default:
		kernel, width, least = s.name+"_block", rowThreads, rowChunk
	}
	s.perBlock = rowThreads / width
	chunks := min((s.n+least-1)/least, (scanFills+s.lines*width-1)/(s.lines*width), math.MaxUint16)
	if chunks <= 1 {
		return s.pass(module, kernel, s.n, 1, 0, false)
	}
	length := (s.n + chunks - 1) / chunks
	chunks = (s.n + length - 1) / length
	carry, free, err := s.temporary(dtype.Float64, []int{chunks, s.lines, 2})
	if err != nil {
		return err
	}
	defer free()
	if err := s.pass(module, kernel, length, chunks, address(&carry), true); err != nil {
		return err
	}
	each := s.perBlock
	s.perBlock = rowThreads
	if err := s.pass(module, s.name+"_carries", length, chunks, address(&carry), false); err != nil {
		return err
	}
	s.perBlock = each
	return s.pass(module, kernel, length, chunks, address(&carry), false)
}

// pass launches a kernel over chunks of all lines, or over all lines.
func (s *scan) pass(module kernels.Module, kernel string, length, chunks int, carry uint64, totals bool) error {
	fn, err := s.written(module, kernel)
	if err != nil {
		return err
	}
	blocks := (s.lines + s.perBlock - 1) / s.perBlock
	if blocks > math.MaxInt32 {
		return unsupported("%d lines", s.lines)
	}
	grid := [3]uint32{uint32(blocks), uint32(chunks), 1}
	if kernel == s.name+"_carries" {
		grid[1] = 1
	}
	last := uint64(0)
	if totals {
		last = 1
	}
	sc := scratches.Get().(*scratch)
	defer scratches.Put(sc)
	sc.words = append(sc.words[:0], uint64(s.lines), uint64(s.n), uint64(s.inner), uint64(length), uint64(chunks), s.x, s.y, s.index, carry, uint64(s.reverse), last)
	return s.launch(s.call, fn, grid, rowThreads, sc.words)
}
