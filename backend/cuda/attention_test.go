//go:build linux && (amd64 || arm64)

package cuda

import (
	"maps"
	"math"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/kernels"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// TestAttention compares results and gradients with the CPU, for more queries
// and keys than a tile has, and heads of both sizes of kernels.
func TestAttention(t *testing.T) {
	testAttention(t, &fakecuda.Machine{}, []attentionCase{
		{"tiles", dtype.Float32, []int{2, 35, 5}, []int{2, 40, 5}, []int{2, 40, 9}, nil, op.AttentionAttrs{}},
		{"wide heads", dtype.Float32, []int{18, 70}, []int{34, 70}, []int{34, 3}, nil, op.AttentionAttrs{Scale: 0.1}},
		{"causal, heads share keys", dtype.Float32, []int{1, 4, 36, 4}, []int{1, 2, 34, 4}, []int{1, 2, 34, 4}, nil, op.AttentionAttrs{Causal: true, Grouped: true}},
		{"mask of keys", dtype.Float32, []int{2, 2, 6, 4}, []int{2, 2, 40, 4}, []int{2, 2, 40, 4}, []int{2, 1, 1, 40}, op.AttentionAttrs{}},
		{"heads of 256", dtype.Float32, []int{35, 256}, []int{34, 256}, []int{34, 192}, nil, op.AttentionAttrs{}},
		{"heads of 136, causal, shared keys, a mask", dtype.Float32, []int{4, 5, 136}, []int{2, 34, 136}, []int{2, 34, 7}, []int{1, 34}, op.AttentionAttrs{Causal: true, Grouped: true}},
		{"half, wide values", dtype.Float16, []int{3, 6}, []int{4, 6}, []int{4, 256}, nil, op.AttentionAttrs{}},
		{"half", dtype.Float16, []int{35, 6}, []int{33, 6}, []int{33, 6}, []int{35, 33}, op.AttentionAttrs{}},
	}, map[kernels.Module]int{"attention_f32": 9, "attention_f16": 6})
}

// TestFlash is TestAttention on a GPU with tensor cores.
func TestFlash(t *testing.T) {
	testAttention(t, &fakecuda.Machine{Major: 8}, []attentionCase{
		{"tiles, rows not on multiples of 16 bytes", dtype.Float16, []int{131, 20}, []int{70, 20}, []int{70, 9}, nil, op.AttentionAttrs{}},
		{"wide heads", dtype.BFloat16, []int{1, 66, 72}, []int{1, 75, 72}, []int{1, 75, 128}, nil, op.AttentionAttrs{Scale: -0.1}},
		{"causal, heads share keys", dtype.Float16, []int{1, 2, 70, 16}, []int{1, 1, 68, 16}, []int{1, 1, 68, 8}, nil, op.AttentionAttrs{Causal: true, Grouped: true}},
		{"causal, fewer queries than keys", dtype.BFloat16, []int{5, 8}, []int{130, 8}, []int{130, 8}, nil, op.AttentionAttrs{Causal: true}},
		{"mask of keys", dtype.BFloat16, []int{2, 1, 6, 8}, []int{2, 1, 40, 8}, []int{2, 1, 40, 8}, []int{2, 1, 1, 40}, op.AttentionAttrs{}},
		{"mask of all, causal, wide", dtype.Float16, []int{20, 72}, []int{35, 72}, []int{35, 8}, []int{20, 35}, op.AttentionAttrs{Causal: true}},
		{"heads of 256", dtype.Float16, []int{131, 256}, []int{70, 256}, []int{70, 192}, nil, op.AttentionAttrs{}},
		{"heads of 136, an odd size of values, causal, shared keys, a mask", dtype.BFloat16, []int{2, 70, 136}, []int{1, 68, 136}, []int{1, 68, 7}, []int{1, 68}, op.AttentionAttrs{Causal: true, Grouped: true}},
		{"small queries, an odd size of wide values, mask of all", dtype.Float16, []int{20, 8}, []int{35, 8}, []int{35, 133}, []int{20, 35}, op.AttentionAttrs{}},
	}, map[kernels.Module]int{"flash_f16": 9, "flash_bf16": 9})
}

type attentionCase struct {
	why     string
	of      dtype.DType
	q, k, v []int
	mask    []int
	a       op.AttentionAttrs
}

func testAttention(t *testing.T, m *fakecuda.Machine, cases []attentionCase, ran map[kernels.Module]int) {
	dev := openFake(t, m)
	cpu, err := backend.Open("cpu")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			run := func(dev backend.Device) (out [4][]float64) {
				of := c.of
				if dev == cpu { // of the same elements, without their rounding
					of = dtype.Float32
				}
				leaf := func(n int, s []int) *tensor.Tensor {
					return sequence(dev, c.of, n, s...).MulScalar(0.125).To(of).SetRequiresGrad(true) // weights that are not all 0 or 1
				}
				q, k, v := leaf(17, c.q), leaf(5, c.k), leaf(7, c.v)
				var mask *tensor.Tensor
				if c.mask != nil {
					mask = sequence(dev, dtype.Float32, 3, c.mask...).GtScalar(0)
				}
				y := q.Attention(k, v, mask, c.a)
				autograd.Backward(y.Mul(sequence(dev, of, 11, y.Shape()...)).Sum())
				for i, x := range []*tensor.Tensor{y, q.Grad(), k.Grad(), v.Grad()} {
					out[i] = x.Float64s()
				}
				return out
			}
			got, want := run(dev), run(cpu)
			eps := 1e-5   // 40 terms in another order, exponents that are off by their rounding
			switch c.of { // results, weights and what comes to the scores are rounded to so many bits
			case dtype.Float16:
				eps = 2e-3
			case dtype.BFloat16:
				eps = 1.6e-2
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
	got := map[kernels.Module]int{}
	for key := range dev.(*device).kernels.written {
		got[key.module]++
	}
	if !maps.Equal(got, ran) {
		t.Errorf("kernels ran: %v, want %v", got, ran)
	}
	if m.Fault != nil {
		t.Error(m.Fault)
	}
}
