package workload

import (
	"fmt"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/tensor"
)

// A Limit is something that a device has a greatest rate of.
type Limit uint8

// The limits.
const (
	Copy    Limit = iota // bytes read and written
	FMA                  // multiplications and additions in one elementwise kernel
	Product              // of float32 matrices
	Half                 // products of float16 matrices
)

// A Peak is a case that tries to reach a limit: of FLOPs if it has them, else of
// Bytes.
type Peak struct {
	Case
	Of Limit
}

// Peaks returns the cases whose best is the roof of a device. Slow devices get
// small ones.
func Peaks(slow bool) []Peak {
	mega, sizes := 64, []int{512, 1024, 2048}
	if slow {
		mega, sizes = 16, []int{256, 512}
	}
	n := mega << 20
	l := []Peak{{computes(dtype.Float32, fmt.Sprintf("a copy of %d MB", 4*mega), 0, float64(8*n), func(m maker) func() *tensor.Tensor {
		x := tensor.Ones(m.Dev, dtype.Float32, n)
		return x.Clone
	}), Copy}}
	const links, elements = 64, 1 << 18
	l = append(l, Peak{computes(dtype.Float32, "a chain of multiplications and additions", 2*links*elements, 0, func(m maker) func() *tensor.Tensor {
		x := tensor.Ones(m.Dev, dtype.Float32, elements)
		k := tensor.NewKernel(1, 2, func(in, s []pointwise.Value) []pointwise.Value {
			y := in[0]
			for range links {
				y = y.Mul(s[0]).Add(s[1])
			}
			return []pointwise.Value{y}
		})
		return func() *tensor.Tensor { return k.Apply([]float64{0.5, 0.25}, x)[0] }
	}), FMA})
	for _, k := range sizes {
		l = append(l, Peak{MatMul(dtype.Float32, k), Product})
	}
	if !slow {
		l = append(l, Peak{MatMul(dtype.Float16, 1024), Half})
	}
	return l
}
