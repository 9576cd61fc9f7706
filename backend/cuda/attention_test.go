//go:build linux && (amd64 || arm64)

package cuda

import (
	"math"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// TestAttention compares results and gradients with the CPU, for more queries
// and keys than a tile has, and heads of both sizes of kernels.
func TestAttention(t *testing.T) {
	m := &fakecuda.Machine{}
	dev := openFake(t, m)
	cpu, err := backend.Open("cpu")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		why     string
		of      dtype.DType
		q, k, v []int
		mask    []int
		a       op.AttentionAttrs
	}{
		{"tiles", dtype.Float32, []int{2, 35, 5}, []int{2, 40, 5}, []int{2, 40, 9}, nil, op.AttentionAttrs{}},
		{"wide heads", dtype.Float32, []int{18, 70}, []int{34, 70}, []int{34, 3}, nil, op.AttentionAttrs{Scale: 0.1}},
		{"causal, heads share keys", dtype.Float32, []int{1, 4, 36, 4}, []int{1, 2, 34, 4}, []int{1, 2, 34, 4}, nil, op.AttentionAttrs{Causal: true, Grouped: true}},
		{"mask of keys", dtype.Float32, []int{2, 2, 6, 4}, []int{2, 2, 40, 4}, []int{2, 2, 40, 4}, []int{2, 1, 1, 40}, op.AttentionAttrs{}},
		{"half", dtype.Float16, []int{35, 6}, []int{33, 6}, []int{33, 6}, []int{35, 33}, op.AttentionAttrs{}},
	} {
		t.Run(c.why, func(t *testing.T) {
			run := func(dev backend.Device) (out [4][]float64) {
				leaf := func(n int, s []int) *tensor.Tensor {
					return sequence(dev, c.of, n, s...).MulScalar(0.1).SetRequiresGrad(true) // weights that are not all 0 or 1
				}
				q, k, v := leaf(17, c.q), leaf(5, c.k), leaf(7, c.v)
				var mask *tensor.Tensor
				if c.mask != nil {
					mask = sequence(dev, dtype.Float32, 3, c.mask...).GtScalar(0)
				}
				y := q.Attention(k, v, mask, c.a)
				autograd.Backward(y.Mul(sequence(dev, c.of, 11, y.Shape()...)).Sum())
				for i, x := range []*tensor.Tensor{y, q.Grad(), k.Grad(), v.Grad()} {
					out[i] = x.Float64s()
				}
				return out
			}
			got, want := run(dev), run(cpu)
			eps := 1e-5 // 40 terms in another order, exponents that are off by their rounding
			if c.of == dtype.Float16 {
				eps = 4e-3 // results and operands rounded to 11 bits
			}
			for i, name := range [...]string{"result", "gradient of q", "of k", "of v"} {
				top := 1.0
				for _, w := range want[i] {
					top = max(top, math.Abs(w))
				}
				for j, w := range want[i] {
					if g := got[i][j]; !(math.Abs(g-w) <= eps*top) {
						t.Fatalf("%s: element %d is %v, want %v", name, j, g, w)
					}
				}
			}
		})
	}
	if n := len(dev.(*device).kernels.written); n != 9 {
		t.Errorf("%d kernels ran, want 6 of float32 and 3 of float16", n)
	}
	if m.Fault != nil {
		t.Error(m.Fault)
	}
}
