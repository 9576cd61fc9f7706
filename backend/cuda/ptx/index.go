package ptx

import (
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// word says how elements of a size are moved without looking at them.
func word(size int) (string, class) {
	switch size {
	case 1:
		return "u8", b32
	case 2:
		return "u16", b32
	case 4:
		return "b32", b32
	}
	return "b64", b64
}

// index loads an index as 64 bits and jumps to bad if it is not below the size
// of its axis, a parameter word, after it has left a 1 and the index in the two
// words of the cell for errors, whose address is another.
func (b *builder) index(d dtype.DType, address string, size, cell int) (index, bad string) {
	index = b.fetch(widths{int64: true}, d, pointwise.Int, address)
	bad, good := b.label(), b.label()
	b.jumpIf(b.do(pred, "setp.lt.u64", index, b.load(b64, size)), good)
	at := b.load(b64, cell)
	b.emit("st.global.u64", "["+at+"+8]", index)
	b.emit("st.global.u64", "["+at+"]", "1")
	b.jump(bad)
	b.place(good)
	return index, bad
}

// Gather returns the kernel that moves x[index[i]] to y[i], elements of the
// given size along one axis.
//
// Words: the number of elements; the addresses of x, of the indices and of y;
// the size and the stride in bytes of x's axis; the address of the cell for
// errors; sizes and strides, as Pointwise takes them, of x with a stride of 0
// along the axis, the indices, and y.
func Gather(size int, index dtype.DType, rank int) *Kernel {
	b := newBuilder()
	count, x, idx, y, axis, step, cell := b.param(), b.param(), b.param(), b.param(), b.param(), b.param(), b.param()
	at := b.strided(max(rank, 1), 3, true)
	i := b.element()
	done := b.label()
	b.jumpIf(b.do(pred, "setp.ge.u64", i, b.load(b64, count)), done)
	off := at.offsets(i)
	v, bad := b.index(index, b.do(b64, "add.s64", off[1], b.load(b64, idx)), axis, cell)
	from := b.do(b64, "mad.lo.s64", v, b.load(b64, step), b.do(b64, "add.s64", off[0], b.load(b64, x)))
	t, c := word(size)
	b.emit("st.global."+t, "["+b.do(b64, "add.s64", off[2], b.load(b64, y))+"]", b.do(c, "ld.global."+t, "["+from+"]"))
	b.place(bad)
	b.place(done)
	b.emit("ret")
	return b.kernel("gather", Threads)
}

// Scatter returns the kernel that stores src[i] to y[index[i]] along an axis, or
// with add adds it there. A thread does a line along the axis, in order, so
// that the last of several wins, and sums are the same on every run.
//
// Words: the number of lines, the length of each; the addresses of the indices,
// of src and of y; the size of y's axis; the strides in bytes along it of the
// indices, src and y; the address of the cell for errors; sizes and strides of
// the lines, as Pointwise takes them, in the indices, src and y.
func Scatter(src, y, index dtype.DType, add bool, rank int) *Kernel {
	b := newBuilder()
	count, length, idx, from, to, axis, steps, cell := b.param(), b.param(), b.param(), b.param(), b.param(), b.param(), b.params(3), b.param()
	at := b.strided(max(rank, 1), 3, true)
	i := b.element()
	done := b.label()
	b.jumpIf(b.do(pred, "setp.ge.u64", i, b.load(b64, count)), done)
	off := at.offsets(i)
	pi, ps := b.new(b64), b.new(b64)
	b.set(pi, "add.s64", off[0], b.load(b64, idx))
	b.set(ps, "add.s64", off[1], b.load(b64, from))
	base := b.do(b64, "add.s64", off[2], b.load(b64, to))
	n := b.new(b64)
	b.set(n, "mov.u64", b.load(b64, length))
	loop := b.label()
	b.place(loop)
	b.jumpIf(b.do(pred, "setp.eq.u64", n, "0"), done)
	v, bad := b.index(index, pi, axis, cell)
	target := b.do(b64, "mad.lo.s64", v, b.load(b64, steps+2), base)
	if add {
		w, k := sums(y)
		x := b.fetch(w, src, k, ps)
		sum := b.combine(w.class(k), op.BySum, b.fetch(w, y, k, target), x)
		b.store(w, y, k, sum, target)
	} else {
		t, c := word(src.Size())
		b.emit("st.global."+t, "["+target+"]", b.do(c, "ld.global."+t, "["+ps+"]"))
	}
	b.place(bad)
	b.set(pi, "add.s64", pi, b.load(b64, steps))
	b.set(ps, "add.s64", ps, b.load(b64, steps+1))
	b.set(n, "sub.u64", n, "1")
	b.jump(loop)
	b.place(done)
	b.emit("ret")
	return b.kernel("scatter", Threads)
}

// sums says in what elements of type d are added up.
func sums(d dtype.DType) (widths, pointwise.Kind) {
	if d.IsFloat() {
		return widths{float64: d == dtype.Float64}, pointwise.Float
	}
	return widths{int64: true}, pointwise.Int
}
