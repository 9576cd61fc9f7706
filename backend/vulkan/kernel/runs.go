package kernel

import (
	"fmt"
	"math"

	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// PlaceKeysKey identifies what PlaceKeys returns.
func PlaceKeysKey(p Pointers) string { return fmt.Sprintf("placekeys %v", p) }

// PlaceKeys returns the kernel that makes each tuple of indices a key, the number
// of the place they point to, or that of all places if there is none. Buffers are
// the indices and the keys. Parameters: where each starts; the shape that the
// indices broadcast to; sizes of the axes they point to; strides of each index.
func PlaceKeys(p Pointers) *Kernel {
	k := len(p.Types)
	e := newEmitter(Size, k+1, k+1+p.Lead+k+k*p.Lead)
	e.each(Size, func(i spirv.Value) {
		start, lead, sizes := e.paramList(k+1), e.paramList(p.Lead), e.paramList(k)
		var strides [][]spirv.Value
		for range k {
			strides = append(strides, e.paramList(p.Lead))
		}
		at := e.walk(i, lead, strides, start[:k])
		place, all, inside := e.Word(0), e.Word(1), e.Bool(true)
		for j, t := range p.Types {
			v, ok := e.signedIndex(j, at[j], t, sizes[j])
			place, all, inside = place.Mul(sizes[j]).Add(v), all.Mul(sizes[j]), inside.And(ok)
		}
		e.Store(k, start[k].Add(i), inside.Select(place, all))
	})
	return e.finish(PlaceKeysKey(p), Size, k+1, 1<<k)
}

// LineKeysKey identifies what LineKeys returns.
func LineKeysKey(index dtype.DType) string { return fmt.Sprintf("linekeys %v", index) }

// LineKeys returns the kernel that makes each index along an axis a key: itself,
// or the axis's size if it points to nowhere. Buffers are the indices and the
// keys, line after line. Parameters: indices of a line, indices after the axis,
// the size; a line of the indices, as ScanLine has it; where the keys start.
func LineKeys(index dtype.DType) *Kernel {
	e := newEmitter(Size, 2, 8)
	e.each(Size, func(i spirv.Value) {
		n, inner, size := e.param(), e.param(), e.param()
		c := e.coordinates(i, []spirv.Value{e.Word(math.MaxUint32), inner, n})
		l := e.line()
		v, ok := e.index(0, l.of(c[0], c[1]).Add(c[2].Mul(l.along)), index, size)
		e.Store(1, e.param().Add(i), ok.Select(v, size))
	})
	return e.finish(LineKeysKey(index), Size, 2, 1<<1)
}

// A RunSpec is what a kernel of JoinRuns is made for: element types and how many
// axes there are of lines, of the elements of a line, and of what a key selects.
type RunSpec struct {
	From, To          dtype.DType
	By                op.By
	Lines, Lead, Rest int
}

// Key identifies what JoinRuns returns.
func (s RunSpec) Key() string { return fmt.Sprintf("joinruns %v", s) }

// JoinRuns returns the kernel that joins elements whose keys are equal, in the
// order of their numbers, with what is at the key's place: an invocation for
// each element, in the order of the keys, and each place in the rest, of which
// those at the first of equal keys have something to do. No other touches their
// place, and the order is always the same. Buffers are the keys, the numbers in
// order, the elements and the result. Parameters: elements of a line, the key of
// what goes nowhere, where the elements and the result start, the result's stride
// by key; sizes of the axes of lines, elements and the rest; the elements' strides
// along these; the result's along those of lines and the rest.
func JoinRuns(s RunSpec) *Kernel {
	kind := kindOf(s.To)
	w := spirv.WidthsOf(pointwise.Spec{In: []dtype.DType{s.From}, Out: []dtype.DType{s.To}})
	e := newEmitter(Size, 4, 5+3*(s.Lines+s.Rest)+2*s.Lead)
	e.each(Size, func(i spirv.Value) {
		n, none, from, to, by := e.param(), e.param(), e.param(), e.param(), e.param()
		lines, lead, rest := e.paramList(s.Lines), e.paramList(s.Lead), e.paramList(s.Rest)
		fromLines, fromLead, fromRest := e.paramList(s.Lines), e.paramList(s.Lead), e.paramList(s.Rest)
		toLines, toRest := e.paramList(s.Lines), e.paramList(s.Rest)
		others := e.Word(1)
		for _, k := range rest {
			others = others.Mul(k)
		}
		c := e.coordinates(i, []spirv.Value{n, n, others})
		begin := c[0].Mul(n)
		key := func(k spirv.Value) (number, key spirv.Value) {
			number = e.Load(1, begin.Add(k))
			return number, e.Load(0, begin.Add(number))
		}
		_, own := key(c[1])
		first := e.Var(own.NotEqual(none))
		e.If(c[1].NotEqual(e.Word(0)).And(first.Get()), func() {
			_, before := key(c[1].Sub(e.Word(1)))
			first.Set(before.NotEqual(own))
		})
		e.If(first.Get(), func() {
			start := e.walk(c[0], lines, [][]spirv.Value{fromLines, toLines}, []spirv.Value{from, to})
			start = e.walk(c[2], rest, [][]spirv.Value{fromRest, toRest}, start)
			place := start[1].Add(own.Mul(by))
			sum := e.Var(e.Read(3, place, s.To, kind, w))
			k, same := e.Var(c[1]), e.Var(e.Bool(true))
			e.While(same.Get, func() {
				number, _ := key(k.Get())
				x := e.Read(2, e.walk(number, lead, [][]spirv.Value{fromLead}, start[:1])[0], s.From, kind, w)
				if kind == pointwise.Bool {
					sum.Set(sum.Get().Or(x))
				} else {
					sum.Set(join(s.By, sum.Get(), x))
				}
				next := k.Get().Add(e.Word(1))
				k.Set(next)
				same.Set(next.Less(n))
				e.If(same.Get(), func() {
					_, other := key(next)
					same.Set(other.Equal(own))
				})
			})
			e.Write(3, place, s.To, sum.Get(), kind, w)
		})
	})
	return e.finish(s.Key(), Size, 4, 1<<3)
}
