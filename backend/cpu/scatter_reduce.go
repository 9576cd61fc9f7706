package cpu

import (
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
	"github.com/hekla-ml/hekla/op"
)

func init() {
	kernels[op.ScatterReduce] = func(c *backend.Call) error {
		return numbers(c, scatterReduce[int8], scatterReduce[int16], scatterReduce[int32], scatterReduce[int64], scatterReduce[uint8], scatterReduce[float32], scatterReduce[float64])
	}
}

// scatterReduce combines the elements of src in their order, as they come.
func scatterReduce[T number](c *backend.Call) error {
	a := c.Attrs.(op.ScatterReduceAttrs)
	fold := [...]func(x, y T) T{
		op.BySum: func(x, y T) T { return x + y }, op.ByProd: func(x, y T) T { return x * y },
		op.ByMax: func(x, y T) T { return max(x, y) }, op.ByMin: func(x, y T) T { return min(x, y) },
	}[a.By]
	if !a.Mean && !a.ExcludeSelf {
		return scatterTo(c, "scatterreduce", a.Axis, func(y, src []T, at, from int) { y[at] = fold(y[at], src[from]) })
	}
	count, block := scratch.Get[int32](c.Out[0].Numel())
	defer block.Put()
	clear(count)
	err := scatterTo(c, "scatterreduce", a.Axis, func(y, src []T, at, from int) {
		if count[at]++; a.ExcludeSelf && count[at] == 1 {
			y[at] = src[from]
		} else {
			y[at] = fold(y[at], src[from])
		}
	})
	if err != nil || !a.Mean {
		return err
	}
	y, whole := dense[T](&c.Out[0]), !c.Out[0].DType.IsFloat()
	for i, n := range count {
		if !a.ExcludeSelf {
			n++
		}
		if n > 1 && whole {
			y[i] = T(math.Floor(float64(y[i]) / float64(n)))
		} else if n > 1 {
			y[i] /= T(n)
		}
	}
	return nil
}
