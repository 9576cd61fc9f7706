package ptx

import (
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// A Pool says what kernel Windows writes.
type Pool struct {
	In, Out  dtype.DType
	Rank     int  // of the leading axes
	Max      bool // the largest element and its index, else the mean
	Adaptive bool // windows spread evenly, else by size, stride, padding
	// ExcludePad and Divisor are those of op.PoolAttrs, for means.
	ExcludePad, Divisor bool
}

// spatial axes: windows always have three.
const spatial = 3

// Windows returns the kernel that pools over windows, a thread to each.
//
// Words: the number of windows, and of those of one lead; the addresses of x, of the result and of
// the indices; the divisor; for each of three spatial axes, the outer ones of
// size 1, the size of x, the number of windows, the size of one, stride,
// padding, dilation and the stride of x in bytes; sizes and strides of the
// leading axes in x, as Pointwise takes them.
func Windows(p Pool) *Kernel {
	b := newBuilder()
	count, per := b.param(), b.param()
	x, y, indices, divisor := b.param(), b.param(), b.param(), b.param()
	axes := b.axes()
	lead := b.strided(max(p.Rank, 1), 1, true)

	i := b.element()
	done := b.label()
	b.jumpIf(b.do(pred, "setp.ge.u64", i, b.load(b64, count)), done)
	outer := b.do(b64, "div.u64", i, b.load(b64, per))
	place := b.places(i, axes, func(a axis) int { return a.windows })
	base := b.do(b64, "add.s64", lead.offsets(outer)[0], b.load(b64, x))
	var spans [spatial]span
	for k, a := range axes {
		spans[k] = b.span(a, place[k], p.Adaptive)
	}
	w, kind := sums(p.In)
	if !p.Max {
		w.float64 = true
	}
	c := w.class(kind)
	acc, at := b.new(c), b.new(b64)
	b.set(acc, "mov."+untyped(c), b.zero(w, kind))
	b.set(at, "mov.s64", "-1")
	b.loop(spans[0].first, spans[0].end, spans[0].step, func(p0 string) {
		b.loop(spans[1].first, spans[1].end, spans[1].step, func(p1 string) {
			b.loop(spans[2].first, spans[2].end, spans[2].step, func(p2 string) {
				from := base
				for k, q := range [spatial]string{p0, p1, p2} {
					from = b.do(b64, "mad.lo.s64", q, b.load(b64, axes[k].bytes), from)
				}
				v := b.fetch(w, p.In, kind, from)
				if !p.Max {
					b.set(acc, "add.rn.f64", acc, v)
					return
				}
				n := b.do(b64, "mad.lo.s64", p0, b.load(b64, axes[1].size), p1)
				n = b.do(b64, "mad.lo.s64", n, b.load(b64, axes[2].size), p2)
				better := b.do(pred, "setp.gt."+w.typ(kind), v, acc)
				if kind == pointwise.Float {
					better = b.do(pred, "or.pred", better, b.do(pred, "setp.nan."+w.typ(kind), v, v))
					better = b.do(pred, "and.pred", better, b.do(pred, "setp.num."+w.typ(kind), acc, acc))
				}
				better = b.do(pred, "or.pred", better, b.do(pred, "setp.lt.s64", at, "0"))
				b.set(acc, "selp."+untyped(c), v, acc, better)
				b.set(at, "selp.b64", n, at, better)
			})
		})
	})
	if p.Max {
		b.emit("st.global.u64", "["+b.do(b64, "mad.lo.u64", i, "8", b.load(b64, indices))+"]", at)
	} else {
		b.set(acc, "div.rn.f64", acc, b.weight(p, spans, divisor))
	}
	b.store(w, p.Out, kind, acc, b.do(b64, "mad.lo.u64", i, number(p.Out.Size()), b.load(b64, y)))
	b.place(done)
	b.emit("ret")
	return b.kernel("windows", Threads)
}

// Spread returns the kernel of the gradient of a pooling: a thread adds up what the
// windows that hold its element have for it, of the largest those whose index is
// the element's. Words are those of Windows, where x is what the windows have and
// the result has the elements.
func Spread(p Pool) *Kernel {
	b := newBuilder()
	count, per := b.param(), b.param()
	x, y, indices, divisor := b.param(), b.param(), b.param(), b.param()
	axes := b.axes()
	lead := b.strided(max(p.Rank, 1), 1, true)

	i := b.element()
	done := b.label()
	b.jumpIf(b.do(pred, "setp.ge.u64", i, b.load(b64, count)), done)
	outer := b.do(b64, "div.u64", i, b.load(b64, per))
	own := b.do(b64, "sub.u64", i, b.do(b64, "mul.lo.u64", outer, b.load(b64, per)))
	place := b.places(i, axes, func(a axis) int { return a.size })
	base := b.do(b64, "add.s64", lead.offsets(outer)[0], b.load(b64, x))
	w := widths{float64: true}
	acc := b.new(f64)
	b.set(acc, "mov.f64", double(0))
	var first, end [spatial]string
	for k, a := range axes {
		first[k], end[k] = b.holders(a, place[k], p.Adaptive)
	}
	var spans [spatial]span
	var at [spatial]string
	var nested func(k int)
	nested = func(k int) {
		if k == spatial {
			from := base
			for j, q := range at {
				from = b.do(b64, "mad.lo.s64", q, b.load(b64, axes[j].bytes), from)
			}
			if p.Max {
				n := outer
				for j, q := range at {
					n = b.do(b64, "mad.lo.s64", n, b.load(b64, axes[j].windows), q)
				}
				index := b.do(b64, "ld.global.u64", "["+b.do(b64, "mad.lo.u64", n, "8", b.load(b64, indices))+"]")
				other := b.label()
				b.jumpIf(b.do(pred, "setp.ne.s64", index, own), other)
				b.set(acc, "add.rn.f64", acc, b.fetch(w, p.In, pointwise.Float, from))
				b.place(other)
				return
			}
			v := b.fetch(w, p.In, pointwise.Float, from)
			b.set(acc, "add.rn.f64", acc, b.do(f64, "div.rn.f64", v, b.weight(p, spans, divisor)))
			return
		}
		b.loop(first[k], end[k], "1", func(o string) {
			at[k], spans[k] = o, b.span(axes[k], o, p.Adaptive)
			nested(k + 1)
		})
	}
	nested(0)
	b.store(w, p.Out, pointwise.Float, acc, b.do(b64, "mad.lo.u64", i, number(p.Out.Size()), b.load(b64, y)))
	b.place(done)
	b.emit("ret")
	return b.kernel("spread", Threads)
}

// axis holds the parameter words of a spatial axis.
type axis struct{ size, windows, kernel, stride, pad, dilation, bytes int }

func (b *builder) axes() (a [spatial]axis) {
	for k := range a {
		n := b.params(7)
		a[k] = axis{n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6}
	}
	return a
}

// places splits the last digits off a number, one for each axis.
func (b *builder) places(i string, axes [spatial]axis, size func(a axis) int) (out [spatial]string) {
	for k := spatial - 1; k >= 0; k-- {
		n := b.load(b64, size(axes[k]))
		q := b.do(b64, "div.u64", i, n)
		out[k] = b.do(b64, "sub.s64", i, b.do(b64, "mul.lo.s64", q, n))
		i = q
	}
	return out
}

// A span is where a window lies on an axis, in registers: from first, before
// end, by steps; and how many elements it has there with padding.
type span struct{ first, end, step, padded string }

// span returns window o of an axis, cut to where there are elements.
func (b *builder) span(a axis, o string, adaptive bool) span {
	size := b.load(b64, a.size)
	if adaptive {
		m := b.load(b64, a.windows)
		first := b.do(b64, "div.u64", b.do(b64, "mul.lo.u64", o, size), m)
		next := b.do(b64, "mul.lo.u64", b.do(b64, "add.u64", o, "1"), size)
		end := b.do(b64, "div.u64", b.do(b64, "sub.u64", b.do(b64, "add.u64", next, m), "1"), m)
		return span{first, end, "1", b.do(b64, "sub.s64", end, first)}
	}
	step, pad := b.load(b64, a.dilation), b.load(b64, a.pad)
	from := b.do(b64, "sub.s64", b.do(b64, "mul.lo.s64", o, b.load(b64, a.stride)), pad)
	reach := b.do(b64, "mad.lo.s64", b.do(b64, "sub.s64", b.load(b64, a.kernel), "1"), step, "1")
	end := b.do(b64, "add.s64", from, reach)
	padded := b.do(b64, "sub.s64", b.do(b64, "min.s64", end, b.do(b64, "add.s64", size, pad)), from)
	// The first element of a step that is not before the axis.
	short := b.do(b64, "max.s64", b.do(b64, "neg.s64", from), "0")
	skips := b.do(b64, "div.s64", b.do(b64, "sub.s64", b.do(b64, "add.s64", short, step), "1"), step)
	return span{b.do(b64, "mad.lo.s64", skips, step, from), b.do(b64, "min.s64", end, size), step, padded}
}

// holders returns the range of the windows that may hold element i of an axis.
func (b *builder) holders(a axis, i string, adaptive bool) (first, end string) {
	m := b.load(b64, a.windows)
	if adaptive {
		size := b.load(b64, a.size)
		first = b.do(b64, "div.u64", b.do(b64, "mul.lo.u64", i, m), size)
		next := b.do(b64, "mul.lo.u64", b.do(b64, "add.u64", i, "1"), m)
		last := b.do(b64, "div.u64", b.do(b64, "sub.u64", next, "1"), size)
		return first, b.do(b64, "min.s64", b.do(b64, "add.u64", last, "1"), m)
	}
	stride := b.load(b64, a.stride)
	at := b.do(b64, "add.s64", i, b.load(b64, a.pad))
	last := b.do(b64, "div.s64", at, stride)
	reach := b.do(b64, "mad.lo.s64", b.do(b64, "sub.s64", b.load(b64, a.kernel), "1"), b.load(b64, a.dilation), "1")
	before := b.do(b64, "max.s64", b.do(b64, "add.s64", b.do(b64, "sub.s64", at, reach), stride), "0")
	return b.do(b64, "div.s64", before, stride), b.do(b64, "min.s64", b.do(b64, "add.s64", last, "1"), m)
}

// weight returns what the sum of a window is divided by, a float64.
func (b *builder) weight(p Pool, spans [spatial]span, divisor int) string {
	if p.Divisor {
		return b.load(f64, divisor)
	}
	n := ""
	for _, s := range spans {
		size := s.padded
		if p.ExcludePad {
			size = b.do(b64, "sub.s64", s.end, s.first) // means have no dilation
		}
		if n == "" {
			n = size
		} else {
			n = b.do(b64, "mul.lo.s64", n, size)
		}
	}
	return b.do(f64, "cvt.rn.f64.s64", n)
}

// loop runs body for i from first, before end, by steps.
func (b *builder) loop(first, end, step string, body func(i string)) {
	i, again, out := b.new(b64), b.label(), b.label()
	b.set(i, "mov.u64", first)
	b.place(again)
	b.jumpIf(b.do(pred, "setp.ge.s64", i, end), out)
	body(i)
	b.set(i, "add.s64", i, step)
	b.jump(again)
	b.place(out)
}
