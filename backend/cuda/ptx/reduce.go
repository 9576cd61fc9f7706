package ptx

import (
	"math"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// A Reduction says what kernel Reduce writes.
type Reduction struct {
	// Spec is the function that is folded; its output is float32, float64 or
	// int64. Sums and products of float32s are kept in float64: reductions wait
	// for memory, and sums that are exact, as those of a few equal numbers,
	// matter to what is computed from them.
	pointwise.Spec
	By     op.By
	Out    dtype.DType // of the results
	Divide bool        // by a parameter, at the end
	// Kept and Reduced are the numbers of axes on either side.
	Kept, Reduced int
	// Team is how many threads fold one output, a power of two up to Threads.
	Team int
	// Columns says that threads side by side work on outputs side by side, not
	// on elements of one output.
	Columns bool
	// Index says that the program reads the element's number: a last operand,
	// without memory, whose strides are those of the number.
	Index bool
	Wide  bool // count in 64 bits
}

// Reduce returns the kernel of r. Each output is folded by a team whose member
// i takes elements i, i+Team, ... in order; the members' sums meet in a binary
// tree. So the order is that of the shape, and the same on every run.
//
// Words: the number of outputs; of elements of each; of elements that a row of
// the grid takes: row y of the grid writes to outputs y*n and on. Then the
// address of each input and of the output; the uniforms; the divisor, in the
// type of the sums; sizes and strides, as Pointwise takes them, of the kept
// axes, then of the reduced ones.
func Reduce(r Reduction) *Kernel {
	spec := expanded(r.Spec)
	w := widthsOf(spec)
	kind := spec.Code[spec.Outputs[0]].Kind
	sum := w // the widths of what is summed
	sum.float64 = r.Double()
	c := sum.class(kind)
	b := newBuilder()
	outputs, elements, share := b.param(), b.param(), b.param()
	bases, target, uniforms := b.params(len(spec.In)), b.param(), b.params(len(spec.Uniforms))
	divisor := b.param()
	operands := len(spec.In)
	if r.Index {
		operands++
	}
	kept, reduced := b.strided(r.Kept, operands, r.Wide), b.strided(r.Reduced, operands, r.Wide)

	rows := Threads / r.Team
	tid := b.do(b32, "mov.u32", "%tid.x")
	lane, row := b.do(b32, "rem.u32", tid, number(r.Team)), b.do(b32, "div.u32", tid, number(r.Team))
	apart := 1 // of neighbours in a team, in threads
	if r.Columns {
		lane, row = b.do(b32, "div.u32", tid, number(rows)), b.do(b32, "rem.u32", tid, number(rows))
		apart = rows
	}
	o := b.do(b64, "mad.wide.u32", b.do(b32, "mov.u32", "%ctaid.x"), number(rows), b.do(b64, "cvt.u64.u32", row))
	n := b.load(b64, outputs)
	inside := b.do(pred, "setp.lt.u64", o, n)
	piece := b.do(b64, "cvt.u64.u32", b.do(b32, "mov.u32", "%ctaid.y"))

	acc := b.new(c)
	b.start(acc, c, r.By)
	folded := b.label()
	b.jumpUnless(inside, folded)
	at := make([]string, operands)
	if r.Kept > 0 {
		at = kept.offsets(o)
	}
	k := b.new(b64)
	length := b.load(b64, share)
	b.set(k, "mul.lo.u64", piece, length)
	end := b.do(b64, "min.u64", b.do(b64, "add.u64", k, length), b.load(b64, elements))
	b.set(k, "add.u64", k, b.do(b64, "cvt.u64.u32", lane))
	loop := b.label()
	b.place(loop)
	b.jumpIf(b.do(pred, "setp.ge.u64", k, end), folded)
	x := b.operand(spec, w, r, at, reduced, bases, uniforms, k)
	if sum.class(kind) != w.class(kind) {
		x = b.do(f64, "cvt.f64.f32", x)
	}
	b.set(acc, "mov."+untyped(c), b.combine(c, r.By, acc, x))
	b.set(k, "add.u64", k, number(r.Team))
	b.jump(loop)
	b.place(folded)

	b.tree(c, r, acc, tid, lane, apart)
	done := b.label()
	b.jumpUnless(inside, done)
	if r.Team > 1 {
		b.jumpIf(b.do(pred, "setp.ne.u32", lane, "0"), done)
	}
	y := acc
	if r.Divide {
		y = b.do(c, "div.rn."+sum.typ(kind), y, b.load(c, divisor))
	}
	where := b.do(b64, "mad.lo.u64", piece, n, o)
	where = b.do(b64, "mad.lo.u64", where, number(r.Out.Size()), b.load(b64, target))
	b.store(sum, r.Out, kind, y, where)
	b.place(done)
	b.emit("ret")
	return b.kernel("reduce", Threads)
}

// Double reports whether float sums are kept, and divided, in float64.
func (r Reduction) Double() bool { return r.Float64() || r.By == op.BySum || r.By == op.ByProd }

// operand evaluates the program on element k of the output whose operands
// begin at the given offsets.
func (b *builder) operand(s pointwise.Spec, w widths, r Reduction, at []string, reduced strides, bases, uniforms int, k string) string {
	offsets := at
	if r.Reduced > 0 {
		offsets = reduced.offsets(k)
		for i := range offsets {
			if at[i] != "" {
				offsets[i] = b.do(b64, "add.s64", offsets[i], at[i])
			}
		}
	}
	e := &evaluation{builder: b, widths: w}
	e.input = func(i int) string {
		address := b.load(b64, bases+i)
		if offsets[i] != "" {
			address = b.do(b64, "add.s64", address, offsets[i])
		}
		return b.fetch(w, s.In[i], s.Inputs[i], address)
	}
	e.uniform = func(i int, kind pointwise.Kind) string { return b.scalar(w, uniforms+i, kind) }
	e.index = func() string {
		if i := offsets[len(offsets)-1]; i != "" {
			return i
		}
		return b.do(b64, "mov.u64", "0")
	}
	return e.program(s.Program)[0]
}

// tree joins the sums of a team by way of shared memory, so that its first
// member has the sum of all.
func (b *builder) tree(c class, r Reduction, acc, tid, lane string, apart int) {
	if r.Team == 1 {
		return
	}
	size := 4
	if c == f64 || c == b64 {
		size = 8
	}
	b.array("sums", size*Threads)
	base := b.do(b32, "mov.u32", "sums")
	mine := b.do(b32, "mad.lo.u32", tid, number(size), base)
	for half := r.Team / 2; half > 0; half /= 2 {
		b.emit("st.shared."+untyped(c), "["+mine+"]", acc)
		b.emit("bar.sync", "0")
		after := b.label()
		b.jumpIf(b.do(pred, "setp.ge.u32", lane, number(half)), after)
		other := b.do(c, "ld.shared."+untyped(c), "["+mine+"+"+number(half*apart*size)+"]")
		b.set(acc, "mov."+untyped(c), b.combine(c, r.By, acc, other))
		b.place(after)
		if half > 1 {
			b.emit("bar.sync", "0")
		}
	}
}

// untyped is the suffix of moves of a class.
func untyped(c class) string { return classes[c].name }

// start sets acc to the result of folding nothing.
func (b *builder) start(acc string, c class, by op.By) {
	x := [...]float64{op.BySum: 0, op.ByProd: 1, op.ByMax: math.Inf(-1), op.ByMin: math.Inf(1)}[by]
	switch c {
	case f32:
		b.set(acc, "mov.f32", single(x))
	case f64:
		b.set(acc, "mov.f64", double(x))
	case b64:
		b.set(acc, "mov.b64", number(int(whole(x))))
	}
}

// combine joins two sums.
func (b *builder) combine(c class, by op.By, x, y string) string {
	t := map[class]string{f32: "f32", f64: "f64", b64: "s64"}[c]
	if c == b64 {
		return b.do(c, [...]string{op.BySum: "add.s64", op.ByProd: "mul.lo.s64", op.ByMax: "max.s64", op.ByMin: "min.s64"}[by], x, y)
	}
	switch by {
	case op.BySum:
		return b.do(c, "add.rn."+t, x, y)
	case op.ByProd:
		return b.do(c, "mul.rn."+t, x, y)
	case op.ByMax:
		return b.extreme(c, "max."+t, t, x, y)
	}
	return b.extreme(c, "min."+t, t, x, y)
}
