package kernel

import (
	"fmt"
	"math"

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
	ScanLogSumExp // of float32 and smaller floats
)

// logAddExp is what ScanLogSumExp does with each element.
var logAddExp = func() *pointwise.Program {
	f, _ := op.LogAddExp.Lower([]op.Meta{{DType: dtype.Float32}, {DType: dtype.Float32}}, nil)
	return pointwise.Expand(f.Program)
}()

// line reads the parameters of an input of ScanLine's: where it starts, and
// strides along the axis, and along the axes before and after it.
type line struct{ start, along, outer, inner spirv.Value }

func (e *emitter) line() line { return line{e.param(), e.param(), e.param(), e.param()} }

// of returns where a line begins.
func (l line) of(outer, inner spirv.Value) spirv.Value {
	return l.start.Add(outer.Mul(l.outer)).Add(inner.Mul(l.inner))
}

// ScanKey identifies what ScanLine returns.
func ScanKey(s Scan, in, out dtype.DType, reverse bool) string {
	return fmt.Sprintf("scan %d %v %v %t", s, in, out, reverse)
}

// ScanLine returns the kernel of a scan: an invocation for each line. Operands
// are seen as [outer, n, inner]. Buffers are the inputs, the output and for
// ScanMax and ScanMin the int64 indices; outputs are dense. Parameters: n,
// inner, then a line of each input, then where each output starts.
func ScanLine(s Scan, in, out dtype.DType, reverse bool) *Kernel {
	kind := kindOf(out)
	w := spirv.WidthsOf(pointwise.Spec{In: []dtype.DType{in}, Out: []dtype.DType{out}})
	inputs, outputs := 1, 1
	if s == ScanLinear {
		inputs = 2
	}
	indexed := s == ScanMax || s == ScanMin
	if indexed {
		outputs = 2
	}
	e := newEmitter(Size, inputs+outputs, 2+4*inputs+outputs)
	e.each(Size, func(i spirv.Value) {
		n, inner := e.param(), e.param()
		outer := i.Div(inner)
		rest := i.Sub(outer.Mul(inner))
		var from []spirv.Value
		var along []spirv.Value
		for range inputs {
			l := e.line()
			from, along = append(from, l.of(outer, rest)), append(along, l.along)
		}
		to := e.paramList(outputs)
		row := outer.Mul(n).Mul(inner).Add(rest)
		zero := e.zero(w.Type(kind))
		acc, best := e.Var(zero), e.Var(e.Word(0))
		lost := e.Var(zero) // what rounding took from sums of floats
		e.For(n, func(k spirv.Value) {
			at := k
			if reverse {
				at = n.Sub(e.Word(1)).Sub(k)
			}
			x := e.Read(0, from[0].Add(at.Mul(along[0])), in, kind, w)
			held := acc.Get()
			switch first := k.Equal(e.Word(0)); s {
			case ScanSum:
				if kind != pointwise.Float {
					x = held.Add(x)
					break
				}
				sum := held.Add(x)
				part := sum.Sub(held)
				rest := held.Sub(sum.Sub(part)).Add(x.Sub(part)) // exact
				// Infinities leave nothing to make good.
				rest = rest.Sub(rest).Equal(zero).Select(rest, zero)
				lost.Set(lost.Get().Add(rest))
				x = sum
			case ScanProd:
				x = first.Select(x, held.Mul(x))
			case ScanLogSumExp:
				x = first.Select(x, e.Eval(logAddExp, w, spirv.Arguments{Input: func(k int) spirv.Value { return [...]spirv.Value{held, x}[k] }})[0])
			case ScanLinear:
				b := e.Read(1, from[1].Add(at.Mul(along[1])), in, kind, w)
				x = x.Mul(held).Add(b)
			case ScanMax, ScanMin:
				take := first.Or(replaces(x, held, s == ScanMax, true))
				best.Set(take.Select(at, best.Get()))
				x = take.Select(x, held)
			}
			acc.Set(x)
			if s == ScanSum && kind == pointwise.Float {
				x = x.Add(lost.Get())
			}
			place := row.Add(at.Mul(inner))
			e.Write(inputs, to[0].Add(place), out, x, kind, w)
			if indexed {
				e.storeIndex(inputs+1, to[1].Add(place), best.Get())
			}
		})
	})
	return e.finish(ScanKey(s, in, out, reverse), Size, inputs+outputs, (1<<outputs-1)<<inputs)
}

// replaces reports whether x takes the place of the extreme element held: a
// larger one, or a NaN of none; ties if ties says so.
func replaces(x, held spirv.Value, larger, ties bool) spirv.Value {
	a, b := held, x
	if !larger {
		a, b = x, held
	}
	var r spirv.Value
	if ties {
		r = a.LessEqualSigned(b)
	} else {
		r = a.LessSigned(b)
	}
	if t := x.Type(); t == spirv.Float || t == spirv.Double {
		nan := x.IsNaN()
		if !ties {
			nan = nan.And(held.IsNaN().Not())
		}
		r = r.Or(nan)
	}
	return r
}

func (e *emitter) zero(t spirv.Type) spirv.Value {
	switch t {
	case spirv.Float, spirv.Double:
		return e.Real(t, 0)
	case spirv.Bool:
		return e.Bool(false)
	}
	return e.Int(t, 0)
}

// storeIndex stores a word as element i of a buffer of int64.
func (e *emitter) storeIndex(buffer int, i, v spirv.Value) {
	at := i.Shl(e.Word(1))
	e.Store(buffer, at, v)
	e.Store(buffer, at.Or(e.Word(1)), e.Word(0))
}

// ArgKey identifies what Arg returns.
func ArgKey(d dtype.DType, larger bool) string { return fmt.Sprintf("arg %v %t", d, larger) }

// Arg returns the kernel of the index of the largest or smallest element of
// each line. Buffers are the input and the int64 output. Parameters as those
// of ScanLine.
func Arg(d dtype.DType, larger bool) *Kernel {
	kind := kindOf(d)
	if kind == pointwise.Bool {
		kind = pointwise.Int
	}
	w := spirv.WidthsOf(pointwise.Spec{In: []dtype.DType{d}})
	e := newEmitter(Size, 2, 7)
	e.each(Size, func(i spirv.Value) {
		n, inner := e.param(), e.param()
		outer := i.Div(inner)
		rest := i.Sub(outer.Mul(inner))
		l := e.line()
		from, to := l.of(outer, rest), e.param()
		held, best := e.Var(e.Read(0, from, d, kind, w)), e.Var(e.Word(0))
		e.Range(e.Word(1), n, e.Word(1), func(k spirv.Value) {
			x := e.Read(0, from.Add(k.Mul(l.along)), d, kind, w)
			e.If(replaces(x, held.Get(), larger, false), func() {
				held.Set(x)
				best.Set(k)
			})
		})
		e.storeIndex(1, to.Add(i), best.Get())
	})
	return e.finish(ArgKey(d, larger), Size, 2, 1<<1)
}

// SortKey identifies what Sort returns.
func SortKey(d dtype.DType, descending bool) string { return fmt.Sprintf("sort %v %t", d, descending) }

// Sort returns the kernel of a stable sort: an invocation for each element
// counts those that come before it. That is work by the square of the line.
// Buffers are the input, the sorted elements, and their int64 indices.
// Parameters as those of ScanLine.
func Sort(d dtype.DType, descending bool) *Kernel {
	kind := kindOf(d)
	if kind == pointwise.Bool {
		kind = pointwise.Int
	}
	w := spirv.WidthsOf(pointwise.Spec{In: []dtype.DType{d}})
	e := newEmitter(Size, 3, 8)
	// before reports whether x comes before y, NaN after all numbers.
	before := func(x, y spirv.Value) spirv.Value {
		if descending {
			x, y = y, x
		}
		r := x.LessSigned(y)
		if t := x.Type(); t == spirv.Float || t == spirv.Double {
			r = r.Or(x.IsNaN().Not().And(y.IsNaN()))
		}
		return r
	}
	e.each(Size, func(i spirv.Value) {
		n, inner := e.param(), e.param()
		c := e.coordinates(i, []spirv.Value{e.Word(math.MaxUint32), n, inner})
		l := e.line()
		from, to, index := l.of(c[0], c[2]), e.param(), e.param()
		x := e.Read(0, from.Add(c[1].Mul(l.along)), d, kind, w)
		rank := e.Var(e.Word(0))
		e.For(n, func(k spirv.Value) {
			y := e.Read(0, from.Add(k.Mul(l.along)), d, kind, w)
			tied := before(x, y).Not().And(k.Less(c[1]))
			rank.Set(rank.Get().Add(before(y, x).Or(tied).Flag()))
		})
		place := c[0].Mul(n).Add(rank.Get()).Mul(inner).Add(c[2])
		e.Write(1, to.Add(place), d, x, kind, w)
		e.storeIndex(2, index.Add(place), c[1])
	})
	return e.finish(SortKey(d, descending), Size, 3, 3<<1)
}
