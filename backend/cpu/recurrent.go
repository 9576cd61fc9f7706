package cpu

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/gemm"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// recurrentKernel runs a recurrent op, of which operand number weights is [gates*h,
// h] and operand number sequence [t, n, ...]. An operand beyond most, which only
// second derivatives have, is left to the decomposition.
func recurrentKernel(weights, sequence, most int, f32 func(*recurrence[float32]), f64 func(*recurrence[float64])) kernel {
	return func(c *backend.Call) error {
		if len(c.In) > most {
			return errOther
		}
		h := holder{c: c}
		defer h.put()
		switch c.In[0].DType {
		case dtype.Float32:
			f32(newRecurrence(&h, weights, sequence, &vectors32, gemm.TilerF32()))
		case dtype.Float64:
			f64(newRecurrence(&h, weights, sequence, &vectors64, gemm.TilerF64()))
		default:
			return errOther
		}
		return nil
	}
}

// blockUnits is how many hidden units are computed together: product, gates and
// state of theirs without leaving the cache. Threads share out such blocks, and
// wait for each other once a step.
const blockUnits = 32

// recurrence is one call of a recurrent op, or of its gradient.
type recurrence[T float32 | float64] struct {
	*holder
	v      *vectors[T]
	tiler  gemm.Tiler[T]
	attrs  op.RecurrentAttrs
	n, h   int // batch and hidden units
	steps  int
	gates  int
	w      []T // the weights, and their strides
	rs, cs int
	in     [][]T // the operands, row-major, but for the weights
	out    [][]T
}

func newRecurrence[T float32 | float64](h *holder, weights, sequence int, v *vectors[T], tiler gemm.Tiler[T]) *recurrence[T] {
	c := h.c
	a, _ := c.Attrs.(op.RecurrentAttrs)
	w, s := &c.In[weights], &c.In[sequence]
	l := &recurrence[T]{holder: h, v: v, tiler: tiler, attrs: a, steps: s.Shape[0], n: s.Shape[1], h: w.Shape[1],
		w: elements[T](w), rs: w.Strides[0], cs: w.Strides[1]}
	l.gates = w.Shape[0] / max(l.h, 1)
	for i := range c.In {
		var mem []T
		if i != weights {
			mem = flat[T](h, &c.In[i])
		}
		l.in = append(l.in, mem)
	}
	for i := range c.Out {
		l.out = append(l.out, dense[T](&c.Out[i]))
	}
	return l
}

// empty reports whether there is nothing to compute, and clears the outputs then.
func (l *recurrence[T]) empty() bool {
	if l.n > 0 && l.h > 0 {
		return false
	}
	for _, mem := range l.out {
		clear(mem)
	}
	return true
}

func (l *recurrence[T]) blocks() int { return (l.h + blockUnits - 1) / blockUnits }

// units returns the hidden units of a block: the first, and how many.
func (l *recurrence[T]) units(block int) (first, n int) {
	first = block * blockUnits
	return first, min(blockUnits, l.h-first)
}

// at returns step number i of x [t, n, ...], whose steps have size elements;
// first before the first step.
func (l *recurrence[T]) at(x []T, i, size int, first []T) []T {
	if i < 0 {
		return first
	}
	if l.attrs.Reverse {
		i = l.steps - 1 - i
	}
	return x[i*size:][:size]
}

// A unitBlock is what a thread works on: m hidden units from number u on of all
// sequences, and memory for parts of that size.
type unitBlock[T float32 | float64] struct {
	number, u, m int
	size         int // n * m
	mem          []T
}

func (b *unitBlock[T]) part(i int) []T { return b.mem[i*b.size:][:b.size] }

// eachBlock calls f for every block on several threads, with room for so many
// parts.
func (l *recurrence[T]) eachBlock(parts int, f func(b *unitBlock[T])) {
	par.For(l.blocks(), 1, func(lo, hi int) {
		mem, s := scratch.Get[T](parts * l.n * blockUnits)
		defer s.Put()
		for i := lo; i < hi; i++ {
			u, m := l.units(i)
			f(&unitBlock[T]{i, u, m, l.n * m, mem})
		}
	})
}

// forwardPanels are the weights laid out for products with h, a matrix for each
// gate of each block.
type forwardPanels[T float32 | float64] struct {
	*recurrence[T]
	mem  []T
	size int
}

func (l *recurrence[T]) forwardPanels() forwardPanels[T] {
	p := forwardPanels[T]{recurrence: l, size: l.tiler.Size(l.h, blockUnits)}
	count := l.blocks() * l.gates
	p.mem = borrow[T](l.holder, count*p.size)
	par.For(count, 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			u, m := l.units(i / l.gates)
			l.tiler.Pack(p.mem[i*p.size:], l.w[(i%l.gates*l.h+u)*l.rs:], l.cs, l.rs, l.h, m)
		}
	})
	return p
}

// add adds the product of h and the weights of one gate to what z has.
func (p *forwardPanels[T]) add(z []T, b *unitBlock[T], gate int, h []T) {
	p.tiler.Multiply(p.n, b.m, p.h, h, p.h, 1, p.mem[(b.number*p.gates+gate)*p.size:], p.h, z, b.m, true)
}

// backwardPanels are the weights laid out for products with the gradients of all
// gates, a matrix for each block.
type backwardPanels[T float32 | float64] struct {
	*recurrence[T]
	mem  []T
	size int
}

func (l *recurrence[T]) backwardPanels() backwardPanels[T] {
	rows := l.gates * l.h
	p := backwardPanels[T]{recurrence: l, size: l.tiler.Size(rows, blockUnits)}
	p.mem = borrow[T](l.holder, l.blocks()*p.size)
	par.For(l.blocks(), 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			u, m := l.units(i)
			l.tiler.Pack(p.mem[i*p.size:], l.w[u*l.cs:], l.rs, l.cs, rows, m)
		}
	})
	return p
}

// cotangent sets dh to that of step i's h: what gy has of it, and what the gates,
// d, got a step later.
func (p *backwardPanels[T]) cotangent(dh []T, b *unitBlock[T], i int, gy, d []T) {
	clear(dh)
	if i >= 0 {
		load(dh, p.at(gy, i, p.n*p.h, nil)[b.u:], p.h, b.m)
	}
	if rows := p.gates * p.h; i < p.steps-1 {
		p.tiler.Multiply(p.n, b.m, rows, p.at(d, i+1, p.n*rows, nil), rows, 1, p.mem[b.number*p.size:], rows, dh, b.m, true)
	}
}

// kept is memory for a part of each block that stays from step to step, zeros at
// first.
func (l *recurrence[T]) kept() []T {
	mem := borrow[T](l.holder, l.blocks()*blockUnits*l.n)
	clear(mem)
	return mem
}

func (b *unitBlock[T]) of(kept []T) []T { return kept[b.u*(b.size/b.m):][:b.size] }

// load copies columns of a matrix, ld apart, to where they lie together; store
// copies them back.
func load[T any](dst, src []T, ld, columns int) {
	for i := 0; len(dst) > 0; i++ {
		copy(dst[:columns], src[i*ld:])
		dst = dst[columns:]
	}
}

func store[T any](dst []T, ld int, src []T, columns int) {
	for i := 0; len(src) > 0; i++ {
		copy(dst[i*ld:], src[:columns])
		src = src[columns:]
	}
}

// sigmoid replaces a by 1/(1+e**-a).
func (v *vectors[T]) sigmoid(a []T) {
	v.scale(a, a, -1)
	v.exp(a, a, 0)
	v.addScalar(a, a, 1)
	v.reciprocal(a, a)
}

// oneMinusSquare sets dst to 1-a*a, the slope of tanh where it is a.
func (v *vectors[T]) oneMinusSquare(dst, a []T) {
	v.mul(dst, a, a)
	v.centreScale(dst, dst, 0, -1, 1)
}

// timesSigmoidSlope multiplies d by y*(1-y), the slope of the sigmoid where it
// is y.
func (v *vectors[T]) timesSigmoidSlope(d, y, tmp []T) {
	v.mul(d, d, y)
	v.centreScale(tmp, y, 0, -1, 1)
	v.mul(d, d, tmp)
}
