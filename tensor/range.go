package tensor

import (
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// Arange returns start, start+step, ... up to below stop, as a vector.
func Arange(dev backend.Device, d dtype.DType, start, stop, step float64) *Tensor {
	n := math.Ceil((stop - start) / step)
	if step == 0 || !(n >= 0) || n > math.MaxInt32*1024 {
		panic(newError("arange", misfit(ErrAttr, "from %v to %v by %v; want a step that leads there, in at most 2^41 elements", start, stop, step)))
	}
	return Apply(dev, op.Arange, &op.ArangeAttrs{N: int(n), DType: d, Start: start, Step: step})[0]
}

// Linspace returns n evenly spaced numbers from start to stop, both included.
func Linspace(dev backend.Device, d dtype.DType, start, stop float64, n int) *Tensor {
	step := 0.0
	if n > 1 {
		step = (stop - start) / float64(n-1)
	}
	return Apply(dev, op.Arange, &op.ArangeAttrs{N: n, DType: d, Start: start, Step: step})[0]
}

// Eye returns the n by m matrix with ones on the diagonal.
func Eye(dev backend.Device, d dtype.DType, n, m int) *Tensor {
	return Apply(dev, op.Eye, &op.EyeAttrs{Rows: n, Columns: m, DType: d})[0]
}
