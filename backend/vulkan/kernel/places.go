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
// workgroup sees to a part of one row, the last axis: then an element is found
// by one sum, without division.
type Places struct {
	Layouts []Layout
	Axes    int
	Rows    bool
	Repeat  int  // without Rows, elements of an invocation, or as many times Wide
	Wide    int  // elements that are moved at once where they lie together, or 0
	Long    bool // the device has 64-bit integers to move them with
}

// step is how many elements follow each other in an invocation.
func (p Places) step() int { return max(p.Wide, 1) }

// together reports whether the elements of an operand are moved at once.
func (p Places) together(k int) bool {
	return p.Wide > 1 && (p.Layouts[k] == Dense || p.Layouts[k] == Along)
}

func (p Places) String() string {
	var b strings.Builder
	for _, l := range p.Layouts {
		b.WriteByte("dsxra"[l])
	}
	fmt.Fprintf(&b, " %d %t %d %d %t", p.Axes, p.Rows, p.Repeat, p.Wide, p.Long)
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

// params returns how many parameters over reads.
func (p Places) params() int {
	n, walked := len(p.Layouts), 0
	for _, l := range p.Layouts {
		if l.walked() {
			walked++
		}
	}
	if p.Rows {
		n += 2
	}
	if p.Axes > 0 {
		n += p.Axes * (1 + walked)
	}
	return n
}

// group is how many of the numbers of Count a workgroup sees to.
func (p Places) group() int {
	if p.Rows {
		return Size
	}
	return Size * p.Repeat * p.step()
}

// over runs body for n elements at a time, the first of them number i: 1, or
// Wide. at gives the place of element j of them in operand k. Before that once
// runs, where several elements share it, with the place of each operand that is
// the same for all of them.
//
// It reads where each operand starts; with Rows, parts of a row and elements of
// a part; if an operand is walked, the sizes of the axes, then the strides of
// each such operand.
func (e *emitter) over(p Places, once func(k int, at spirv.Value), body func(i spirv.Value, n int, at func(k, j int) spirv.Value)) {
	start := e.paramList(len(p.Layouts))
	var parts, part spirv.Value
	if p.Rows {
		parts, part = e.param(), e.param()
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
	one := func() {
		for k, l := range p.Layouts {
			if l == Scalar || l == RowSame {
				once(k, start[k])
			}
		}
	}
	if !p.Rows {
		one()
		e.eachOf(p.Repeat, p.step(), func(i spirv.Value, n int) {
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
	row := g.Div(parts)
	first := g.Sub(row.Mul(parts)).Mul(part)
	end := first.Add(part).Min(sizes[last])
	begin := row.Mul(sizes[last])
	outer := make([][]spirv.Value, len(strides))
	for j := range strides {
		outer[j] = strides[j][:last]
	}
	for j, x := range e.walk(row, sizes[:last], outer, from) {
		start[walked[j]] = x
	}
	steps := map[int]spirv.Value{} // of strided operands
	for j, k := range walked {
		steps[k] = strides[j][last]
	}
	e.If(g.Mul(e.Word(Size)).Less(e.Param(Count)), func() {
		one()
		w := e.Word(uint32(p.step()))
		e.Range(first.Add(e.Local().Mul(w)), end, e.Word(uint32(Size*p.step())), func(c spirv.Value) {
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
