package tensor

import (
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

// ZerosLike returns zeros of t's shape, type and device.
func ZerosLike(t *Tensor) *Tensor { return fullLike(t, 0) }

// OnesLike returns ones of t's shape, type and device.
func OnesLike(t *Tensor) *Tensor { return fullLike(t, 1) }

// fullLike's result belongs to t's scope, like anything computed from t.
func fullLike(t *Tensor, x float64) *Tensor {
	u := Full(t.Device(), t.dtype, x, t.view.Shape...)
	u.join(t.arena)
	return u
}
