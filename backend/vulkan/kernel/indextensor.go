package kernel

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// Pointers are tensors of indices for the leading axes of x: their types, and
// the axes of the shape they broadcast to and of what is left of x.
type Pointers struct {
	Types      []dtype.DType
	Lead, Rest int
	Part       bool // IndexGet: x is a part of a larger one, and what is elsewhere is left out
}

// signedIndex returns element i of a buffer of indices, of which negative ones
// count from the end of n, and whether it is within n.
func (e *emitter) signedIndex(buffer int, i spirv.Value, d dtype.DType, n spirv.Value) (at, ok spirv.Value) {
	high := spirv.Value{}
	if d == dtype.Int64 {
		two := i.Shl(e.Word(1))
		at, high = e.Load(buffer, two), e.Load(buffer, two.Or(e.Word(1)))
	} else {
		at = e.LoadElement(buffer, i, d)
	}
	sign := at.Sar(e.Word(31))
	ok = e.Bool(true)
	if d == dtype.Int64 {
		ok = high.Equal(sign)
	}
	at = at.Add(sign.And(n))
	return at, ok.And(at.Less(n))
}

// IndexGetKey identifies what IndexGet returns.
func IndexGetKey(size int, p Pointers) string { return fmt.Sprintf("indexget %d %v", size, p) }

// IndexGet returns a kernel that copies elements of some bytes from the places
// that indices point to; an index out of range counts as 0. Buffers are x, the
// indices and the output, which is dense. Parameters: where each starts; of a part,
// the whole sizes of the pointed-at axes and where the part begins on them; sizes
// of x's pointed-at axes; sizes that the indices broadcast to, and of the rest;
// strides of x; strides of each index.
func IndexGet(size int, p Pointers) *Kernel {
	k := len(p.Types)
	buffers := k + 2
	params := buffers + k + p.Lead + p.Rest + k + p.Rest + k*p.Lead
	if p.Part {
		params += 2 * k
	}
	e := newEmitter(Size, buffers, params)
	e.each(Size, func(i spirv.Value) {
		start := e.paramList(buffers)
		var whole, first []spirv.Value
		if p.Part {
			whole, first = e.paramList(k), e.paramList(k)
		}
		limits := e.paramList(k)
		if !p.Part {
			whole = limits
		}
		sizes := e.paramList(p.Lead + p.Rest)
		xs := e.paramList(k + p.Rest)
		c := e.coordinates(i, sizes)
		from := start[0]
		for j, x := range c[p.Lead:] {
			from = from.Add(x.Mul(xs[k+j]))
		}
		here := e.Bool(true)
		for j, d := range p.Types {
			at := start[1+j]
			for a, s := range e.paramList(p.Lead) {
				at = at.Add(c[a].Mul(s))
			}
			v, ok := e.signedIndex(1+j, at, d, whole[j])
			v = ok.Select(v, e.Word(0))
			if p.Part {
				v = v.Sub(first[j])
				here = here.And(v.Less(limits[j]))
			}
			from = from.Add(v.Mul(xs[j]))
		}
		give := func() { e.CopyElement(buffers-1, start[buffers-1].Add(i), 0, from, size) }
		if p.Part {
			e.If(here, give)
			return
		}
		give()
	})
	return e.finish(IndexGetKey(size, p), Size, buffers, 1<<(buffers-1))
}

// IndexPutKey identifies what IndexPut returns.
func IndexPutKey(d dtype.DType, p Pointers, add bool) string {
	return fmt.Sprintf("indexput %v %v %t", d, p, add)
}

// IndexPut returns the kernel that stores values where indices point, or adds
// them. As Scatter does, each invocation makes one output and goes through all
// indices in order. Buffers are x, values, the indices and the output, which is
// dense. Parameters: where each starts; sizes that the indices broadcast to;
// sizes of x; strides of x, and of values; strides of each index.
func IndexPut(d dtype.DType, p Pointers, add bool) *Kernel {
	k := len(p.Types)
	buffers := k + 3
	rank := k + p.Rest
	kind := kindOf(d)
	w := spirv.WidthsOf(pointwise.Spec{In: []dtype.DType{d}})
	e := newEmitter(Size, buffers, buffers+p.Lead+2*rank+p.Lead+p.Rest+k*p.Lead)
	e.each(Size, func(i spirv.Value) {
		start, lead := e.paramList(buffers), e.paramList(p.Lead)
		sizes, xs, vs := e.paramList(rank), e.paramList(rank), e.paramList(p.Lead+p.Rest)
		var strides [][]spirv.Value
		for range k {
			strides = append(strides, e.paramList(p.Lead))
		}
		c := e.coordinates(i, sizes)
		from, value := start[0], start[1]
		for a := range c {
			from = from.Add(c[a].Mul(xs[a]))
		}
		for j, x := range c[k:] {
			value = value.Add(x.Mul(vs[p.Lead+j]))
		}
		count := e.Word(1)
		for _, n := range lead {
			count = count.Mul(n)
		}
		sum := e.Var(e.Read(0, from, d, kind, w))
		places := append(append([]spirv.Value(nil), start[2:2+k]...), value)
		e.For(count, func(l spirv.Value) {
			at := e.walk(l, lead, append(strides[:k:k], vs[:p.Lead]), places)
			here := e.Bool(true)
			for j, t := range p.Types {
				v, ok := e.signedIndex(2+j, at[j], t, sizes[j])
				here = here.And(ok).And(v.Equal(c[j]))
			}
			e.If(here, func() {
				x := e.Read(1, at[k], d, kind, w)
				switch {
				case add && kind == pointwise.Bool:
					x = x.Or(sum.Get())
				case add:
					x = sum.Get().Add(x)
				}
				sum.Set(x)
			})
		})
		e.Write(buffers-1, start[buffers-1].Add(i), d, sum.Get(), kind, w)
	})
	return e.finish(IndexPutKey(d, p, add), Size, buffers, 1<<(buffers-1))
}

// IndexPutLineKey identifies what IndexPutLine returns.
func IndexPutLineKey(values, out dtype.DType, p Pointers, add bool) string {
	return fmt.Sprintf("indexputline %v %v %v %t", values, out, p, add)
}

// IndexPutLine returns the kernel that adds values to elements of the output
// where indices point, or puts them there: an invocation for each place in the
// rest of x goes through the indices in order. Buffers are values, the indices
// and the output. Parameters: where each starts; the first place in the shape
// that the indices broadcast to, and the end; that shape; sizes of the output;
// its strides, and those of values; strides of each index.
func IndexPutLine(values, out dtype.DType, p Pointers, add bool) *Kernel {
	k := len(p.Types)
	buffers := k + 2
	rank := k + p.Rest
	kind := kindOf(out)
	w := spirv.WidthsOf(pointwise.Spec{In: []dtype.DType{values}, Out: []dtype.DType{out}})
	e := newEmitter(Size, buffers, buffers+2+p.Lead+2*rank+p.Lead+p.Rest+k*p.Lead)
	e.each(Size, func(i spirv.Value) {
		start, from, to := e.paramList(buffers), e.param(), e.param()
		lead, sizes, xs, vs := e.paramList(p.Lead), e.paramList(rank), e.paramList(rank), e.paramList(p.Lead+p.Rest)
		strides := [][]spirv.Value{vs[:p.Lead]}
		for range k {
			strides = append(strides, e.paramList(p.Lead))
		}
		first := e.walk(i, sizes[k:], [][]spirv.Value{vs[p.Lead:], xs[k:]}, []spirv.Value{start[0], start[buffers-1]})
		places := append([]spirv.Value{first[0]}, start[1:1+k]...)
		e.Range(from, to, e.Word(1), func(l spirv.Value) {
			at := e.walk(l, lead, strides, places)
			place, inside := first[1], e.Bool(true)
			for j, t := range p.Types {
				v, ok := e.signedIndex(1+j, at[1+j], t, sizes[j])
				inside, place = inside.And(ok), place.Add(v.Mul(xs[j]))
			}
			e.If(inside, func() {
				x := e.Read(0, at[0], values, kind, w)
				switch {
				case add && kind == pointwise.Bool:
					x = x.Or(e.Read(buffers-1, place, out, kind, w))
				case add:
					x = e.Read(buffers-1, place, out, kind, w).Add(x)
				}
				e.Write(buffers-1, place, out, x, kind, w)
			})
		})
	})
	return e.finish(IndexPutLineKey(values, out, p, add), Size, buffers, 1<<(buffers-1))
}
