//go:build linux && (amd64 || arm64)

package cuda

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// TestGridLimits runs ops with more of everything than the second or third axis of a grid
// takes, and their gradients: none may launch what the driver refuses.
func TestGridLimits(t *testing.T) {
	const many, rows = 70_000, 70_000 * 128 // more than 65535, of blocks of one and of 128 rows
	type T = *tensor.Tensor
	for _, c := range []struct {
		name   string
		shapes [][]int
		do     func(x []T) T
	}{
		{"product, many rows", [][]int{{rows, 1}, {1, 64}}, func(x []T) T { return x[0].MatMul(x[1]) }},
		{"small product, many rows", [][]int{{rows, 1}, {1, 2}}, func(x []T) T { return x[0].MatMul(x[1]) }},
		{"product, many columns", [][]int{{64, 1}, {1, rows}}, func(x []T) T { return x[0].MatMul(x[1]) }},
		{"products, large", [][]int{{many, 64, 1}, {1, 64}}, func(x []T) T { return x[0].MatMul(x[1]) }},
		{"products, small", [][]int{{2 * many, 2, 2}, {2 * many, 2, 2}}, func(x []T) T { return x[0].MatMul(x[1]) }},
		{"convolution, groups", [][]int{{1, many, 3}, {many, 1, 3}}, func(x []T) T { return x[0].Conv(x[1], op.ConvAttrs{Groups: many}) }},
		{"convolution, groups of several", [][]int{{1, 8 * many, 3}, {8 * many, 8, 1}}, func(x []T) T { return x[0].Conv(x[1], op.ConvAttrs{Groups: many}) }},
		{"convolution, images", [][]int{{many, 8, 4}, {8, 8, 3}}, func(x []T) T { return x[0].Conv(x[1], op.ConvAttrs{}) }},
		{"convolution, channels out", [][]int{{1, 8, 2}, {rows, 8, 1}}, func(x []T) T { return x[0].Conv(x[1], op.ConvAttrs{}) }},
		{"convolution, channels in", [][]int{{1, rows, 2}, {8, rows, 1}}, func(x []T) T { return x[0].Conv(x[1], op.ConvAttrs{}) }},
		{"convolution, long", [][]int{{1, 8, rows}, {8, 8, 3}}, func(x []T) T { return x[0].Conv(x[1], op.ConvAttrs{}) }},
		{"transposed convolution", [][]int{{1, 8, rows}, {8, 8, 3}}, func(x []T) T { return x[0].ConvTranspose(x[1], op.ConvAttrs{}) }},
		{"layer norm, many", [][]int{{rows, 4}, {4}, {4}}, func(x []T) T { return x[0].LayerNorm(1, 1e-5, x[1], x[2]) }},
		{"layer norm, long", [][]int{{2, rows}, {rows}, {rows}}, func(x []T) T { return x[0].LayerNorm(1, 1e-5, x[1], x[2]) }},
		{"batch norm, channels", [][]int{{2, rows, 4}, {rows}, {rows}}, func(x []T) T { y, _, _ := x[0].BatchNorm(1e-5, x[1], x[2]); return y }},
		{"batch norm, elements", [][]int{{rows, 2}, {2}, {2}}, func(x []T) T { y, _, _ := x[0].BatchNorm(1e-5, x[1], x[2]); return y }},
		{"group norm", [][]int{{many, 4, 2}, {4}, {4}}, func(x []T) T { return x[0].GroupNorm(2, 1e-5, x[1], x[2]) }},
		{"softmax, many", [][]int{{rows, 3}}, func(x []T) T { return x[0].Softmax(1) }},
		{"softmax, long", [][]int{{1, rows}}, func(x []T) T { return x[0].Softmax(1) }},
		{"running sum, many", [][]int{{rows, 3}}, func(x []T) T { return x[0].CumSum(1) }},
		{"running sum, down", [][]int{{3, rows}}, func(x []T) T { return x[0].CumSum(0) }},
		{"running sum, long", [][]int{{1, 64 * rows}}, func(x []T) T { return x[0].CumSum(1) }},
		{"sum, many", [][]int{{rows, 3}}, func(x []T) T { return x[0].Sum(1) }},
		{"sum, down", [][]int{{3, rows}}, func(x []T) T { return x[0].Sum(0) }},
		{"sum, long", [][]int{{1, 64 * rows}}, func(x []T) T { return x[0].Sum(1) }},
		{"sort, many", [][]int{{rows, 3}}, func(x []T) T { y, _ := x[0].Sort(1, false); return y }},
		{"sort, long", [][]int{{1, rows}}, func(x []T) T { y, _ := x[0].Sort(1, false); return y }},
		{"attention", [][]int{{2 * many, 2, 8}, {2 * many, 2, 8}, {2 * many, 2, 8}}, func(x []T) T { return x[0].Attention(x[1], x[2], nil, op.AttentionAttrs{}) }},
		{"attention, long", [][]int{{1, rows, 8}, {1, 4, 8}, {1, 4, 8}}, func(x []T) T { return x[0].Attention(x[1], x[2], nil, op.AttentionAttrs{}) }},
		{"pooling", [][]int{{1, many, 8}}, func(x []T) T { y, _ := x[0].MaxPool(op.PoolAttrs{Kernel: []int{2}}); return y }},
		{"transposed copy", [][]int{{rows, 3}}, func(x []T) T { return x[0].Transpose(0, 1).Contiguous() }},
	} {
		for _, of := range []struct {
			d     dtype.DType
			major int
		}{{dtype.Float32, 5}, {dtype.Float16, 8}} {
			t.Run(fmt.Sprintf("%s, %v", c.name, of.d), func(t *testing.T) {
				m := &fakecuda.Machine{Idle: true, Memory: 64 << 30, Major: of.major}
				dev := openFake(t, m)
				var x []*tensor.Tensor
				for _, s := range c.shapes {
					v := tensor.Full(dev, of.d, 1, s...)
					x = append(x, v.SetRequiresGrad(true))
				}
				before := m.Launches
				err := tensor.Try(func() error {
					y := c.do(x)
					autograd.Backward(y.Sum())
					return dev.Sync()
				})
				switch {
				case errors.Is(err, backend.ErrUnsupported): // said before anything is launched
					t.Log(err)
				case err != nil || m.Launches == before:
					t.Errorf("%v, %d launches", err, m.Launches-before)
				}
			})
		}
	}
}

// TestByRows computes products in parts of seven rows: to the bit what they are as a whole.
func TestByRows(t *testing.T) {
	for _, of := range []struct {
		d     dtype.DType
		major int
	}{{dtype.Float32, 5}, {dtype.Float16, 8}} {
		t.Run(of.d.String(), func(t *testing.T) {
			m := &fakecuda.Machine{Major: of.major}
			dev := openFake(t, m)
			x, y := sequence(dev, of.d, 5, 1, 70, 24), sequence(dev, of.d, 7, 24, 72)
			w, b := sequence(dev, of.d, 3, 72, 24), sequence(dev, of.d, 5, 72)
			for name, product := range map[string]func() *tensor.Tensor{
				"large":  func() *tensor.Tensor { return x.MatMul(y) },
				"small":  func() *tensor.Tensor { return x.MatMul(y.Slice(1, 0, 3)) },
				"turned": func() *tensor.Tensor { return y.Transpose(0, 1).MatMul(x.Reshape(70, 24).Transpose(0, 1)) },
				"linear": func() *tensor.Tensor {
					return tensor.Apply(nil, op.Linear, op.LinearAttrs{Then: op.EpilogueGELU}, x, w, b)[0]
				},
			} {
				want := tensor.Data[float32](product().To(dtype.Float32))
				before, all := m.Launches, mostRows
				mostRows = 7
				got := tensor.Data[float32](product().To(dtype.Float32))
				mostRows = all
				if !slices.Equal(got, want) || m.Launches-before < 10 {
					t.Errorf("%s, %v: %d launches, %v, want %v", name, of.d, m.Launches-before, got[:8], want[:8])
				}
			}
			if m.Fault != nil {
				t.Error(m.Fault)
			}
		})
	}
}
