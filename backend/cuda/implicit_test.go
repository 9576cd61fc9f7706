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

// TestImplicitConv computes small integers, whose sums are exact, on the GPU and
// on the CPU: the convolution and both its gradients, of every type.
func TestImplicitConv(t *testing.T) { testImplicitConv(t, &fakecuda.Machine{}, 9) }

// TestTensorConv is TestImplicitConv on a GPU with tensor cores, and with TF32: three
// kernels of each type, in one size or both, and the one that turns operands.
func TestTensorConv(t *testing.T) {
	t.Setenv(TF32Variable, "1")
	testImplicitConv(t, &fakecuda.Machine{Major: 8}, 3*(3*2+1))
}

func testImplicitConv(t *testing.T, m *fakecuda.Machine, kernels int) {
	dev := openFake(t, m)
	cpu, err := backend.Open("cpu")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		why  string
		x, w []int
		a    op.ConvAttrs
	}{
		{"one axis, dilated", []int{2, 3, 21}, []int{8, 3, 4}, op.ConvAttrs{Dilation: []int{2}, Pad: []int{3}}},
		{"strides that leave a rest, more than a tile of rows", []int{2, 5, 9, 8}, []int{70, 5, 3, 2}, op.ConvAttrs{Stride: []int{2, 3}, Pad: []int{1, 0}}},
		{"groups", []int{1, 16, 7, 7}, []int{24, 8, 3, 3}, op.ConvAttrs{Groups: 2, Pad: []int{1}}},
		{"three axes", []int{1, 8, 4, 5, 6}, []int{9, 8, 2, 3, 2}, op.ConvAttrs{Stride: []int{1, 2, 1}}},
		{"windows of one element", []int{2, 16, 5, 3}, []int{8, 16, 1, 1}, op.ConvAttrs{Stride: []int{2}}},
		{channelsLast, []int{2, 16, 5, 4}, []int{16, 8, 2, 1}, op.ConvAttrs{Groups: 2}},
		{"more than a tile of channels", []int{1, 66, 4, 4}, []int{8, 66, 3, 3}, op.ConvAttrs{Pad: []int{1}}},
		{"many terms of few weights", []int{9, 8, 12, 12}, []int{8, 8, 3, 3}, op.ConvAttrs{}},
	} {
		for _, d := range []dtype.DType{dtype.Float32, dtype.Float16, dtype.BFloat16} {
			t.Run(fmt.Sprint(c.why, " ", d), func(t *testing.T) {
				defer func() {
					if m.Fault != nil {
						t.Log(m.Fault)
					}
				}()
				run := func(dev backend.Device) [3][]float32 {
					x, w := sequence(dev, d, 3, c.x...), sequence(dev, d, 2, c.w...)
					y := x.Conv(w, c.a)
					g := sequence(dev, d, 2, y.Shape()...)
					if c.why == channelsLast { // operands that need not be turned
						x, g = innermost(x), innermost(g)
						y = x.Conv(w, c.a)
					}
					in, weight := c.a, c.a
					in.Size, weight.Size = c.x[2:], c.w[2:]
					var out [3][]float32
					for i, r := range []*tensor.Tensor{y, tensor.Apply(dev, op.ConvTranspose, in, g, w)[0], tensor.Apply(dev, op.ConvWeight, weight, x, g)[0]} {
						out[i] = tensor.Data[float32](r.To(dtype.Float32))
					}
					return out
				}
				got, want := run(dev), run(cpu)
				for i, name := range [...]string{"conv", "by its operand", "by its weight"} {
					for j := range want[i] {
						if math.Float32bits(got[i][j]) != math.Float32bits(want[i][j]) && (got[i][j] != 0 || want[i][j] != 0) {
							t.Fatalf("%s: element %d is %v, want %v", name, j, got[i][j], want[i][j])
						}
					}
				}
			})
		}
	}
	if n := len(dev.(*device).kernels.written); n != kernels {
		t.Errorf("%d kernels ran, want %d", n, kernels)
	}
	if m.Fault != nil {
		t.Error(m.Fault)
	}
}

const channelsLast = "channels last"

// innermost returns x, stored with the second axis last.
func innermost(x *tensor.Tensor) *tensor.Tensor {
	return x.Permute(0, 2, 3, 1).Clone().Permute(0, 3, 1, 2)
}

// sequence returns integers between -n/2 and n/2 that follow no simple pattern.
func sequence(dev backend.Device, d dtype.DType, n int, sizes ...int) *tensor.Tensor {
	count := 1
	for _, s := range sizes {
		count *= s
	}
	v := make([]float32, count)
	for i := range v {
		v[i] = float32((i*i+7*i)%(n+1)%n - n/2)
	}
	return tensor.From(dev, v, sizes...).To(d)
}

// TestDivisor divides by multiplication as kernels do.
func TestDivisor(t *testing.T) {
	for _, d := range []int{1, 2, 3, 5, 7, 9, 64, 255, 641, 1 << 20, 1<<20 + 1, math.MaxInt32} {
		a, shift := divisor(d)
		mul := a >> 32
		if int(a&math.MaxUint32) != d {
			t.Errorf("size of %d is %d", d, a&math.MaxUint32)
		}
		for _, n := range []uint64{0, 1, uint64(d) - 1, uint64(d), uint64(d) + 1, 12345678, math.MaxInt32 - 1, math.MaxInt32} {
			if n > math.MaxInt32 {
				continue
			}
			if got := (uint64(uint32(n*mul>>32)) + n) >> shift; got != n/uint64(d) {
				t.Errorf("%d/%d is %d, want %d", n, d, got, n/uint64(d))
			}
		}
	}
}
