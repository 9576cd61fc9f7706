package vulkan

import (
	"fmt"
	"math"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// TestLongFunctions compares functions of many instructions, which may have other
// kernels than short ones, with the CPU device: all ways operands lie, whole steps
// and what is left after them.
func TestLongFunctions(t *testing.T) {
	d := first(t, func(*device) {})
	const rows, columns = 96, 1028 // 1028: a multiple of 4 and not of 8
	numbers := make([]float32, rows*columns+3)
	for i := range numbers {
		numbers[i] = float32(20 * math.Sin(float64(i)))
	}
	copy(numbers, []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 0, float32(math.Copysign(0, -1)), 1e-40, 88.72284, 89, -104, -105, 3e38})
	functions := map[string]func(x *tensor.Tensor) *tensor.Tensor{
		"tanh": (*tensor.Tensor).Tanh, "erf": (*tensor.Tensor).Erf, "exp": (*tensor.Tensor).Exp,
		"pow": func(x *tensor.Tensor) *tensor.Tensor { return x.Abs().Pow(x) },
	}
	layouts := map[string]func(x *tensor.Tensor) *tensor.Tensor{
		"dense":      func(x *tensor.Tensor) *tensor.Tensor { return x },
		"odd start":  func(x *tensor.Tensor) *tensor.Tensor { return x.Narrow(0, 1, x.Shape()[0]-1) },
		"rows":       func(x *tensor.Tensor) *tensor.Tensor { return matrix(x).Narrow(1, 4, columns-8) },
		"odd rows":   func(x *tensor.Tensor) *tensor.Tensor { return matrix(x).Narrow(1, 3, columns-5) },
		"transposed": func(x *tensor.Tensor) *tensor.Tensor { return matrix(x).Transpose(0, 1) },
	}
	// The budgets of both sides, up to 3 ulp each; a result of fewer bits may round
	// to the other neighbour.
	bounds := map[dtype.DType]float64{dtype.Float32: 6 * 0x1p-23, dtype.Float16: 0x1p-10, dtype.BFloat16: 0x1p-7}
	for _, kind := range []dtype.DType{dtype.Float32, dtype.Float16, dtype.BFloat16} {
		here, there := tensor.From(tensor.CPU(), numbers, len(numbers)).To(kind), tensor.From(d, numbers, len(numbers)).To(kind)
		for layout, view := range layouts {
			for name, f := range functions {
				t.Run(fmt.Sprintf("%s/%s/%v", name, layout, kind), func(t *testing.T) {
					want, got := f(view(here)).Float64s(), f(view(there)).Float64s()
					for i, w := range want {
						g := got[i]
						near := math.Abs(g-w) <= bounds[kind]*math.Abs(w)+1e-38 || kind == dtype.Float16 && math.Abs(g-w) <= 0x1p-24
						if g != w && (g == g || w == w) && !near { // NaN equals itself
							t.Fatalf("element %d is %v, the CPU has %v", i, g, w)
						}
					}
				})
			}
		}
	}
}

func matrix(x *tensor.Tensor) *tensor.Tensor {
	const rows, columns = 96, 1028
	return x.Narrow(0, 0, rows*columns).Reshape(rows, columns)
}
