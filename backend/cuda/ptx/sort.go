package ptx

// SortResult returns the kernel that moves elements of a size to their places
// and stores where they came from.
//
// Words: the number of elements; the length of a line; the addresses of x, of
// where each came from, 32 bits each, of the results; the strides in bytes along
// the line of x and of both results; sizes and strides of the lines of the three,
// as Pointwise takes them.
func SortResult(size, rank int) *Kernel {
	b := newBuilder()
	count, length, x, order, results, steps := b.param(), b.param(), b.param(), b.param(), b.params(2), b.params(3)
	at := b.strided(max(rank, 1), 3, true)
	i := b.element()
	done := b.label()
	b.jumpIf(b.do(pred, "setp.ge.u64", i, b.load(b64, count)), done)
	line := b.do(b64, "div.u64", i, b.load(b64, length))
	place := b.do(b64, "sub.u64", i, b.do(b64, "mul.lo.u64", line, b.load(b64, length)))
	from := b.do(b64, "cvt.u64.u32", b.do(b32, "ld.global.u32", "["+b.do(b64, "mad.lo.u64", i, "4", b.load(b64, order))+"]"))
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
