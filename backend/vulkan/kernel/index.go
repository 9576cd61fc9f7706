package kernel

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// index returns element i of a buffer of indices as a word, and whether it is
// below n.
func (e *emitter) index(buffer int, i spirv.Value, d dtype.DType, n spirv.Value) (at, ok spirv.Value) {
	if d == dtype.Int64 {
		two := i.Shl(e.Word(1))
		at = e.Load(buffer, two)
		return at, e.Load(buffer, two.Or(e.Word(1))).Equal(e.Word(0)).And(at.Less(n))
	}
	at = e.LoadElement(buffer, i, d)
	return at, at.Less(n)
}

// CheckWords is how many words Check leaves: 1 if an index is out of range, and that
// index, of which there may be several, low word first. CheckType is the type of such a word.
const (
	CheckWords = 3
	CheckType  = dtype.Int32
)

// CheckKey identifies what Check returns.
func CheckKey(index dtype.DType, rank int, signed bool) string {
	return fmt.Sprintf("check %v %d %t", index, rank, signed)
}

// Check returns a kernel that looks for indices out of range: not below a limit,
// or below 0 (if signed, by more than the limit). Buffers are the index and where one
// is left. Parameters: where each starts, the limit, sizes and strides of the index.
func Check(index dtype.DType, rank int, signed bool) *Kernel {
	e := newEmitter(Size, 2, 3+2*rank)
	e.each(Size, func(i spirv.Value) {
		at, to, limit := e.param(), e.param(), e.param()
		sizes, strides := e.paramList(rank), e.paramList(rank)
		for k, x := range e.coordinates(i, sizes) {
			at = at.Add(x.Mul(strides[k]))
		}
		look := e.index
		if signed {
			look = e.signedIndex
		}
		_, ok := look(0, at, index, limit)
		e.If(ok.Not(), func() {
			low, high := e.words(0, at, index)
			for k, w := range []spirv.Value{e.Word(1), low, high} {
				e.Store(1, to.Add(e.Word(uint32(k))), w)
			}
		})
	})
	return e.finish(CheckKey(index, rank, signed), Size, 2, 1<<1)
}

// words returns the two words of element i of a buffer of indices.
func (e *emitter) words(buffer int, i spirv.Value, d dtype.DType) (low, high spirv.Value) {
	if d == dtype.Int64 {
		two := i.Shl(e.Word(1))
		return e.Load(buffer, two), e.Load(buffer, two.Or(e.Word(1)))
	}
	low = e.LoadElement(buffer, i, d)
	return low, low.Sar(e.Word(31))
}

// GatherKey identifies what Gather returns.
func GatherKey(size int, index dtype.DType, rank, axis int, part bool) string {
	return fmt.Sprintf("gather %d %v %d %d %t", size, index, rank, axis, part)
}

// Gather returns a kernel that copies elements of some bytes from places along
// an axis. An index out of range gives the element at 0: it must not read other
// memory. Of a part of x, it leaves out what is elsewhere. Buffers are x, the index
// and the output, which is dense. Parameters: where each starts; of a part, the size
// of the whole axis and where the part begins; the size of the axis of x, sizes of
// the index, strides of x and of the index.
func Gather(size int, index dtype.DType, rank, axis int, part bool) *Kernel {
	params := 4 + 3*rank
	if part {
		params += 2
	}
	e := newEmitter(Size, 3, params)
	e.each(Size, func(i spirv.Value) {
		start := e.paramList(3)
		var whole, first spirv.Value
		if part {
			whole, first = e.param(), e.param()
		}
		limit := e.param()
		sizes, xs, is := e.paramList(rank), e.paramList(rank), e.paramList(rank)
		c := e.coordinates(i, sizes)
		from, at := start[0], start[1]
		for k := range c {
			at = at.Add(c[k].Mul(is[k]))
			if k != axis {
				from = from.Add(c[k].Mul(xs[k]))
			}
		}
		if !part {
			whole = limit
		}
		v, ok := e.index(1, at, index, whole)
		v = ok.Select(v, e.Word(0))
		to := start[2].Add(i)
		if part {
			v = v.Sub(first)
			e.If(v.Less(limit), func() { e.CopyElement(2, to, 0, from.Add(v.Mul(xs[axis])), size) })
			return
		}
		if rank > 0 {
			from = from.Add(v.Mul(xs[axis]))
		}
		e.CopyElement(2, to, 0, from, size)
	})
	return e.finish(GatherKey(size, index, rank, axis, part), Size, 3, 1<<2)
}

// ScatterKey identifies what Scatter returns.
func ScatterKey(d, index dtype.DType, rank, axis int, add bool) string {
	return fmt.Sprintf("scatter %v %v %d %d %t", d, index, rank, axis, add)
}

// Scatter returns a kernel that adds to each element of x, or replaces it by,
// what arrives there along an axis. Each invocation makes one output and looks
// through the indices of its line in order, so that no atomics are needed, the
// order of sums is fixed and the last of several wins. Indices out of range
// arrive nowhere. Buffers are x, the index, src and the output, which is dense.
// Parameters: where each starts, sizes of x, sizes of the index, strides of x,
// the index and src.
func Scatter(d, index dtype.DType, rank, axis int, add bool) *Kernel {
	kind := kindOf(d)
	w := spirv.WidthsOf(pointwise.Spec{In: []dtype.DType{d}})
	e := newEmitter(Size, 4, 4+5*rank)
	e.each(Size, func(i spirv.Value) {
		start := e.paramList(4)
		sizes, lengths := e.paramList(rank), e.paramList(rank)
		xs, is, ss := e.paramList(rank), e.paramList(rank), e.paramList(rank)
		c := e.coordinates(i, sizes)
		from, at, src := start[0], start[1], start[2]
		reached := e.Bool(true)
		for k := range c {
			from = from.Add(c[k].Mul(xs[k]))
			if k != axis {
				at, src = at.Add(c[k].Mul(is[k])), src.Add(c[k].Mul(ss[k]))
				reached = reached.And(c[k].Less(lengths[k]))
			}
		}
		sum := e.Var(e.Read(0, from, d, kind, w))
		put := func(at, src, here spirv.Value) {
			v, ok := e.index(1, at, index, e.Word(1<<31-1))
			e.If(ok.And(v.Equal(here)), func() {
				x := e.Read(2, src, d, kind, w)
				switch {
				case add && kind == pointwise.Bool:
					x = x.Or(sum.Get())
				case add:
					x = sum.Get().Add(x)
				}
				sum.Set(x)
			})
		}
		if rank == 0 {
			put(at, src, e.Word(0))
		} else {
			e.If(reached, func() {
				e.For(lengths[axis], func(k spirv.Value) {
					put(at.Add(k.Mul(is[axis])), src.Add(k.Mul(ss[axis])), c[axis])
				})
			})
		}
		e.Write(3, start[3].Add(i), d, sum.Get(), kind, w)
	})
	return e.finish(ScatterKey(d, index, rank, axis, add), Size, 4, 1<<3)
}

// Combine says what becomes of elements that arrive at a place: an op.By, or
// Put.
type Combine uint8

// Put replaces what is there.
const Put Combine = 255

// ScatterLineKey identifies what ScatterLine returns.
func ScatterLineKey(src, out, index dtype.DType, rank, axis int, by Combine) string {
	return fmt.Sprintf("scatterline %v %v %v %d %d %d", src, out, index, rank, axis, by)
}

// ScatterLine returns a kernel that combines elements with those of the output,
// or puts them there: an invocation goes along a line of indices in order, and no
// other touches the elements they point to. Buffers are the index, src and the
// output. Parameters: where each starts; the first place on the axis and the
// end; the size of the output's axis; sizes of the index; strides of the index,
// src and the output.
func ScatterLine(src, out, index dtype.DType, rank, axis int, by Combine) *Kernel {
	kind := kindOf(out)
	w := spirv.WidthsOf(pointwise.Spec{In: []dtype.DType{src}, Out: []dtype.DType{out}})
	e := newEmitter(Size, 3, 6+4*rank)
	e.each(Size, func(i spirv.Value) {
		start, from, to, limit := e.paramList(3), e.param(), e.param(), e.param()
		sizes := e.paramList(rank)
		strides := [][]spirv.Value{e.paramList(rank), e.paramList(rank), e.paramList(rank)}
		sizes[axis] = e.Word(1)
		at := e.walk(i, sizes, strides, start)
		e.Range(from, to, e.Word(1), func(k spirv.Value) {
			v, ok := e.index(0, at[0].Add(k.Mul(strides[0][axis])), index, limit)
			e.If(ok, func() {
				x := e.Read(1, at[1].Add(k.Mul(strides[1][axis])), src, kind, w)
				place := at[2].Add(v.Mul(strides[2][axis]))
				switch {
				case by != Put && kind == pointwise.Bool:
					x = x.Or(e.Read(2, place, out, kind, w))
				case by != Put:
					x = join(op.By(by), e.Read(2, place, out, kind, w), x)
				}
				e.Write(2, place, out, x, kind, w)
			})
		})
	})
	return e.finish(ScatterLineKey(src, out, index, rank, axis, by), Size, 3, 1<<2)
}

// kindOf returns the kind elements of d are computed with.
func kindOf(d dtype.DType) pointwise.Kind {
	switch {
	case d == dtype.Bool:
		return pointwise.Bool
	case d.IsFloat():
		return pointwise.Float
	}
	return pointwise.Int
}
