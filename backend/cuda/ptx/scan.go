package ptx

import (
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// line is a loop of one thread along each line of some operands.
type line struct {
	*builder
	at         []string // address of the current element of each operand
	n          string   // elements that are left
	loop, done string
	steps      int
}

// beginLine starts the loop. Words: the number of lines, the length of each;
// the address of each operand; its stride in bytes along the line; sizes and
// strides of the lines, as Pointwise takes them.
func (b *builder) beginLine(operands, rank int) *line {
	l := &line{builder: b, n: b.new(b64), loop: b.label(), done: b.label()}
	count, length := b.param(), b.param()
	bases := b.params(operands)
	l.steps = b.params(operands)
	at := b.strided(max(rank, 1), operands, true)
	i := b.element()
	b.jumpIf(b.do(pred, "setp.ge.u64", i, b.load(b64, count)), l.done)
	for k, off := range at.offsets(i) {
		p := b.new(b64)
		b.set(p, "add.s64", off, b.load(b64, bases+k))
		l.at = append(l.at, p)
	}
	b.set(l.n, "mov.u64", b.load(b64, length))
	return l
}

func (l *line) next() {
	for k, p := range l.at {
		l.set(p, "add.s64", p, l.load(b64, l.steps+k))
	}
	l.set(l.n, "sub.u64", l.n, "1")
}

// LinearScan returns the kernel of y[i] = x[i]*y[i-1] + z[i] along lines of floats,
// in float64: see beginLine; operands are x, z and the result.
func LinearScan(d dtype.DType, rank int) *Kernel {
	b := newBuilder()
	l := b.beginLine(3, rank)
	w := widths{float64: true}
	acc := b.new(f64)
	b.start(acc, f64, op.BySum)
	b.place(l.loop)
	b.jumpIf(b.do(pred, "setp.eq.u64", l.n, "0"), l.done)
	// An infinite or NaN factor of what is not there must not matter, so the
	// first element is not 0*a + b; but the host's reference is just that.
	b.set(acc, "mul.rn.f64", acc, b.fetch(w, d, pointwise.Float, l.at[0]))
	b.set(acc, "add.rn.f64", acc, b.fetch(w, d, pointwise.Float, l.at[1]))
	b.store(w, d, pointwise.Float, acc, l.at[2])
	l.next()
	b.jump(l.loop)
	b.place(l.done)
	b.emit("ret")
	return b.kernel("linearscan", Threads)
}

// ArgKernel returns the kernel of the index of the largest or smallest element
// of each line, the first if several are, or of the first NaN: see beginLine;
// operand 1 is the result, which has a stride of 0 along the line.
func ArgKernel(in dtype.DType, largest bool, rank int) *Kernel {
	b := newBuilder()
	l := b.beginLine(2, rank)
	w, k := sums(in)
	c := w.class(k)
	t := w.typ(k)
	best, at, i := b.new(c), b.new(b64), b.new(b64)
	b.set(best, "mov."+untyped(c), b.fetch(w, in, k, l.at[0]))
	b.set(at, "mov.u64", "0")
	b.set(i, "mov.u64", "0")
	b.place(l.loop)
	store := b.label()
	b.jumpIf(b.do(pred, "setp.eq.u64", l.n, "0"), store)
	x := b.fetch(w, in, k, l.at[0])
	name := "setp.lt."
	if largest {
		name = "setp.gt."
	}
	better := b.do(pred, name+t, x, best)
	if k == pointwise.Float {
		better = b.do(pred, "or.pred", better, b.do(pred, "setp.nan."+t, x, x))
		better = b.do(pred, "and.pred", better, b.do(pred, "setp.num."+t, best, best))
	}
	b.set(best, "selp."+untyped(c), x, best, better)
	b.set(at, "selp.b64", i, at, better)
	b.set(i, "add.s64", i, "1")
	l.next()
	b.jump(l.loop)
	b.place(store)
	b.emit("st.global.u64", "["+l.at[1]+"]", at)
	b.place(l.done)
	b.emit("ret")
	return b.kernel("arg", Threads)
}
