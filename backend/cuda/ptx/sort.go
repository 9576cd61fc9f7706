package ptx

import (
	"github.com/hekla-ml/hekla/dtype"
)

// Sorting lines: SortKeys makes, of each element, a word that orders as the
// element does, and its index; SortStep is one round of a bitonic network over
// pairs of both, so that equal elements keep their order; SortResult moves the
// elements. The network is the same on every run.

// SortKeys returns the kernel that makes keys. Lines are filled up to a power
// of two with pairs that come last.
//
// Words: the number of pairs; the length of a line, and when filled up; the
// addresses of x, of the keys, of the indices; the stride of x along the line,
// in bytes; sizes and strides of the lines in x, as Pointwise takes them.
func SortKeys(d dtype.DType, descending bool, rank int) *Kernel {
	b := newBuilder()
	count, length, filled, x, keys, indices, step := b.param(), b.param(), b.param(), b.param(), b.param(), b.param(), b.param()
	at := b.strided(max(rank, 1), 1, true)
	i := b.element()
	done := b.label()
	b.jumpIf(b.do(pred, "setp.ge.u64", i, b.load(b64, count)), done)
	line := b.do(b64, "div.u64", i, b.load(b64, filled))
	place := b.do(b64, "sub.u64", i, b.do(b64, "mul.lo.u64", line, b.load(b64, filled)))
	key := b.new(b64)
	b.set(key, "mov.u64", "0xffffffffffffffff")
	beyond := b.label()
	b.jumpIf(b.do(pred, "setp.ge.u64", place, b.load(b64, length)), beyond)
	from := b.do(b64, "mad.lo.s64", place, b.load(b64, step), at.offsets(line)[0])
	w, kind := sums(d)
	w.float64 = d.IsFloat()
	v := b.fetch(w, d, kind, b.do(b64, "add.s64", from, b.load(b64, x)))
	if d.IsFloat() {
		// Zeros of both signs are one, and all NaN are the largest.
		u := b.do(b64, "mov.b64", b.do(f64, "add.rn.f64", v, double(0)))
		flip := b.do(b64, "or.b64", b.do(b64, "shr.s64", u, "63"), "0x8000000000000000")
		u = b.do(b64, "xor.b64", u, flip)
		b.set(key, "selp.b64", "0xffffffffffffffff", u, b.do(pred, "setp.nan.f64", v, v))
	} else {
		b.set(key, "xor.b64", v, "0x8000000000000000")
	}
	if descending {
		b.set(key, "not.b64", key)
	}
	b.place(beyond)
	b.emit("st.global.u64", "["+b.do(b64, "mad.lo.u64", i, "8", b.load(b64, keys))+"]", key)
	b.emit("st.global.u64", "["+b.do(b64, "mad.lo.u64", i, "8", b.load(b64, indices))+"]", place)
	b.place(done)
	b.emit("ret")
	return b.kernel("sortkeys", Threads)
}

// SortStep returns the kernel of a round: a thread compares two pairs, apart by
// a distance, and puts them in order, which turns from one block of pairs to
// the next within a line.
//
// Words: the number of threads; the addresses of the keys and the indices; the
// distance; the size of a block; the length of a line less one. All are powers
// of two but the last.
func SortStep() *Kernel {
	b := newBuilder()
	count, keys, indices, distance, block, mask := b.param(), b.param(), b.param(), b.param(), b.param(), b.param()
	t := b.element()
	done := b.label()
	b.jumpIf(b.do(pred, "setp.ge.u64", t, b.load(b64, count)), done)
	j := b.load(b64, distance)
	low := b.do(b64, "and.b64", t, b.do(b64, "sub.u64", j, "1"))
	i := b.do(b64, "sub.u64", b.do(b64, "shl.b64", t, "1"), low)
	kp, ip := b.do(b64, "mad.lo.u64", i, "8", b.load(b64, keys)), b.do(b64, "mad.lo.u64", i, "8", b.load(b64, indices))
	kq, iq := b.do(b64, "mad.lo.u64", j, "8", kp), b.do(b64, "mad.lo.u64", j, "8", ip)
	load := func(at string) string { return b.do(b64, "ld.global.u64", "["+at+"]") }
	k0, k1, i0, i1 := load(kp), load(kq), load(ip), load(iq)
	more := b.do(pred, "setp.gt.u64", k0, k1)
	tie := b.do(pred, "and.pred", b.do(pred, "setp.eq.u64", k0, k1), b.do(pred, "setp.gt.u64", i0, i1))
	swap := b.do(pred, "or.pred", more, tie)
	within := b.do(b64, "and.b64", i, b.load(b64, mask))
	down := b.do(pred, "setp.ne.u64", b.do(b64, "and.b64", within, b.load(b64, block)), "0")
	b.jumpUnless(b.do(pred, "xor.pred", swap, down), done)
	for _, s := range [...][2]string{{kp, k1}, {kq, k0}, {ip, i1}, {iq, i0}} {
		b.emit("st.global.u64", "["+s[0]+"]", s[1])
	}
	b.place(done)
	b.emit("ret")
	return b.kernel("sortstep", Threads)
}

// SortResult returns the kernel that moves elements of a size to their places
// and stores where they came from.
//
// Words: the number of elements; the length of a line, and when filled up; the
// addresses of x, of the indices in order, of the results; the strides in bytes
// along the line of x and of both results; sizes and strides of the lines of
// the three, as Pointwise takes them.
func SortResult(size, rank int) *Kernel {
	b := newBuilder()
	count, length, filled, x, indices, results, steps := b.param(), b.param(), b.param(), b.param(), b.param(), b.params(2), b.params(3)
	at := b.strided(max(rank, 1), 3, true)
	i := b.element()
	done := b.label()
	b.jumpIf(b.do(pred, "setp.ge.u64", i, b.load(b64, count)), done)
	line := b.do(b64, "div.u64", i, b.load(b64, length))
	place := b.do(b64, "sub.u64", i, b.do(b64, "mul.lo.u64", line, b.load(b64, length)))
	pair := b.do(b64, "mad.lo.u64", line, b.load(b64, filled), place)
	from := b.do(b64, "ld.global.u64", "["+b.do(b64, "mad.lo.u64", pair, "8", b.load(b64, indices))+"]")
	off := at.offsets(line)
	address := func(k, base int, place string) string {
		return b.do(b64, "add.s64", b.do(b64, "mad.lo.s64", place, b.load(b64, steps+k), off[k]), b.load(b64, base))
	}
	t, c := word(size)
	v := b.do(c, "ld.global."+t, "["+address(0, x, from)+"]")
	b.emit("st.global."+t, "["+address(1, results, place)+"]", v)
	b.emit("st.global.u64", "["+address(2, results+1, place)+"]", from)
	b.place(done)
	b.emit("ret")
	return b.kernel("sortresult", Threads)
}
