package kernel

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// NoTap stands in a table of taps for an element that is not there.
const NoTap = 1<<32 - 1 // -1

// ResizeKey identifies what Resize returns.
func ResizeKey(in, out dtype.DType) string { return fmt.Sprintf("resize %v %v", in, out) }

// WeightParts is the number of float32 that a weight of elements of d is the sum
// of.
func WeightParts(d dtype.DType) int {
	if d == dtype.Float64 {
		return 3
	}
	return 1
}

// Resize returns the kernel that makes each element along an axis a weighted
// sum of some others, as a table says: for each index of the result a number of
// taps, each the index of an element, or NoTap, and the bits of its weight, as
// the sum of WeightParts(in) float32. Operands are dense and seen as [outer, n, inner]. Buffers are the
// input, the table and the output. Parameters: where each starts; n; its size
// in the result; inner; taps.
func Resize(in, out dtype.DType) *Kernel {
	w := spirv.WidthsOf(pointwise.Spec{In: []dtype.DType{in}, Out: []dtype.DType{out}})
	e := newEmitter(Size, 3, 7)
	e.each(Size, func(i spirv.Value) {
		start, n, size, inner, taps := e.paramList(3), e.param(), e.param(), e.param(), e.param()
		line := i.Div(inner)
		outer := line.Div(size)
		from := start[0].Add(outer.Mul(n).Mul(inner)).Add(i.Sub(line.Mul(inner)))
		parts := WeightParts(in)
		width := e.Word(uint32(1 + parts))
		table := start[1].Add(line.Sub(outer.Mul(size)).Mul(taps).Mul(width))
		sum := e.Var(e.Real(w.Real, 0))
		e.For(taps, func(k spirv.Value) {
			at := table.Add(k.Mul(width))
			index := e.Load(1, at)
			e.If(index.NotEqual(e.Word(NoTap)), func() {
				x := e.Read(0, from.Add(index.Mul(inner)), in, pointwise.Float, w)
				weight := e.Real(w.Real, 0)
				for p := parts; p > 0; p-- {
					weight = weight.Add(e.Load(1, at.Add(e.Word(uint32(p)))).FromBits().ToReal(w.Real))
				}
				sum.Set(sum.Get().Add(x.Mul(weight)))
			})
		})
		e.Write(2, start[2].Add(i), out, sum.Get(), pointwise.Float, w)
	})
	return e.finish(ResizeKey(in, out), Size, 3, 1<<2)
}
