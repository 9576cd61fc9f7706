package cuda

import (
	"math"
	"math/bits"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/kernels"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// The convolutions as matrix products whose second operand is never stored; see
// kernels/conv.cu, whose words these are.

// rowTile and columnTile are the results of a block; fewest is how many rows make
// such a block worth it; longest is the most terms that one block adds up.
const (
	rowTile, columnTile = 64, 128

	fewest  = 8
	longest = 4096
)

var convModules = map[dtype.DType]kernels.Module{dtype.Float32: "conv_f32", dtype.Float16: "conv_f16", dtype.BFloat16: "conv_bf16"}

// spatial3 are numbers of up to three spatial axes, the missing ones in front.
type spatial3 [3]int

// right aligns the numbers of spatial axes.
func right(v []int, absent int) spatial3 {
	s := spatial3{absent, absent, absent}
	copy(s[3-len(v):], v)
	return s
}

func (s spatial3) scaled(by int) spatial3 { return spatial3{by * s[0], by * s[1], by * s[2]} }

// implicit is one convolution for the kernels.
type implicit struct {
	name                       string
	m, j, k, groups            int
	a, b                       *backend.View
	aRow, aOuter               int
	bOuterJ, bOuterK           int
	outRow, outOuter, inner    int
	aGroup, bGroup, outGroup   int
	jStep, kStep, offset, step spatial3
	jDigits, kDigits           spatial3
}

func spatialOf(v []int) []int { return v[2:] }

// convOut is conv: columns are images and places of the result.
func convOut(c *backend.Call, w windows) implicit {
	x, k, out := &c.In[0], &c.In[1], &c.Out[0]
	each, in, places := k.Shape[0]/w.groups, k.Shape[1], shape.Numel(spatialOf(out.Shape))
	return implicit{
		name: "conv_out", m: each, j: out.Shape[0] * places, k: shape.Numel(k.Shape[1:]), groups: w.groups, a: k, b: x,
		aRow: k.Strides[0], aOuter: k.Strides[1], bOuterJ: x.Strides[0], bOuterK: x.Strides[1],
		outRow: places, outOuter: out.Shape[1] * places, inner: places,
		aGroup: each * k.Strides[0], bGroup: in * x.Strides[1], outGroup: each * places,
		jStep: right(w.stride, 1), kStep: right(w.dilation, 1), offset: right(w.pad, 0).scaled(-1), step: right(nil, 1),
		jDigits: right(spatialOf(out.Shape), 1), kDigits: right(spatialOf(k.Shape), 1),
	}
}

// convIn is the gradient by the operand.
func convIn(c *backend.Call, w windows) implicit {
	y, k, out := &c.In[0], &c.In[1], &c.Out[0]
	from, in, places := k.Shape[0]/w.groups, k.Shape[1], shape.Numel(spatialOf(out.Shape))
	return implicit{
		name: "conv_in", m: in, j: out.Shape[0] * places, k: from * shape.Numel(spatialOf(k.Shape)), groups: w.groups, a: k, b: y,
		aRow: k.Strides[1], aOuter: k.Strides[0], bOuterJ: y.Strides[0], bOuterK: y.Strides[1],
		outRow: places, outOuter: out.Shape[1] * places, inner: places,
		aGroup: from * k.Strides[0], bGroup: from * y.Strides[1], outGroup: in * places,
		jStep: right(nil, 1), kStep: right(w.dilation, 1).scaled(-1), offset: right(w.pad, 0), step: right(w.stride, 1),
		jDigits: right(spatialOf(out.Shape), 1), kDigits: right(spatialOf(k.Shape), 1),
	}
}

// convKernel is the gradient by the weight: terms are images and places.
func convKernel(c *backend.Call, w windows) implicit {
	x, y, out := &c.In[0], &c.In[1], &c.Out[0]
	each, in, places := out.Shape[0]/w.groups, out.Shape[1], shape.Numel(spatialOf(out.Shape))
	return implicit{
		name: "conv_weight", m: each, j: in * places, k: y.Shape[0] * shape.Numel(spatialOf(y.Shape)), groups: w.groups, a: y, b: x,
		aRow: y.Strides[1], aOuter: y.Strides[0], bOuterJ: x.Strides[1], bOuterK: x.Strides[0],
		outRow: in * places, outOuter: places, inner: places,
		aGroup: each * y.Strides[1], bGroup: in * x.Strides[1], outGroup: each * in * places,
		jStep: right(w.dilation, 1), kStep: right(w.stride, 1), offset: right(w.pad, 0).scaled(-1), step: right(nil, 1),
		jDigits: right(spatialOf(out.Shape), 1), kDigits: right(spatialOf(y.Shape), 1),
	}
}

// fits reports whether the kernels take the convolution, and have enough to do.
func (f *implicit) fits(t dtype.DType) bool {
	return convModules[t] != "" && len(f.b.Shape) <= 5 && f.m >= fewest && max(f.m, f.j, f.k) < math.MaxInt32-columnTile && f.k > 0
}

// run computes the convolution. The gradient by the weight has few results of
// many terms each: these are shared out to blocks, whose sums are added up after.
func (f *implicit) run(d *device, c *backend.Call) error {
	out := &c.Out[0]
	if module := d.tensor(convTensorModules, out.DType); module != "" {
		return f.runTensor(d, c, module)
	}
	fn, err := d.written(convModules[out.DType], f.name)
	if err != nil {
		return err
	}
	across, down := blocks(f.j, columnTile), blocks(f.m, rowTile)
	parts := f.parts(d, int(across*down))
	if down > math.MaxUint16 || parts < 1 {
		return unsupported("a convolution of %d channels in %d groups", f.m, f.groups)
	}
	to, total := address(out), out.Numel()
	sums := backend.View{}
	if f.name == "conv_weight" && (parts > 1 || out.DType != dtype.Float32) {
		var free func()
		if sums, free, err = d.temporary(dtype.Float32, []int{parts, total}); err != nil {
			return err
		}
		defer free()
		to = address(&sums)
	}
	each := (f.k + parts - 1) / parts
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.words = f.words(s.words[:0], to, each, total)
	if err := d.launch(c, fn, [3]uint32{across, down, uint32(f.groups * parts)}, 256, s.words); err != nil || sums.Buffer == nil {
		return err
	}
	g := fold{device: d, call: c, fn: identities[dtype.Float32], by: op.BySum, in: []backend.View{sums}, out: address(out), outType: out.DType, sum: dtype.Float32}
	return g.all(sums.Shape, []int{0}, total)
}

// parts returns how many blocks share the terms of some blocks of results.
func (f *implicit) parts(d *device, blocks int) int {
	parts := 1
	if f.name == "conv_weight" {
		parts = max((f.k+longest-1)/longest, min(f.k/256, 2*d.multiprocessors/(blocks*f.groups)), 1)
	}
	return min(parts, math.MaxUint16/f.groups)
}

func (f *implicit) words(w []uint64, out uint64, each, part int) []uint64 {
	l := wordList(w)
	strides := func(v *backend.View) spatial3 { return right(spatialOf(v.Strides), 0) }
	l.numbers(f.m, f.j, f.k)
	l = append(l, address(f.a), address(f.b), out)
	l.numbers(f.aRow, f.aOuter)
	l.three(strides(f.a))
	l.numbers(f.bOuterJ, f.bOuterK)
	l.three(strides(f.b))
	l.numbers(f.outRow, f.outOuter, f.inner, f.aGroup, f.bGroup, f.outGroup)
	l.three(right(spatialOf(f.b.Shape), 1), f.jStep, f.kStep, f.offset)
	l.divisors(f.step[:]...)
	l.digits(f.jDigits, f.kDigits)
	l.numbers(f.groups, each, part)
	return l
}

// A wordList is parameters of a kernel.
type wordList []uint64

func (l *wordList) numbers(list ...int) {
	for _, x := range list {
		*l = append(*l, uint64(x))
	}
}

func (l *wordList) three(list ...spatial3) {
	for _, s := range list {
		l.numbers(s[:]...)
	}
}

func (l *wordList) divisors(sizes ...int) {
	for _, size := range sizes {
		a, b := divisor(size)
		*l = append(*l, a, b)
	}
}

// digits writes the divisors that take numbers apart: the last digit is found first.
func (l *wordList) digits(list ...spatial3) {
	for _, s := range list {
		l.divisors(s[2], s[1], s[0])
	}
}

// divisor returns the words of a number to divide by; see divide in hekla.cuh.
// (Granlund and Montgomery, Division by Invariant Integers using Multiplication, 1994.)
func divisor(d int) (sizeAndMul, shift uint64) {
	s := bits.Len(uint(d - 1))
	mul := (uint64(1)<<32)*(uint64(1)<<s-uint64(d))/uint64(d) + 1
	return uint64(d) | mul<<32, uint64(s)
}
