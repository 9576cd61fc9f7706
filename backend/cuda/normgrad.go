package cuda

import (
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/kernels"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// The gradient of normalisations: see kernels/normgrad.cu. That in float64 is
// computed by its definition.
func init() { structured[op.NormGrad] = (*device).normGrad }

var normModules = map[dtype.DType]kernels.Module{dtype.Float32: "normgrad_f32", dtype.Float16: "normgrad_f16", dtype.BFloat16: "normgrad_bf16"}

// The blocks that fill a GPU, and the fewest rows, or elements of a channel, that a
// block adds up.
const (
	normBlocks = 1024

	normRows, normElements = 64, 2048
)

// A normBackward is one call of NormGrad.
type normBackward struct {
	*device
	call     *backend.Call
	module   kernels.Module
	g, x     backend.View
	weighted bool
	centred  uint64
	channels int // 0 for rows
	inner    int // elements of a channel that are neighbours
	scale    uint64
	parts    uint64
	sums     uint64
}

func (d *device) normGrad(c *backend.Call) error {
	x := &c.In[1]
	module := normModules[x.DType]
	if module == "" || x.Numel() == 0 || x.Numel() > math.MaxInt32 {
		return unsupported("normalised %v%v", x.DType, x.Shape)
	}
	for i := 2; i < len(c.In); i++ {
		want := i < 4 && c.In[i].DType == dtype.Float32 || i == 4 && (c.In[i].DType == x.DType || c.In[i].DType == dtype.Float32)
		if !want || !c.In[i].IsContiguous() {
			return unsupported("operand %d is a %v, or not in row-major order", i, c.In[i].DType)
		}
	}
	b := normBackward{device: d, call: c, module: module, weighted: len(c.In) > 4}
	var err error
	for i, to := range []*backend.View{&b.g, &b.x} {
		var free func()
		if *to, free, err = d.contiguous(c, c.In[i]); err != nil {
			return err
		}
		defer free()
	}
	a, _ := c.Attrs.(op.NormGradAttrs)
	if !a.Uncentred {
		b.centred = 1
	}
	if a.Channels {
		b.channels, b.inner = x.Shape[1], shape.Numel(x.Shape[2:])
		return b.ofChannels(a.Eps)
	}
	return b.ofRows(shape.Numel(x.Shape[len(x.Shape)-max(a.Axes, 1):]), a.Eps)
}

func (b *normBackward) room(to *uint64, s ...int) (func(), error) {
	v, free, err := b.temporary(dtype.Float32, s)
	if err == nil {
		*to = address(&v)
	}
	return free, err
}

func (b *normBackward) ofRows(n int, eps float64) error {
	count := b.x.Numel() / n
	if b.weighted {
		free, err := b.room(&b.scale, count)
		if err != nil {
			return err
		}
		defer free()
	}
	kernel, blocks := "rows_warp", (count+rowThreads/32-1)/(rowThreads/32)
	if n > warpRow {
		kernel, blocks = "rows_block", count
	}
	if err := b.run(kernel, blocks, 1, count, n, 0, eps); err != nil || !b.weighted {
		return err
	}
	wide := (n + 31) / 32
	chunks := pieces(count, normRows, wide)
	free, err := b.room(&b.parts, 2, chunks, n)
	if err != nil {
		return err
	}
	defer free()
	if err := b.run("columns_rows", wide, chunks, count, n, (count+chunks-1)/chunks, eps); err != nil {
		return err
	}
	return b.run("finish_rows", (n+rowThreads-1)/rowThreads, chunks, count, n, 0, eps)
}

// pieces returns into how many parts n things are cut, at least some in each, where
// each part has its blocks.
func pieces(n, least, blocks int) int {
	return max(1, min((n+least-1)/least, (normBlocks+blocks-1)/blocks, math.MaxUint16))
}

func (b *normBackward) ofChannels(eps float64) error {
	n := b.x.Numel() / b.channels
	chunks := pieces(n, normElements, b.channels)
	if b.inner == 1 {
		chunks = pieces(n, normRows, (b.channels+31)/32)
	}
	free, err := b.room(&b.parts, 2, chunks, b.channels)
	if err != nil {
		return err
	}
	defer free()
	drop, err := b.room(&b.sums, 2, b.channels)
	if err != nil {
		return err
	}
	defer drop()
	length := (n + chunks - 1) / chunks
	if b.inner == 1 {
		err = b.run("columns_channels", (b.channels+31)/32, chunks, n, b.channels, length, eps)
	} else {
		err = b.run("planes", b.channels, chunks, b.channels, n, length, eps)
	}
	if err != nil {
		return err
	}
	if err := b.run("finish_channels", (b.channels+rowThreads-1)/rowThreads, chunks, b.channels, n, 0, eps); err != nil {
		return err
	}
	kernel, each := "spread_1", 1
	if size := uint64(4 * b.x.DType.Size()); b.inner%4 == 0 && (address(&b.g)|address(&b.x)|address(&b.call.Out[0]))%size == 0 {
		kernel, each = "spread_4", 4
	}
	return b.run(kernel, (b.x.Numel()/each+rowThreads-1)/rowThreads, chunks, b.channels, n, 0, eps)
}

// run launches a kernel; those of parts, which have a length, have a row of blocks
// for each.
func (b *normBackward) run(kernel string, blocks, chunks, count, n, length int, eps float64) error {
	fn, err := b.written(b.module, kernel)
	if err != nil {
		return err
	}
	c := b.call
	wide := uint64(0)
	if b.weighted && c.In[4].DType == dtype.Float32 {
		wide = 1
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	w := append(s.words[:0], uint64(count), uint64(n), address(&b.g), address(&b.x), address(&c.In[2]), address(&c.In[3]), optional(c.In, 4), wide, b.centred,
		address(&c.Out[0]), b.scale, math.Float64bits(eps), b.parts, uint64(length), uint64(chunks), b.sums, address(&c.Out[1]), address(&c.Out[2]))
	for _, size := range []int{max(b.inner, 1), max(b.channels, 1)} {
		sizeAndMul, shift := divisor(size)
		w = append(w, sizeAndMul, shift)
	}
	s.words = w
	grid := [3]uint32{uint32(blocks), 1, 1}
	if length > 0 {
		grid[1] = uint32(chunks)
	}
	return b.launch(c, fn, grid, rowThreads, w)
}
