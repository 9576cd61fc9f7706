package kernel

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// A Scan is a running operation along an axis.
type Scan uint8

// The scans. ScanMax and ScanMin give the index of the element too; ScanLinear
// has two inputs.
const (
	ScanSum Scan = iota
	ScanProd
	ScanMax
	ScanMin
	ScanLinear
	ScanLogSumExp
	ScanFirstMax // like ScanMax, but of equal elements the first counts
	ScanFirstMin
)

// A ScanPart is what a kernel does of a scan whose lines are cut into blocks.
type ScanPart uint8

// The parts. A state is what a scan has to know of the elements before.
const (
	ScanTotals ScanPart = iota // makes the state after each block by itself
	ScanCarry                  // makes them the states before each block of a line
	ScanBlocks                 // scans each block from there on
	ScanLast                   // gives the index that the state after all blocks holds
)

// logAddExp is what ScanLogSumExp does with each element, by the type it
// computes in.
var logAddExp = func() map[spirv.Type]*pointwise.Program {
	f, _ := op.LogAddExp.Lower([]op.Meta{{DType: dtype.Float32}, {DType: dtype.Float32}}, nil)
	return map[spirv.Type]*pointwise.Program{spirv.Float: pointwise.ExpandStraight(f.Program), spirv.Double: pointwise.ExpandFloat64(f.Program)}
}()

// ScanKey identifies what ScanLine returns.
func ScanKey(s Scan, in, out dtype.DType, reverse bool) string {
	return fmt.Sprintf("scan %d %v %v %t", s, in, out, reverse)
}

// ScanPartKey identifies what ScanPartOf returns.
func ScanPartKey(p ScanPart, s Scan, in, out dtype.DType, reverse bool) string {
	return fmt.Sprintf("scanpart %d %s", p, ScanKey(s, in, out, reverse))
}

// ScanState returns the element type of both numbers of a state: the running
// value, and what rounding took from a sum, the index of an extreme element, or
// the factor that a linear scan multiplies what was before with.
func ScanState(s Scan, in, out dtype.DType) (value, more dtype.DType) {
	value = out
	if out.IsFloat() {
		value = dtype.Float32
		if out == dtype.Float64 {
			value = out
		}
	}
	if s.extreme() || !out.IsFloat() {
		return value, dtype.Int32
	}
	return value, value
}

func (s Scan) extreme() bool {
	return s == ScanMax || s == ScanMin || s == ScanFirstMax || s == ScanFirstMin
}

// A scanner is a running operation in one invocation.
type scanner struct {
	*emitter
	s           Scan
	in, out     dtype.DType
	reverse     bool
	kind        pointwise.Kind
	w           spirv.Widths
	acc, more   spirv.Var // the state
	moreIsIndex bool      // or is not used
}

func newScanner(s Scan, in, out dtype.DType, reverse bool, buffers, params int) *scanner {
	c := &scanner{
		emitter: newEmitter(Size, buffers, params), s: s, in: in, out: out, reverse: reverse,
		kind: kindOf(out), w: spirv.WidthsOf(pointwise.Spec{In: []dtype.DType{in}, Out: []dtype.DType{out}}),
	}
	_, more := ScanState(s, in, out)
	c.moreIsIndex = more == dtype.Int32
	return c
}

func (s Scan) inputs() int {
	if s == ScanLinear {
		return 2
	}
	return 1
}

func (s Scan) outputs() int {
	if s == ScanMax || s == ScanMin {
		return 2
	}
	return 1
}

// begin sets the state of no elements.
func (c *scanner) begin() {
	zero := c.zero(c.w.Type(c.kind))
	c.acc = c.Var(zero)
	switch {
	case c.moreIsIndex:
		c.more = c.Var(c.Word(0))
	case c.s == ScanLinear:
		c.more = c.Var(c.Real(c.w.Real, 1))
	default:
		c.more = c.Var(zero)
	}
}

// step goes on by an element x with index at; b is the second input's.
func (c *scanner) step(first, x, b, at spirv.Value) {
	held := c.acc.Get()
	switch c.s {
	case ScanSum:
		if c.kind != pointwise.Float {
			x = held.Add(x)
			break
		}
		sum := held.Add(x)
		part := sum.Sub(held)
		rest := held.Sub(sum.Sub(part)).Add(x.Sub(part)) // exact
		// Infinities leave nothing to make good.
		zero := c.zero(c.w.Real)
		rest = rest.Sub(rest).Equal(zero).Select(rest, zero)
		c.more.Set(c.more.Get().Add(rest))
		x = sum
	case ScanProd:
		x = first.Select(x, held.Mul(x))
	case ScanLogSumExp:
		x = first.Select(x, c.Eval(logAddExp[c.w.Real], c.w, spirv.Arguments{Input: func(k int) spirv.Value { return [...]spirv.Value{held, x}[k] }})[0])
	case ScanLinear:
		c.more.Set(c.more.Get().Mul(x))
		x = x.Mul(held).Add(b)
	default:
		larger, last := c.s == ScanMax || c.s == ScanFirstMax, c.s == ScanMax || c.s == ScanMin
		take := first.Or(replaces(x, held, larger, last))
		c.more.Set(take.Select(at, c.more.Get()))
		x = take.Select(x, held)
	}
	c.acc.Set(x)
}

// value is what the elements so far come to.
func (c *scanner) value() spirv.Value {
	if c.s == ScanSum && c.kind == pointwise.Float {
		return c.acc.Get().Add(c.more.Get())
	}
	return c.acc.Get()
}

// run goes over the elements from a first one to an end of a line that begins at
// given places of the inputs; lead is the first of the line. each is told the
// index of every element.
func (c *scanner) run(first, end, n, lead spirv.Value, from, along []spirv.Value, each func(at spirv.Value)) {
	c.Range(first, end, c.Word(1), func(k spirv.Value) {
		at := k
		if c.reverse {
			at = n.Sub(c.Word(1)).Sub(k)
		}
		x := c.Read(0, from[0].Add(at.Mul(along[0])), c.in, c.kind, c.w)
		var b spirv.Value
		if c.s == ScanLinear {
			b = c.Read(1, from[1].Add(at.Mul(along[1])), c.in, c.kind, c.w)
		}
		c.step(k.Equal(lead), x, b, at)
		if each != nil {
			each(at)
		}
	})
}

// store writes what the elements so far come to as element i of the outputs,
// which start at given places of buffers that follow the inputs.
func (c *scanner) store(to []spirv.Value, i spirv.Value) {
	buffer := c.s.inputs()
	c.Write(buffer, to[0].Add(i), c.out, c.value(), c.kind, c.w)
	if len(to) > 1 {
		c.storeIndex(buffer+1, to[1].Add(i), c.more.Get())
	}
}

// places reads the parameters of the inputs, and returns where a line begins in
// each and how it goes on.
func (c *scanner) places(outer, rest spirv.Value) (from, along []spirv.Value) {
	for range c.s.inputs() {
		l := c.line()
		from, along = append(from, l.of(outer, rest)), append(along, l.along)
	}
	return from, along
}

// ScanLine returns the kernel of a scan: an invocation for each line. Operands
// are seen as [outer, n, inner]. Buffers are the inputs, the output and for
// ScanMax and ScanMin the int64 indices; outputs are dense. Parameters: n,
// inner, then a line of each input, then where each output starts.
func ScanLine(s Scan, in, out dtype.DType, reverse bool) *Kernel {
	inputs, outputs := s.inputs(), s.outputs()
	c := newScanner(s, in, out, reverse, inputs+outputs, 2+4*inputs+outputs)
	c.each(Size, func(i spirv.Value) {
		n, inner := c.param(), c.param()
		outer := i.Div(inner)
		rest := i.Sub(outer.Mul(inner))
		from, along := c.places(outer, rest)
		to := c.paramList(outputs)
		row := outer.Mul(n).Mul(inner).Add(rest)
		c.begin()
		zero := c.Word(0)
		c.run(zero, n, n, zero, from, along, func(at spirv.Value) { c.store(to, row.Add(at.Mul(inner))) })
	})
	return c.finish(ScanKey(s, in, out, reverse), Size, inputs+outputs, (1<<outputs-1)<<inputs)
}

// ScanPartOf returns the kernel of a part of a scan of long lines: an invocation
// for each block of a line, but of ScanCarry and ScanLast for each line. The
// buffers of all are those of ScanLine, without the outputs for ScanTotals,
// without any for ScanCarry, and the int64 output alone for ScanLast; and both
// numbers of the states [outer, blocks, inner], of the types of ScanState.
// Parameters: n, inner, elements of a block, blocks of a line, then as ScanLine
// has them; ScanCarry has inner and blocks alone, ScanLast where the output
// starts, too.
func ScanPartOf(p ScanPart, s Scan, in, out dtype.DType, reverse bool) *Kernel {
	inputs, outputs := s.inputs(), s.outputs()
	buffers, params := inputs, 4+4*inputs
	written := uint64(3) << inputs
	switch p {
	case ScanCarry:
		buffers, params, written = 0, 2, 3
	case ScanLast:
		buffers, params, written = 1, 3, 1
	case ScanBlocks:
		buffers, params, written = inputs+outputs, params+outputs, (1<<outputs-1)<<inputs
	}
	c := newScanner(s, in, out, reverse, buffers+2, params)
	valueType, _ := ScanState(s, in, out)
	load := func(i spirv.Value) (acc, more spirv.Value) {
		acc = c.Read(buffers, i, valueType, c.kind, c.w)
		if c.moreIsIndex {
			return acc, c.Load(buffers+1, i)
		}
		return acc, c.Read(buffers+1, i, valueType, c.kind, c.w)
	}
	store := func(i spirv.Value) {
		c.Write(buffers, i, valueType, c.acc.Get(), c.kind, c.w)
		if c.moreIsIndex {
			c.Store(buffers+1, i, c.more.Get())
			return
		}
		c.Write(buffers+1, i, valueType, c.more.Get(), c.kind, c.w)
	}
	c.each(Size, func(i spirv.Value) {
		if p == ScanCarry || p == ScanLast {
			inner, blocks := c.param(), c.param()
			outer := i.Div(inner)
			at := outer.Mul(blocks).Mul(inner).Add(i.Sub(outer.Mul(inner)))
			c.begin()
			c.For(blocks, func(b spirv.Value) {
				k := at.Add(b.Mul(inner))
				x, more := load(k)
				if p == ScanCarry {
					store(k)
				}
				first := b.Equal(c.Word(0))
				switch {
				case s == ScanLinear:
					c.step(first, more, x, k)
				case s == ScanSum && c.kind == pointwise.Float:
					c.step(first, x.Add(more), x, k)
				default:
					c.step(first, x, x, more)
				}
			})
			if p == ScanLast {
				c.storeIndex(0, c.param().Add(i), c.more.Get())
			}
			return
		}
		n, inner, size, blocks := c.param(), c.param(), c.param(), c.param()
		at := c.coordinates(i, []spirv.Value{n, blocks, inner})
		from, along := c.places(at[0], at[2])
		first := at[1].Mul(size)
		end := first.Add(size)
		end = end.Less(n).Select(end, n)
		c.begin()
		if p == ScanTotals {
			c.run(first, end, n, first, from, along, nil)
			store(i)
			return
		}
		to := c.paramList(outputs)
		row := at[0].Mul(n).Mul(inner).Add(at[2])
		acc, more := load(i)
		c.acc.Set(acc)
		c.more.Set(more)
		c.run(first, end, n, c.Word(0), from, along, func(at spirv.Value) { c.store(to, row.Add(at.Mul(inner))) })
	})
	return c.finish(ScanPartKey(p, s, in, out, reverse), Size, buffers+2, written)
}
