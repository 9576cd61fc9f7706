package ptx

import (
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// A ScatterReduction says what kernel ScatterReduce writes.
type ScatterReduction struct {
	Index, Src, Y dtype.DType
	By            op.By
	// Counted keeps the number of elements that arrive at each place of y, int32;
	// with ExcludeSelf the first replaces what is there.
	Counted, ExcludeSelf bool
	Rank                 int // of the lines
}

// ScatterReduce returns the kernel that combines src[i] with y[index[i]] along
// an axis. A thread does a line, in order, so that results are the same on
// every run.
//
// Words: the size of y's axis; its stride in bytes, and that of the counts; the
// address of the cell for errors; those of beginLine for the indices, src, y
// and, if Counted, the counts, where the last two do not move along the line.
func ScatterReduce(r ScatterReduction) *Kernel {
	b := newBuilder()
	axis, step, counts, cell := b.param(), b.param(), b.param(), b.param()
	operands := 3
	if r.Counted {
		operands = 4
	}
	l := b.beginLine(operands, r.Rank)
	w, k := sums(r.Y)
	c := w.class(k)
	b.place(l.loop)
	b.jumpIf(b.do(pred, "setp.eq.u64", l.n, "0"), l.done)
	at, bad := b.index(r.Index, l.at[0], axis, cell)
	target := b.do(b64, "mad.lo.s64", at, b.load(b64, step), l.at[2])
	x := b.fetch(w, r.Src, k, l.at[1])
	y := b.combine(c, r.By, b.fetch(w, r.Y, k, target), x)
	if r.Counted {
		place := b.do(b64, "mad.lo.s64", at, b.load(b64, counts), l.at[3])
		n := b.do(b32, "ld.global.u32", "["+place+"]")
		if r.ExcludeSelf {
			y = b.do(c, "selp."+untyped(c), x, y, b.do(pred, "setp.eq.u32", n, "0"))
		}
		b.emit("st.global.u32", "["+place+"]", b.do(b32, "add.u32", n, "1"))
	}
	b.store(w, r.Y, k, y, target)
	b.place(bad)
	l.next()
	b.jump(l.loop)
	b.place(l.done)
	b.emit("ret")
	return b.kernel("scatterreduce", Threads)
}
