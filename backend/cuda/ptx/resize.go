package ptx

import (
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// Resize returns the kernel that makes each element along an axis a weighted
// sum of some others, as a table of 64-bit words says: how many taps each index
// of the result has, then for each its taps, each the index of an element, below
// 0 for none, and a float64, its weight. Operands are dense and seen as [outer,
// n, inner]. Integers have weights of 1 alone.
//
// Words: the number of elements of the result; the addresses of x, the table
// and the result; n; its size in the result; inner.
func Resize(in, out dtype.DType) *Kernel {
	b := newBuilder()
	count, x, table, y, n, size, inner := b.param(), b.param(), b.param(), b.param(), b.param(), b.param(), b.param()
	w, k := sums(in)
	c := w.class(k)
	i := b.element()
	done := b.label()
	b.jumpIf(b.do(pred, "setp.ge.u64", i, b.load(b64, count)), done)
	within := b.load(b64, inner)
	line := b.do(b64, "div.u64", i, within)
	column := b.do(b64, "sub.u64", i, b.do(b64, "mul.lo.u64", line, within))
	outer := b.do(b64, "div.u64", line, b.load(b64, size))
	place := b.do(b64, "sub.u64", line, b.do(b64, "mul.lo.u64", outer, b.load(b64, size)))
	base := b.do(b64, "mad.lo.u64", b.do(b64, "mul.lo.u64", outer, b.load(b64, n)), within, column)
	taps := b.do(b64, "ld.global.u64", "["+b.load(b64, table)+"]")
	of := b.do(b64, "mul.lo.u64", place, taps)
	sum := b.new(c)
	b.set(sum, "mov."+untyped(c), b.zero(w, k))
	b.loop("0", taps, "1", func(j string) {
		at := b.do(b64, "mad.lo.u64", b.do(b64, "add.s64", of, j), "16", b.load(b64, table))
		index := b.do(b64, "ld.global.s64", "["+at+"+8]")
		next := b.label()
		b.jumpIf(b.do(pred, "setp.lt.s64", index, "0"), next)
		from := b.do(b64, "mad.lo.u64", index, within, base)
		v := b.fetch(w, in, k, b.do(b64, "mad.lo.u64", from, number(in.Size()), b.load(b64, x)))
		if k == pointwise.Float {
			weight := b.do(f64, "ld.global.f64", "["+at+"+16]")
			if !w.float64 {
				weight = b.do(f32, "cvt.rn.f32.f64", weight)
			}
			b.set(sum, "fma.rn."+w.typ(k), v, weight, sum)
		} else {
			b.set(sum, "add.s64", sum, v)
		}
		b.place(next)
	})
	b.store(w, out, k, sum, b.do(b64, "mad.lo.u64", i, number(out.Size()), b.load(b64, y)))
	b.place(done)
	b.emit("ret")
	return b.kernel("resize", Threads)
}
