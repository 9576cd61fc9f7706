package ptx

import (
	"fmt"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// A Tile is how a block cuts a matrix product: Rows by Columns results, Depth
// terms of each at a time, and a square of Each by Each results to a thread.
type Tile struct{ Rows, Columns, Depth, Each int }

// The tiles: for small and for large products.
var (
	SmallTile = Tile{16, 16, 8, 2}
	LargeTile = Tile{64, 64, 16, 4}
)

// Threads returns the size of a block.
func (t Tile) Threads() int { return t.Rows / t.Each * (t.Columns / t.Each) }

// MatMul returns the kernel of a product of matrices of type d, any layout. A
// block has one tile; both operands' parts of it are staged in shared memory.
// Terms are added in the order of the inner axis, by fused multiply-add and
// in stretches, in float32 for the types up to it, in float64 or in int64.
//
// Flags byRow say that an operand's elements follow each other along its last
// axis: its loads go that way. Rank is the number of leading axes.
//
// Words: the sizes m, n and k; the addresses of x, y and the result; the strides in
// bytes of x along m and k, of y along k and n; the first product of the grid's
// third axis; sizes and strides of the leading axes of x and y, as Pointwise
// takes them.
func MatMul(d dtype.DType, t Tile, xByRow, yByRow bool, rank int) *Kernel {
	m := &matmul{builder: newBuilder(), Tile: t, dtype: d, kind: pointwise.Float, class: f32, size: 4}
	switch {
	case d == dtype.Float64:
		m.class, m.size, m.widths.float64 = f64, 8, true
	case !d.IsFloat():
		m.class, m.size, m.kind, m.widths.int64 = b64, 8, pointwise.Int, true
	}
	m.write(xByRow, yByRow, rank)
	return m.kernel("matmul", t.Threads())
}

type matmul struct {
	*builder
	Tile
	widths
	dtype dtype.DType
	kind  pointwise.Kind
	class class
	size  int // of what is summed, in bytes
}

func (m *matmul) write(xByRow, yByRow bool, rank int) {
	rows, columns, depth := m.param(), m.param(), m.param()
	addresses, steps, first := m.params(3), m.params(4), m.param()
	lead := m.strided(rank, 2, false)

	tid := m.do(b32, "mov.u32", "%tid.x")
	batch := m.do(b64, "add.u64", m.do(b64, "cvt.u64.u32", m.do(b32, "mov.u32", "%ctaid.z")), m.load(b64, first))
	x, y := m.load(b64, addresses), m.load(b64, addresses+1)
	if rank > 0 {
		at := lead.offsets(batch)
		x, y = m.do(b64, "add.s64", x, at[0]), m.do(b64, "add.s64", y, at[1])
	}
	// The first row and column of the tile. Sizes fit 31 bits.
	row0 := m.do(b32, "mul.lo.u32", m.do(b32, "mov.u32", "%ctaid.y"), number(m.Rows))
	col0 := m.do(b32, "mul.lo.u32", m.do(b32, "mov.u32", "%ctaid.x"), number(m.Columns))
	rowsN, colsN, depthN := m.load(b32, rows), m.load(b32, columns), m.load(b32, depth)

	xs := m.do(b32, "mov.u32", m.array("xs", m.Rows*m.Depth*m.size))
	ys := m.do(b32, "mov.u32", m.array("ys", m.Columns*m.Depth*m.size))
	perRow := m.Columns / m.Each
	tr := m.do(b32, "mul.lo.u32", m.do(b32, "div.u32", tid, number(perRow)), number(m.Each))
	tc := m.do(b32, "mul.lo.u32", m.do(b32, "rem.u32", tid, number(perRow)), number(m.Each))
	acc := make([]string, m.Each*m.Each)
	for i := range acc {
		acc[i] = m.new(m.class)
		m.set(acc[i], "mov."+untyped(m.class), m.zero(m.widths, m.kind))
	}
	total := make([]string, len(acc))
	for i := range acc {
		total[i] = m.new(m.class)
		m.set(total[i], "mov."+untyped(m.class), m.zero(m.widths, m.kind))
	}
	xAt := m.do(b32, "mad.lo.u32", tr, number(m.size), xs)
	yAt := m.do(b32, "mad.lo.u32", tc, number(m.size), ys)

	k := m.new(b32)
	m.set(k, "mov.u32", "0")
	loop, done := m.label(), m.label()
	m.place(loop)
	m.jumpIf(m.do(pred, "setp.ge.u32", k, depthN), done)
	m.stage(tid, x, xs, k, depthN, row0, rowsN, m.Rows, steps+1, steps, xByRow)
	m.stage(tid, y, ys, k, depthN, col0, colsN, m.Columns, steps+2, steps+3, !yByRow)
	m.emit("bar.sync", "0")
	for kk := range m.Depth {
		a := m.line(xAt, kk*m.Rows)
		b := m.line(yAt, kk*m.Columns)
		for i := range m.Each {
			for j := range m.Each {
				m.multiply(acc[i*m.Each+j], a[i], b[j])
			}
		}
	}
	m.emit("bar.sync", "0")
	m.set(k, "add.u32", k, number(m.Depth))
	m.jumpIf(m.do(pred, "setp.ne.u32", m.do(b32, "and.b32", k, number(stretch-1)), "0"), loop)
	m.flush(total, acc)
	m.jump(loop)
	m.place(done)
	m.flush(total, acc)
	m.results(total, tr, tc, row0, col0, rowsN, colsN, batch, addresses+2)
	m.emit("ret")
}

// stretch is how many terms are added up before their sum is added to those of
// the stretches before: rounding errors grow with a stretch and the number of
// them, not with all terms.
const stretch = 256

// flush adds acc to total and clears it.
func (m *matmul) flush(total, acc []string) {
	op := "add.rn." + untyped(m.class)
	if m.class == b64 {
		op = "add.s64"
	}
	for i := range acc {
		m.set(total[i], op, total[i], acc[i])
		m.set(acc[i], "mov."+untyped(m.class), m.zero(m.widths, m.kind))
	}
}

// stage copies a part of an operand, width elements across by Depth along k, to
// shared memory, where it lies with k outside. What is beyond the matrix is 0.
// alongK says which of both follows in neighbouring threads.
func (m *matmul) stage(tid, base, shared, k, depthN, first, across string, width, kStep, step int, alongK bool) {
	threads := m.Threads()
	for e := 0; e < width*m.Depth; e += threads {
		id := m.do(b32, "add.u32", tid, number(e))
		var w, kk string
		if alongK {
			w, kk = m.do(b32, "div.u32", id, number(m.Depth)), m.do(b32, "rem.u32", id, number(m.Depth))
		} else {
			kk, w = m.do(b32, "div.u32", id, number(width)), m.do(b32, "rem.u32", id, number(width))
		}
		to := m.do(b32, "mad.lo.u32", kk, number(width), w)
		to = m.do(b32, "mad.lo.u32", to, number(m.size), shared)
		r, c := m.do(b32, "add.u32", first, w), m.do(b32, "add.u32", k, kk)
		inside := m.do(pred, "and.pred", m.do(pred, "setp.lt.u32", r, across), m.do(pred, "setp.lt.u32", c, depthN))
		v := m.new(m.class)
		m.set(v, "mov."+untyped(m.class), m.zero(m.widths, m.kind))
		skip := m.label()
		m.jumpUnless(inside, skip)
		at := m.do(b64, "mad.lo.s64", m.do(b64, "cvt.u64.u32", r), m.load(b64, step), base)
		at = m.do(b64, "mad.lo.s64", m.do(b64, "cvt.u64.u32", c), m.load(b64, kStep), at)
		m.set(v, "mov."+untyped(m.class), m.fetch(m.widths, m.dtype, m.kind, at))
		m.place(skip)
		m.emit("st.shared."+untyped(m.class), "["+to+"]", v)
	}
}

// line loads a thread's elements at one place of k, four bytes or more at once.
func (m *matmul) line(at string, element int) []string {
	out := make([]string, m.Each)
	for i := range out {
		out[i] = m.new(m.class)
	}
	vector := min(m.Each, 16/m.size)
	for i := 0; i < m.Each; i += vector {
		list := ""
		for j, r := range out[i : i+vector] {
			if j > 0 {
				list += ", "
			}
			list += r
		}
		m.emit(fmt.Sprintf("ld.shared.v%d.%s", vector, untyped(m.class)), "{"+list+"}", fmt.Sprintf("[%s+%d]", at, (element+i)*m.size))
	}
	return out
}

func (m *matmul) multiply(acc, x, y string) {
	switch m.class {
	case b64:
		m.set(acc, "mad.lo.s64", x, y, acc)
	default:
		m.set(acc, "fma.rn."+untyped(m.class), x, y, acc)
	}
}

// results stores what lies within the matrix.
func (m *matmul) results(acc []string, tr, tc, row0, col0, rowsN, colsN, batch string, target int) {
	base := m.load(b64, target)
	wideN := m.do(b64, "cvt.u64.u32", colsN)
	above := m.do(b64, "mul.lo.u64", batch, m.do(b64, "cvt.u64.u32", rowsN))
	r0, c0 := m.do(b32, "add.u32", row0, tr), m.do(b32, "add.u32", col0, tc)
	for i := range m.Each {
		r := m.do(b32, "add.u32", r0, number(i))
		rowOK := m.do(pred, "setp.lt.u32", r, rowsN)
		line := m.do(b64, "add.u64", above, m.do(b64, "cvt.u64.u32", r))
		line = m.do(b64, "mul.lo.u64", line, wideN)
		for j := range m.Each {
			c := m.do(b32, "add.u32", c0, number(j))
			skip := m.label()
			m.jumpUnless(m.do(pred, "and.pred", rowOK, m.do(pred, "setp.lt.u32", c, colsN)), skip)
			at := m.do(b64, "add.u64", line, m.do(b64, "cvt.u64.u32", c))
			at = m.do(b64, "mad.lo.u64", at, number(m.dtype.Size()), base)
			m.store(m.widths, m.dtype, m.kind, acc[i*m.Each+j], at)
			m.place(skip)
		}
	}
}
