package cuda

import (
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/kernels"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// Normalisation of channels, and of rows too long for registers: see
// kernels/norm.cu. That in float64 is computed by its definition.
func init() { structured[op.BatchNorm] = (*device).batchNorm }

var forwardModules = map[dtype.DType]kernels.Module{dtype.Float32: "norm_f32", dtype.Float16: "norm_f16", dtype.BFloat16: "norm_bf16"}

// A normForward is a call of BatchNorm or LayerNorm.
type normForward struct {
	*device
	call     *backend.Call
	module   kernels.Module
	x        backend.View
	channels int // or rows
	n        int // elements of each
	inner    int // of those that are neighbours
	eps      float64
	parts    uint64
	length   int
	chunks   int
}

func (d *device) batchNorm(c *backend.Call) error {
	a, _ := c.Attrs.(op.NormAttrs)
	s := c.In[0].Shape
	f := normForward{channels: s[1], inner: shape.Numel(s[2:]), eps: a.Eps}
	return d.normalise(c, &f, "apply_1", "apply_4")
}

// longNorm normalises rows of n elements.
func (d *device) longNorm(c *backend.Call, n int, eps float64) error {
	f := normForward{channels: c.In[0].Numel() / n, inner: n, eps: eps}
	return d.normalise(c, &f, "rows_1", "rows_4")
}

func (d *device) normalise(c *backend.Call, f *normForward, apply1, apply4 string) error {
	x := c.In[0]
	f.device, f.call, f.module = d, c, forwardModules[x.DType]
	if f.module == "" || x.Numel() == 0 || x.Numel() > math.MaxInt32 {
		return unsupported("normalised %v%v", x.DType, x.Shape)
	}
	for i := 1; i < len(c.In); i++ {
		if t := c.In[i].DType; t != x.DType && t != dtype.Float32 || !c.In[i].IsContiguous() {
			return unsupported("operand %d is a %v, or not in row-major order", i, t)
		}
	}
	x, free, err := d.contiguous(c, x)
	if err != nil {
		return err
	}
	defer free()
	f.x, f.n = x, x.Numel()/f.channels
	stats, apply, each, blocks := "planes_1", apply1, 1, f.channels
	f.chunks = pieces(f.n, normElements, blocks)
	switch {
	case f.inner%4 == 0 && (address(&x)|address(&c.Out[0]))%uint64(4*x.DType.Size()) == 0:
		stats, apply, each = "planes_4", apply4, 4
	case f.inner == 1 && f.channels > 1:
		stats, blocks = "columns", (f.channels+31)/32
		f.chunks = pieces(f.n, normRows, blocks)
	}
	f.length = ((f.n+f.chunks-1)/f.chunks + 3) &^ 3
	f.chunks = (f.n + f.length - 1) / f.length
	parts, drop, err := d.temporary(dtype.Float32, []int{2, f.chunks, f.channels})
	if err != nil {
		return err
	}
	defer drop()
	f.parts = address(&parts)
	if err := f.run(stats, [3]uint32{uint32(blocks), uint32(f.chunks), 1}); err != nil {
		return err
	}
	if err := f.run("finish", [3]uint32{uint32((f.channels + rowThreads - 1) / rowThreads), 1, 1}); err != nil {
		return err
	}
	return f.run(apply, [3]uint32{uint32((x.Numel()/each + rowThreads - 1) / rowThreads), 1, 1})
}

func (f *normForward) run(kernel string, grid [3]uint32) error {
	fn, err := f.written(f.module, kernel)
	if err != nil {
		return err
	}
	c := f.call
	wide := func(i int) uint64 {
		if i < len(c.In) && c.In[i].DType == dtype.Float32 {
			return 1
		}
		return 0
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	w := append(s.words[:0], uint64(f.channels), uint64(f.n), address(&f.x), address(&c.Out[0]), optional(c.In, 1), optional(c.In, 2), wide(1), wide(2),
		address(&c.Out[1]), address(&c.Out[2]), math.Float64bits(f.eps), f.parts, uint64(f.length), uint64(f.chunks))
	for _, size := range []int{f.inner, f.channels, f.n} {
		sizeAndMul, shift := divisor(size)
		w = append(w, sizeAndMul, shift)
	}
	s.words = w
	return f.launch(c, fn, grid, rowThreads, w)
}
