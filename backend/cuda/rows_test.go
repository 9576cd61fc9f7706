//go:build linux && (amd64 || arm64)

package cuda

import (
	"fmt"
	"math"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// TestRows compares with the CPU, for rows of a warp, of a block and longer ones, in
// numbers of rows that fill no block.
func TestRows(t *testing.T) {
	m := &fakecuda.Machine{}
	dev := openFake(t, m)
	cpu, err := backend.Open("cpu")
	if err != nil {
		t.Fatal(err)
	}
	inf := float32(math.Inf(1))
	for _, size := range [][2]int{{9, 1}, {3, 33}, {1, 1024}, {2, 1025}, {1, 8192}, {2, 8193}} {
		for _, special := range []float32{0, inf, -inf, float32(math.NaN())} {
			if special != 0 && size[1] > 1025 {
				continue
			}
			t.Run(fmt.Sprint(size, special), func(t *testing.T) {
				run := func(dev backend.Device) (out [7][]float32) {
					x := sequence(dev, dtype.Float32, 17, size[0], size[1])
					if special != 0 {
						v := tensor.Data[float32](x)
						v[size[1]/2] = special
						x = tensor.From(dev, v, size[0], size[1])
					}
					w, b := sequence(dev, dtype.Float32, 5, size[1]), sequence(dev, dtype.Float32, 3, size[1])
					y, l := x.Softmax(1), x.LogSoftmax(-1)
					gradient := func(o *op.Op, y *tensor.Tensor) *tensor.Tensor {
						return tensor.Apply(dev, o, op.AxisAttrs{Axis: 1}, sequence(dev, dtype.Float32, 11, size[0], size[1]), y)[0]
					}
					for i, y := range []*tensor.Tensor{y, l, gradient(op.SoftmaxGrad, y), gradient(op.LogSoftmaxGrad, l), x.LayerNorm(1, 1e-5, nil, nil), x.LayerNorm(1, 1e-5, w, nil), x.LayerNorm(1, 1e-5, w, b)} {
						out[i] = tensor.Data[float32](y)
					}
					return out
				}
				got, want := run(dev), run(cpu)
				for i, name := range [...]string{"softmax", "logsoftmax", "gradient of softmax", "gradient of logsoftmax", "layernorm", "with weight", "with bias"} {
					for j, w := range want[i] {
						g := got[i][j]
						same := g == w || g != g && w != w
						// Rows add up to 8,192 terms, in another order.
						if !same && !(math.Abs(float64(g-w)) <= 4e-6*(1+math.Abs(float64(w)))) {
							t.Fatalf("%s: element %d is %v, want %v", name, j, g, w)
						}
					}
				}
			})
		}
	}
	if n := len(dev.(*device).kernels.written); n != 15 {
		t.Errorf("%d kernels ran, want 15", n)
	}
	if m.Fault != nil {
		t.Error(m.Fault)
	}
}
