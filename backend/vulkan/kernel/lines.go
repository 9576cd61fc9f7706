package kernel

import (
	"fmt"
	"math"

	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// line reads the parameters of an input of ScanLine's: where it starts, and
// strides along the axis, and along the axes before and after it.
type line struct{ start, along, outer, inner spirv.Value }

func (e *emitter) line() line { return line{e.param(), e.param(), e.param(), e.param()} }

// of returns where a line begins.
func (l line) of(outer, inner spirv.Value) spirv.Value {
	return l.start.Add(outer.Mul(l.outer)).Add(inner.Mul(l.inner))
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
