package kernel

import (
	"fmt"
	"strings"

	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
)

// A Layout is how the elements of an operand follow each other, after
// Coalesce, or with Rows how those of a row do.
type Layout uint8

// The layouts.
const (
	Dense   Layout = iota // one after the other; with Rows, from row to row too
	Scalar                // all the same one
	Strided               // by strides
	RowSame               // one for each row
	Along                 // by strides, and one after the other within a row
)

// Places says where the elements of a kernel's operands are. With Rows a
// workgroup sees to a part of one row, the last axis, or to several rows: then
// an element is found by one sum, without division.
type Places struct {
	Layouts []Layout
	Axes    int
	Rows    bool
	Lanes   int  // invocations of a workgroup, or 0 for Size
	Repeat  int  // without Rows, elements of an invocation, or as many times Wide
	Wide    int  // elements that are moved at once where they lie together, or 0
	Long    bool // the device has 64-bit integers to move them with
	Reach   bool // operands are found by their addresses
	Near    bool // of those, by 32-bit distances, a word at a time
}

// lanes is how many invocations a workgroup has.
func (p Places) lanes() int {
	if p.Lanes == 0 {
		return Size
	}
	return p.Lanes
}

// emitter starts a kernel of operands at p with some parameters of its own.
func (p Places) emitter(params int) *emitter {
	if n := len(p.Layouts); p.Reach {
		return newReaching(p.lanes(), n, p.params()+params, p.Near)
	}
	return newEmitter(p.lanes(), len(p.Layouts), p.params()+params)
}

// step is how many elements follow each other in an invocation.
func (p Places) step() int { return max(p.Wide, 1) }

// joined reports whether the elements of an operand are moved at once.
func (p Places) joined(k int) bool {
	return p.Wide > 1 && (p.Layouts[k] == Dense || p.Layouts[k] == Along)
}

func (p Places) String() string {
	var b strings.Builder
	for _, l := range p.Layouts {
		b.WriteByte("dsxra"[l])
	}
	fmt.Fprintf(&b, " %d %t %d %d %d %t %t %t", p.Axes, p.Rows, p.lanes(), p.Repeat, p.Wide, p.Long, p.Reach, p.Near)
	return b.String()
}

// LayoutOf returns the layout of an operand with the given strides over sizes,
// both coalesced.
func LayoutOf(sizes, strides []int, rows bool) Layout {
	n := len(strides)
	switch {
	case n == 0 || n == 1 && strides[0] == 0:
		return Scalar
	case n == 1 && strides[0] == 1:
		return Dense
	}
	if !rows {
		return Strided
	}
	dense, same, whole := true, true, 1
	for i := n - 1; i >= 0; i-- {
		dense = dense && strides[i] == whole
		same = same && strides[i] == 0
		whole *= sizes[i]
	}
	switch {
	case dense:
		return Dense
	case same:
		return Scalar
	case strides[n-1] == 0:
		return RowSame
	}
	return Strided
}

// walked reports whether the place of an operand is found by its strides.
func (l Layout) walked() bool { return l == Strided || l == RowSame || l == Along }

// MayReach reports whether a kernel whose own parameters are at most some words
// has room for the addresses of its operands.
func (p Places) MayReach(words int) bool {
	return Reserved+p.params()+words+1+2*len(p.Layouts) <= spirv.MaxPush
}

// params returns how many parameters over reads.
func (p Places) params() int {
	n, walked := len(p.Layouts), 0
	for _, l := range p.Layouts {
		if l.walked() {
			walked++
		}
	}
	if p.Rows {
		n += 4
	}
	if p.Axes > 0 {
		n += p.Axes * (1 + walked)
	}
	return n
}

// group is how many of the numbers of Count a workgroup sees to.
func (p Places) group() int {
	if p.Rows {
		return p.lanes()
	}
	return p.lanes() * p.Repeat * p.step()
}

// over runs body for n elements at a time, the first of them number i: 1, or
// Wide. at gives the place of element j of them in operand k. Before that once
// runs, where several elements share it, with the place of each operand that is
// the same for all of them.
//
// It reads where each operand starts; with Rows, parts of a row, elements of a
// part, rows of a workgroup (1, if a row has parts), and all rows; if an operand
// is walked, the sizes of the axes, then the strides of
// each such operand.
func (e *emitter) over(p Places, once func(k int, at spirv.Value), body func(i spirv.Value, n int, at func(k, j int) spirv.Value)) {
	start := e.paramList(len(p.Layouts))
	var parts, part, each, rows spirv.Value
	if p.Rows {
		parts, part, each, rows = e.param(), e.param(), e.param(), e.param()
	}
	sizes := e.paramList(p.Axes)
	var walked []int
	var from []spirv.Value
	var strides [][]spirv.Value
	for k, l := range p.Layouts {
		if p.Axes > 0 && l.walked() {
			walked, from, strides = append(walked, k), append(from, start[k]), append(strides, e.paramList(p.Axes))
		}
	}
	shared := func(l Layout) {
		for k := range start {
			if p.Layouts[k] == l {
				once(k, start[k])
			}
		}
	}
	shared(Scalar)
	if !p.Rows {
		e.eachOf(p.lanes(), p.Repeat, p.step(), func(i spirv.Value, n int) {
			at := append([]spirv.Value(nil), start...)
			for k, l := range p.Layouts {
				if l == Dense {
					at[k] = at[k].Add(i)
				}
			}
			for j, x := range e.walk(i, sizes, strides, from) {
				at[walked[j]] = x
			}
			body(i, n, func(k, j int) spirv.Value {
				if j == 0 || p.Layouts[k] == Scalar {
					return at[k]
				}
				return at[k].Add(e.Word(uint32(j)))
			})
		})
		return
	}
	last := p.Axes - 1
	g := e.group()
	block := g.Div(parts)
	first := g.Sub(block.Mul(parts)).Mul(part)
	end := first.Add(part).Min(sizes[last])
	outer := make([][]spirv.Value, len(strides))
	for j := range strides {
		outer[j] = strides[j][:last]
	}
	steps := map[int]spirv.Value{} // of strided operands
	for j, k := range walked {
		steps[k] = strides[j][last]
	}
	from0, to := block.Mul(each), block.Add(e.Word(1)).Mul(each)
	e.Range(from0, to.Less(rows).Select(to, rows), e.Word(1), func(row spirv.Value) {
		for j, x := range e.walk(row, sizes[:last], outer, from) {
			start[walked[j]] = x
		}
		shared(RowSame)
		begin := row.Mul(sizes[last])
		w := e.Word(uint32(p.step()))
		e.Range(first.Add(e.Local().Mul(w)), end, e.Word(uint32(p.lanes()*p.step())), func(c spirv.Value) {
			i := begin.Add(c)
			body(i, p.step(), func(k, j int) spirv.Value {
				add := func(v spirv.Value) spirv.Value {
					if j == 0 {
						return v
					}
					return v.Add(e.Word(uint32(j)))
				}
				switch p.Layouts[k] {
				case Dense:
					return add(start[k].Add(i))
				case Along:
					return add(start[k].Add(c))
				case Strided:
					return start[k].Add(add(c).Mul(steps[k]))
				}
				return start[k]
			})
		})
	})
}
