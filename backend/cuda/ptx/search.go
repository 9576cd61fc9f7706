package ptx

import (
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// SearchSorted returns the kernel that finds where values would stand in sorted
// lines, by halving: before equal elements or, with right, after them. NaN
// stands last. All operands are dense.
//
// Words: the number of values; the addresses of the lines, the values and the
// int64 places; the length of a line; how many values share one; how far apart
// lines are in bytes, 0 if there is only one.
func SearchSorted(d dtype.DType, right bool) *Kernel {
	b := newBuilder()
	count, sorted, x, out, length, values, apart := b.param(), b.param(), b.param(), b.param(), b.param(), b.param(), b.param()
	i := b.element()
	done := b.label()
	b.jumpIf(b.do(pred, "setp.ge.u64", i, b.load(b64, count)), done)
	line := b.do(b64, "div.u64", i, b.load(b64, values))
	base := b.do(b64, "mad.lo.s64", line, b.load(b64, apart), b.load(b64, sorted))
	w, k := sums(d)
	t := w.typ(k)
	v := b.fetch(w, d, k, b.do(b64, "mad.lo.s64", i, number(d.Size()), b.load(b64, x)))

	lo, hi := b.new(b64), b.new(b64)
	b.set(lo, "mov.u64", "0")
	b.set(hi, "mov.u64", b.load(b64, length))
	again, found := b.label(), b.label()
	b.place(again)
	b.jumpIf(b.do(pred, "setp.ge.u64", lo, hi), found)
	middle := b.do(b64, "shr.u64", b.do(b64, "add.s64", lo, hi), "1")
	s := b.fetch(w, d, k, b.do(b64, "mad.lo.s64", middle, number(d.Size()), base))
	before := "setp.le."
	if right {
		before = "setp.lt."
	}
	after := b.do(pred, before+t, v, s) // the place is at or before the middle
	if k == pointwise.Float {
		nan := b.do(pred, "setp.nan."+t, s, s)
		if right {
			nan = b.do(pred, "and.pred", nan, b.do(pred, "setp.num."+t, v, v))
		}
		after = b.do(pred, "or.pred", after, nan)
	}
	b.set(hi, "selp.b64", middle, hi, after)
	b.set(lo, "selp.b64", lo, b.do(b64, "add.s64", middle, "1"), after)
	b.jump(again)
	b.place(found)
	b.emit("st.global.u64", "["+b.do(b64, "mad.lo.s64", i, "8", b.load(b64, out))+"]", lo)
	b.place(done)
	b.emit("ret")
	return b.kernel("searchsorted", Threads)
}
