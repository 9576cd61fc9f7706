//go:build linux && (amd64 || arm64)

package cuda

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/tensor"
)

// TestGEMM multiplies small integers, whose sums are exact in every type, in each
// layout, with and without a batch that is stretched, by the kernels with large tiles.
func TestGEMM(t *testing.T) { testGEMM(t, 5, "gemm", dtype.Float32, dtype.Float16, dtype.BFloat16) }

// TestTensorCores is TestGEMM on a GPU that has them.
func TestTensorCores(t *testing.T) { testGEMM(t, 8, "mma", dtype.Float16, dtype.BFloat16) }

// TestTF32Products is TestTensorCores for float32, and looks whether operands are rounded: only where that is allowed.
func TestTF32Products(t *testing.T) {
	for allow, want := range map[string]float32{"": 8 + 1./512, "1": 8} {
		t.Run(TF32Variable+"="+allow, func(t *testing.T) {
			t.Setenv(TF32Variable, allow)
			dev := openFake(t, &fakecuda.Machine{Major: 8})
			x, y := tensor.Full(dev, dtype.Float32, 1+1./4096, 128, 8), tensor.Full(dev, dtype.Float32, 1, 8, 128)
			if got := tensor.Data[float32](x.MatMul(y))[5]; got != want {
				t.Errorf("a sum of 8 times 1+1/4096 is %v, want %v", got, want)
			}
		})
	}
	t.Setenv(TF32Variable, "1")
	testGEMM(t, 8, "mma", dtype.Float32)
}

func testGEMM(t *testing.T, major int, module string, types ...dtype.DType) {
	machine := &fakecuda.Machine{Major: major}
	dev := openFake(t, machine)
	for _, size := range []struct{ m, n, k int }{
		{130, 71, 19},  // nothing fills a tile, no vectors
		{72, 136, 104}, // vectors, with a rest in each axis; terms for all stages of copies
		{128, 128, 8},  // one whole tile
	} {
		for _, d := range types {
			for layout := range 4 {
				t.Run(fmt.Sprint(size, d, layout), func(t *testing.T) {
					testProduct(t, dev, d, size.m, size.n, size.k, layout)
				})
			}
		}
	}
	n := 0
	for key := range dev.(*device).kernels.written {
		if strings.HasPrefix(string(key.module), module) {
			n++
		}
	}
	if want := 4 * len(types); n != want {
		t.Errorf("%d kernels of %s ran, want %d", n, module, want)
	}
	if machine.Fault != nil {
		t.Error(machine.Fault)
	}
}

func testProduct(t *testing.T, dev backend.Device, d dtype.DType, m, n, k, layout int) {
	batch := 1 + layout%2
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
}
