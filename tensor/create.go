package tensor

import (
	"math"
	"sync"

	"github.com/hekla-ml/hekla/backend"
	_ "github.com/hekla-ml/hekla/backend/cpu" // the host is always there
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// CPU returns the CPU device.
var CPU = sync.OnceValue(func() backend.Device {
	d, err := backend.Open("cpu")
	if err != nil {
		panic(err) // the driver is linked in and cannot fail
	}
	return d
})

// Empty returns a tensor whose elements are undefined until written.
func Empty(dev backend.Device, d dtype.DType, sizes ...int) *Tensor {
	if err := shape.Check(sizes); err != nil {
		panic(newError("empty", err))
	}
	return empty(dev, d, own(sizes))
}

// Full returns a tensor filled with x.
func Full(dev backend.Device, d dtype.DType, x float64, sizes ...int) *Tensor {
	if err := shape.Check(sizes); err != nil {
		panic(newError("full", err))
	}
	return Apply(dev, op.Full, &op.FullAttrs{Shape: own(sizes), DType: d, Value: x})[0]
}

// Zeros returns a tensor of zeros.
func Zeros(dev backend.Device, d dtype.DType, sizes ...int) *Tensor {
	return Full(dev, d, 0, sizes...)
}

// Ones returns a tensor of ones.
func Ones(dev backend.Device, d dtype.DType, sizes ...int) *Tensor { return Full(dev, d, 1, sizes...) }

// Arange returns start, start+step, ... up to below stop, as a vector.
func Arange(dev backend.Device, d dtype.DType, start, stop, step float64) *Tensor {
	n := math.Ceil((stop - start) / step)
	if step == 0 || !(n >= 0) || n > math.MaxInt32*1024 {
		panic(newError("arange", errMessage("from %v to %v by %v", start, stop, step)))
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
	return Apply(dev, op.Eye, &op.EyeAttrs{N: n, M: m, DType: d})[0]
}

// Like, with Zeros or Ones: ZerosLike returns zeros of t's shape, type and
// device.
func ZerosLike(t *Tensor) *Tensor { return Zeros(t.Device(), t.dtype, t.Shape()...) }

// OnesLike returns ones of t's shape, type and device.
func OnesLike(t *Tensor) *Tensor { return Ones(t.Device(), t.dtype, t.Shape()...) }
