//go:build linux && (amd64 || arm64)

package cuda

import (
	"fmt"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/tensor"
)

// TestGEMM multiplies small integers, whose sums are exact in every type, in each
// layout, with and without a batch that is stretched, by the kernels with large tiles.
func TestGEMM(t *testing.T) {
	machine := &fakecuda.Machine{}
	dev := openFake(t, machine)
	for _, size := range []struct{ m, n, k int }{
		{130, 71, 19}, // nothing fills a tile, no vectors
		{64, 132, 24}, // vectors, with a rest in each axis
		{128, 128, 8}, // one whole tile
	} {
		for _, d := range []dtype.DType{dtype.Float32, dtype.Float16, dtype.BFloat16} {
			for layout := range 4 {
				t.Run(fmt.Sprint(size, d, layout), func(t *testing.T) {
					m, n, k, batch := size.m, size.n, size.k, 1+layout%2
					x, y := make([]float32, batch*m*k), make([]float32, k*n)
					for i := range x {
						x[i] = float32(i*7%5) - 2
					}
					for i := range y {
						y[i] = float32(i*11%3) - 1
					}
					a, b := tensor.From(dev, x, batch, m, k).To(d), tensor.From(dev, y, k, n).To(d)
					if layout&1 != 0 { // the same values, stored along the other axis
						a = a.Transpose(1, 2).Clone().Transpose(1, 2)
					}
					if layout&2 != 0 {
						b = b.Transpose(0, 1).Clone().Transpose(0, 1)
					}
					got := tensor.Data[float32](a.MatMul(b).To(dtype.Float32))
					for i := range got {
						row, col := i/n, i%n
						want := float32(0)
						for l := range k {
							want += x[row*k+l] * y[l*n+col]
						}
						if got[i] != want {
							t.Fatalf("element %d,%d is %v, want %v", row, col, got[i], want)
						}
					}
				})
			}
		}
	}
	if len(dev.(*device).kernels.written) != 12 {
		t.Errorf("%d kernels ran, want 12", len(dev.(*device).kernels.written))
	}
}
