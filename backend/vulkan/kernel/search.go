package kernel

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// SearchSortedKey identifies what SearchSorted returns.
func SearchSortedKey(d dtype.DType, right bool) string {
	return fmt.Sprintf("searchsorted %v %t", d, right)
}

// SearchSorted returns the kernel that finds where values would stand in sorted
// lines, by halving: before equal elements or after them. Buffers are the
// sorted lines, the values and the int64 places, all dense. Parameters: where
// each starts; the size of a line; values that share one; 1 if there are
// several lines, else 0.
func SearchSorted(d dtype.DType, right bool) *Kernel {
	kind := kindOf(d)
	if kind == pointwise.Bool {
		kind = pointwise.Int
	}
	w := spirv.WidthsOf(pointwise.Spec{In: []dtype.DType{d}})
	e := newEmitter(Size, 3, 6)
	e.each(Size, func(i spirv.Value) {
		start, n, values, several := e.paramList(3), e.param(), e.param(), e.param()
		line := start[0].Add(i.Div(values).Mul(n).Mul(several))
		x := e.Read(1, start[1].Add(i), d, kind, w)
		lo, hi := e.Var(e.Word(0)), e.Var(n)
		e.While(func() spirv.Value { return lo.Get().Less(hi.Get()) }, func() {
			middle := lo.Get().Add(hi.Get()).Shr(e.Word(1))
			s := e.Read(0, line.Add(middle), d, kind, w)
			after := x.LessEqualSigned(s)
			if right {
				after = x.LessSigned(s)
			}
			if kind == pointwise.Float {
				nan := s.IsNaN()
				if right {
					nan = nan.And(x.IsNaN().Not())
				}
				after = after.Or(nan)
			}
			at := middle.Add(e.Word(1))
			hi.Set(after.Select(middle, hi.Get()))
			lo.Set(after.Select(lo.Get(), at))
		})
		e.storeIndex(2, start[2].Add(i), lo.Get())
	})
	return e.finish(SearchSortedKey(d, right), Size, 3, 1<<2)
}
