package kernel

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
)

// A TurnSpec is what a kernel of Turn is made for: the axes of squares, whether
// two squares that follow each other along the second array go to neighbouring
// invocations, so that they fill its cache lines, and whether the arrays are
// found by their addresses.
type TurnSpec struct {
	Axes  int
	Pairs bool
	Reach bool
}

// Key identifies what Turn returns.
func (s TurnSpec) Key() string { return fmt.Sprintf("turn %v", s) }

// turnRepeat is how many squares an invocation turns, of the 8 of a workgroup.
const turnRepeat = 16

// Turn returns a kernel that copies elements of 32 bits from an array where they
// lie together along one axis to one where they do so along another: each
// invocation squares of 8 by 8, which it turns in registers. It needs 64-bit
// integers and is for devices that run on the CPU.
//
// Parameters: where the arrays start; the stride of the first along the axis
// that is dense in the second, and of the second along the other; sizes of a
// box of squares, and strides of both arrays from square to square. All but
// sizes are in units of eight elements. With Pairs the axis that is dense in
// the second array counts pairs of squares.
func Turn(s TurnSpec) *Kernel {
	params := 4 + 3*s.Axes
	e := newEmitter(8, 2, params)
	if s.Reach {
		e = newReaching(8, 2, params, false)
	}
	start := e.paramList(2)
	down, across := e.param(), e.param()
	sizes := e.paramList(s.Axes)
	strides := [][]spirv.Value{e.paramList(s.Axes), e.paramList(s.Axes)}
	low, high, half := e.Long(1<<32-1), e.Long(0xffffffff<<32), e.Word(32)
	e.eachOf(8, turnRepeat, 1, func(i spirv.Value, _ int) {
		second := e.Word(0)
		if s.Pairs {
			second, i = i.And(e.Word(1)), i.Shr(e.Word(1))
		}
		at := e.walk(i, sizes, strides, start)
		from, to := at[0].Add(second.Mul(down).Shl(e.Word(3))), at[1].Add(second)
		var row [8][]spirv.Value
		for r := range row {
			row[r] = e.LoadLongs(0, from)
			from = from.Add(down)
		}
		for k := range 4 { // columns 2k and 2k+1, which are together in each row
			var even, odd []spirv.Value
			for r := 0; r < 8; r += 2 {
				x, y := row[r][k], row[r+1][k]
				even = append(even, x.And(low).Or(y.Shl(half)))
				odd = append(odd, x.Shr(half).Or(y.And(high)))
			}
			e.StoreLongs(1, to, even)
			to = to.Add(across)
			e.StoreLongs(1, to, odd)
			to = to.Add(across)
		}
	})
	return e.finish(s.Key(), 8*turnRepeat, 2, 1<<1)
}
