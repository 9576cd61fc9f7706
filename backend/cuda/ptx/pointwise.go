package ptx

import (
	"github.com/hekla-ml/hekla/pointwise"
)

// Threads is the size of a block of the kernels that say no other.
const Threads = 256

// Pointwise returns the kernel that runs a program on each of n elements. Rank
// is the number of axes that operands are indexed by; 0 means that all lie
// densely from their first element on. Wide kernels count in 64 bits; others
// are for n below 2^31.
//
// Words: n; the address of each input and output; the uniforms, in the types
// that the program computes in; the sizes of the axes but the first; the
// strides, in bytes, of each operand, by axis.
func Pointwise(s pointwise.Spec, rank int, wide bool) *Kernel {
	s = expanded(s)
	b := newBuilder()
	operands := len(s.In) + len(s.Out)
	count := b.param()
	bases, uniforms := b.params(operands), b.params(len(s.Uniforms))
	at := b.strided(rank, operands, wide)

	i := b.element()
	done := b.label()
	b.jumpIf(b.do(pred, "setp.ge.u64", i, b.load(b64, count)), done)
	var offsets []string
	if rank > 0 {
		offsets = at.offsets(i)
	}
	address := func(k int, size int) string {
		base := b.load(b64, bases+k)
		if rank > 0 {
			return b.do(b64, "add.s64", base, offsets[k])
		}
		return b.do(b64, "mad.lo.s64", i, number(size), base)
	}
	b.apply(s, i, uniforms, address)
	b.place(done)
	b.emit("ret")
	return b.kernel("pointwise", Threads)
}

// apply loads the inputs of s, computes and stores the outputs, of element i:
// operand k, outputs last, of elements of a size, is at address(k, size), and
// uniforms are parameter words.
func (b *builder) apply(s pointwise.Spec, i string, uniforms int, address func(k, size int) string) {
	e := &evaluation{builder: b, widths: widthsOf(s)}
	e.input = func(k int) string {
		return b.fetch(e.widths, s.In[k], s.Inputs[k], address(k, s.In[k].Size()))
	}
	e.uniform = func(k int, kind pointwise.Kind) string { return b.scalar(e.widths, uniforms+k, kind) }
	e.index = func() string { return i }
	for k, r := range e.program(s.Program) {
		kind := s.Code[s.Outputs[k]].Kind
		b.store(e.widths, s.Out[k], kind, r, address(len(s.In)+k, s.Out[k].Size()))
	}
}

// element returns the number of the thread in the grid, in 64 bits.
func (b *builder) element() string {
	block, size, thread := b.do(b32, "mov.u32", "%ctaid.x"), b.do(b32, "mov.u32", "%ntid.x"), b.do(b32, "mov.u32", "%tid.x")
	return b.do(b64, "mad.wide.u32", block, size, b.do(b64, "cvt.u64.u32", thread))
}

// scalar reads a uniform of kind k from parameter word n.
func (b *builder) scalar(w widths, n int, k pointwise.Kind) string {
	c := w.class(k)
	if c == pred {
		return b.do(pred, "setp.ne.u32", b.load(b32, n), "0")
	}
	return b.load(c, n)
}

// strides are parameter words that say how operands lie: the sizes of the axes
// but the first, then for each operand its strides in bytes.
type strides struct {
	*builder
	rank, operands int
	wide           bool
	sizes, first   int // numbers of parameter words
}

func (b *builder) strided(rank, operands int, wide bool) strides {
	s := strides{builder: b, rank: rank, operands: operands, wide: wide}
	if rank > 0 {
		s.sizes = b.params(rank - 1)
		s.first = b.params(rank * operands)
	}
	return s
}

// offsets returns where element i, a 64-bit row-major number, lies in each
// operand, in bytes.
func (s strides) offsets(i string) []string {
	out := make([]string, s.operands)
	c, t := b64, "u64"
	if !s.wide {
		c, t = b32, "u32"
		i = s.do(b32, "cvt.u32.u64", i)
	}
	for axis := s.rank - 1; axis >= 0; axis-- {
		place := i
		if axis > 0 {
			size := s.load(c, s.sizes+axis-1)
			i = s.do(c, "div."+t, place, size)
			place = s.do(c, "sub."+t, place, s.do(c, "mul.lo."+t, i, size))
		}
		if !s.wide {
			place = s.do(b64, "cvt.u64.u32", place)
		}
		for k := range out {
			stride := s.load(b64, s.first+k*s.rank+axis)
			if out[k] == "" {
				out[k] = s.do(b64, "mul.lo.s64", place, stride)
			} else {
				out[k] = s.do(b64, "mad.lo.s64", place, stride, out[k])
			}
		}
	}
	return out
}
