package cpu

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/gemm"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

func init() {
	kernels[op.LSTM] = func(c *backend.Call) error {
		return recur(c, func(l *lstm[float32]) { l.forward() }, func(l *lstm[float64]) { l.forward() })
	}
	kernels[op.LSTMGrad] = func(c *backend.Call) error {
		if len(c.In) > 6 {
			return errOther
		}
		return recur(c, func(l *lstm[float32]) { l.backward() }, func(l *lstm[float64]) { l.backward() })
	}
}

func recur(c *backend.Call, f32 func(*lstm[float32]), f64 func(*lstm[float64])) error {
	h := holder{c: c}
	defer h.put()
	switch c.In[0].DType {
	case dtype.Float32:
		f32(newLSTM(&h, &vectors32, gemm.TilerF32()))
	case dtype.Float64:
		f64(newLSTM(&h, &vectors64, gemm.TilerF64()))
	default:
		return errOther
	}
	return nil
}

// lstmUnits is how many hidden units are computed together: product, gates and
// state of theirs without leaving the cache. Threads share out such blocks, and
// wait for each other once a step.
const lstmUnits = 32

// lstm is one call of LSTM or LSTMGrad.
type lstm[T float32 | float64] struct {
	*holder
	v      *vectors[T]
	tiler  gemm.Tiler[T]
	attrs  op.LSTMAttrs
	n, h   int // batch and hidden units
	steps  int
	w      []T // the weights, and their strides
	rs, cs int
	in     [][]T // the operands, row-major, but for the weights
	out    [][]T
}

func newLSTM[T float32 | float64](h *holder, v *vectors[T], tiler gemm.Tiler[T]) *lstm[T] {
	c := h.c
	a, _ := c.Attrs.(op.LSTMAttrs)
	at, gates := 1, &c.In[0]
	if c.Op == op.LSTMGrad {
		at, gates = 0, &c.In[3]
	}
	w := &c.In[at]
	l := &lstm[T]{holder: h, v: v, tiler: tiler, attrs: a, steps: gates.Shape[0], n: gates.Shape[1], h: w.Shape[1],
		w: elements[T](w), rs: w.Strides[0], cs: w.Strides[1]}
	for i := range c.In {
		var mem []T
		if i != at {
			mem = flat[T](h, &c.In[i])
		}
		l.in = append(l.in, mem)
	}
	for i := range c.Out {
		l.out = append(l.out, dense[T](&c.Out[i]))
	}
	return l
}

func (l *lstm[T]) blocks() int { return (l.h + lstmUnits - 1) / lstmUnits }

// units returns the hidden units of a block: the first, and how many.
func (l *lstm[T]) units(block int) (first, n int) {
	first = block * lstmUnits
	return first, min(lstmUnits, l.h-first)
}

// at returns step number i of x [t, n, ...], whose steps have size elements;
// first before the first step.
func (l *lstm[T]) at(x []T, i, size int, first []T) []T {
	if i < 0 {
		return first
	}
	if l.attrs.Reverse {
		i = l.steps - 1 - i
	}
	return x[i*size:][:size]
}

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

// forward computes step by step. The weights of each gate of each block are laid
// out once.
func (l *lstm[T]) forward() {
	if l.n == 0 || l.h == 0 {
		return
	}
	v, n, h := l.v, l.n, l.h
	x, h0, c0 := l.in[0], l.in[2], l.in[3]
	y, cs, gates := l.out[0], l.out[1], l.out[2]
	size := l.tiler.Size(h, lstmUnits)
	panels := borrow[T](l.holder, l.blocks()*4*size)
	par.For(l.blocks()*4, 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			u, m := l.units(i / 4)
			l.tiler.Pack(panels[i*size:], l.w[(i%4*h+u)*l.rs:], l.cs, l.rs, h, m)
		}
	})
	for i := range l.steps {
		xt, gt, yt, ct := l.at(x, i, n*4*h, nil), l.at(gates, i, n*4*h, nil), l.at(y, i, n*h, nil), l.at(cs, i, n*h, nil)
		before, cBefore := l.at(y, i-1, n*h, h0), l.at(cs, i-1, n*h, c0)
		par.For(l.blocks(), 1, func(lo, hi int) {
			mem, b := scratch.Get[T](6 * n * lstmUnits)
			defer b.Put()
			for block := lo; block < hi; block++ {
				u, m := l.units(block)
				k := n * m
				z := mem[:6*k]
				for gate, to := range [...]int{0, 1, 3, 2} { // sigmoids side by side
					part := z[to*k:][:k]
					load(part, xt[gate*h+u:], 4*h, m)
					l.tiler.Multiply(n, m, h, before, h, 1, panels[(block*4+gate)*size:], h, part, m, true)
				}
				in, forget, out, fresh, c, t := z[:k], z[k:2*k], z[2*k:3*k], z[3*k:4*k], z[4*k:5*k], z[5*k:6*k]
				v.sigmoid(z[:3*k])
				v.tanh(fresh, fresh)
				load(c, cBefore[u:], h, m)
				v.mul(c, c, forget)
				v.mul(t, in, fresh)
				v.add(c, c, t)
				v.tanh(t, c)
				v.mul(t, t, out)
				store(ct[u:], h, c, m)
				store(yt[u:], h, t, m)
				store(gt[u:], 4*h, in, m)
				store(gt[h+u:], 4*h, forget, m)
				store(gt[2*h+u:], 4*h, fresh, m)
				store(gt[3*h+u:], 4*h, out, m)
			}
		})
	}
}

// backward goes from the last step to the first. The cotangent of c stays with
// its block; that of h is the product of what the gates got a step later.
func (l *lstm[T]) backward() {
	if l.n == 0 || l.h == 0 {
		for _, mem := range l.out {
			clear(mem)
		}
		return
	}
	v, n, h := l.v, l.n, l.h
	c0, cs, gates, gy, gc := l.in[1], l.in[2], l.in[3], l.in[4], l.in[5]
	dx, dh0, dc0 := l.out[0], l.out[1], l.out[2]
	size := l.tiler.Size(4*h, lstmUnits)
	panels := borrow[T](l.holder, l.blocks()*size)
	par.For(l.blocks(), 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			u, m := l.units(i)
			l.tiler.Pack(panels[i*size:], l.w[u*l.cs:], l.rs, l.cs, 4*h, m)
		}
	})
	dcs := borrow[T](l.holder, l.blocks()*lstmUnits*n)
	clear(dcs)
	for i := l.steps - 1; i >= -1; i-- {
		par.For(l.blocks(), 1, func(lo, hi int) {
			mem, b := scratch.Get[T](8 * n * lstmUnits)
			defer b.Put()
			for block := lo; block < hi; block++ {
				u, m := l.units(block)
				k := n * m
				part := func(i int) []T { return mem[i*k:][:k] }
				dh, dc := part(0), dcs[block*lstmUnits*n:][:k]
				clear(dh)
				if i >= 0 {
					load(dh, l.at(gy, i, n*h, nil)[u:], h, m)
				}
				if i < l.steps-1 {
					l.tiler.Multiply(n, m, 4*h, l.at(dx, i+1, n*4*h, nil), 4*h, 1, panels[block*size:], 4*h, dh, m, true)
				}
				if i < 0 {
					store(dh0[u:], h, dh, m)
					store(dc0[u:], h, dc, m)
					continue
				}
				gt, dt := l.at(gates, i, n*4*h, nil), l.at(dx, i, n*4*h, nil)
				in, forget, fresh, out, t, tmp, c := part(1), part(2), part(3), part(4), part(5), part(6), part(7)
				for gate, p := range [...][]T{in, forget, fresh, out} {
					load(p, gt[gate*h+u:], 4*h, m)
				}
				load(c, l.at(cs, i, n*h, nil)[u:], h, m)
				v.tanh(t, c)
				v.mul(c, t, dh) // of out
				v.mul(dh, dh, out)
				v.oneMinusSquare(t, t)
				v.mul(dh, dh, t)
				v.add(dc, dc, dh)
				load(tmp, l.at(gc, i, n*h, nil)[u:], h, m)
				v.add(dc, dc, tmp)

				v.timesSigmoidSlope(c, out, tmp)
				store(dt[3*h+u:], 4*h, c, m)
				v.mul(c, dc, fresh)
				v.timesSigmoidSlope(c, in, tmp)
				store(dt[u:], 4*h, c, m)
				v.oneMinusSquare(fresh, fresh)
				v.mul(fresh, fresh, in)
				v.mul(fresh, fresh, dc)
				store(dt[2*h+u:], 4*h, fresh, m)
				load(c, l.at(cs, i-1, n*h, c0)[u:], h, m)
				v.mul(c, c, dc)
				v.timesSigmoidSlope(c, forget, tmp)
				store(dt[h+u:], 4*h, c, m)
				v.mul(dc, dc, forget)
			}
		})
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
