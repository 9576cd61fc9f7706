//go:build linux && (amd64 || arm64)

package cuda

import (
	"math"
	"testing"

	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/tensor"
)

// TestSumInPieces folds more elements than one block takes: the sum is exact
// here, and the same on every run.
func TestSumInPieces(t *testing.T) {
	dev := openFake(t, &fakecuda.Machine{})
	x := make([]float32, 2*share+77)
	want := 0.0
	for i := range x {
		x[i] = float32(i%1000) / 3
		want += float64(x[i])
	}
	a := tensor.From(dev, x, len(x))
	defer a.Free()
	var first uint32
	for i := range 3 {
		y := a.Sum()
		got := tensor.Data[float32](y)[0]
		y.Free()
		if got != float32(want) {
			t.Fatalf("sum is %v, want %v", got, float32(want))
		}
		if i == 0 {
			first = math.Float32bits(got)
		} else if math.Float32bits(got) != first {
			t.Fatal("not the same on every run")
		}
	}
}

// TestMatMulTiles multiplies matrices of several tiles, one operand transposed,
// with no part that fills a tile.
func TestMatMulTiles(t *testing.T) {
	dev := openFake(t, &fakecuda.Machine{})
	const m, n, k = 70, 67, 35
	x, y := make([]float32, m*k), make([]float32, n*k)
	for i := range x {
		x[i] = float32(i%13) - 6
	}
	for i := range y {
		y[i] = float32(i%7) - 3
	}
	got := tensor.Data[float32](tensor.From(dev, x, m, k).MatMul(tensor.From(dev, y, n, k).Transpose(0, 1)))
	for i := range m {
		for j := range n {
			want := float32(0)
			for l := range k {
				want += x[i*k+l] * y[j*k+l]
			}
			if got[i*n+j] != want {
				t.Fatalf("element %d,%d is %v, want %v", i, j, got[i*n+j], want)
			}
		}
	}
}
