package vulkan

import (
	"errors"
	"math"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
	"github.com/hekla-ml/hekla/tensor"
)

// TestWide computes with tensors of several times the memory that a kernel can
// see, and compares with the CPU.
func TestWide(t *testing.T) {
	t.Setenv("HEKLA_VULKAN_LIMITS", "small,groups=100x100x100")
	d := first(t, func(*device) {})
	const n = 1 << 20 // 4 MiB of floats
	numbers := make([]float32, n)
	index := make([]int64, n)
	for i := range numbers {
		numbers[i], index[i] = float32(math.Sin(float64(i))), int64(i*7919%1000)
	}
	on := func(dev backend.Device, s ...int) *tensor.Tensor { return tensor.From(dev, numbers, s...) }
	// conv returns a convolution and both of its gradients, one after the other.
	conv := func(a op.ConvAttrs, xs, ws []int) func(backend.Device) *tensor.Tensor {
		return func(dev backend.Device) *tensor.Tensor {
			part := func(s []int, scale float64) *tensor.Tensor {
				return on(dev, n).Narrow(0, 0, shape.Numel(s)).Reshape(s...).MulScalar(scale)
			}
			x, w := part(xs, 1).SetRequiresGrad(true), part(ws, 0.1).SetRequiresGrad(true)
			y := x.Conv(w, a)
			g := autograd.Grad([]*tensor.Tensor{y}, []*tensor.Tensor{x, w}, autograd.WithGrad(part(y.Shape(), 1)))
			return tensor.Concat(0, y.Reshape(-1), g[0].Reshape(-1), g[1].Reshape(-1).MulScalar(0.001))
		}
	}
	for _, c := range []struct {
		name string
		f    func(dev backend.Device) *tensor.Tensor
	}{
		{"elementwise", func(dev backend.Device) *tensor.Tensor { return on(dev, n).Exp().Mul(on(dev, n)) }},
		{"one row", func(dev backend.Device) *tensor.Tensor { return on(dev, 1, n).Neg() }},
		{"broadcast", func(dev backend.Device) *tensor.Tensor { return on(dev, 1024, 1024).Add(on(dev, 1024, 1024).Sum(0)) }},
		{"transposed copy", func(dev backend.Device) *tensor.Tensor {
			return on(dev, 1024, 1024).Transpose(0, 1).Contiguous()
		}},
		{"random numbers", func(dev backend.Device) *tensor.Tensor {
			return tensor.NewGenerator(1).Uniform(dev, dtype.Float32, 0, 1, 1, 3, n/3)
		}},
		{"a range", func(dev backend.Device) *tensor.Tensor { return tensor.Arange(dev, dtype.Float32, 0, n, 1) }},
		{"numbers of elements of a table, summed", func(dev backend.Device) *tensor.Tensor {
			x := on(dev, n).Narrow(0, 0, n/2).Reshape(2, n/4)
			return tensor.Apply(dev, op.Reduce, &op.ReduceMapAttrs{Fn: timesNumber, By: op.ByMax, Axes: []int{1}, Out: dtype.Float32}, x)[0]
		}},
		{"sum of all", func(dev backend.Device) *tensor.Tensor { return on(dev, n).Sum() }},
		{"mean of columns", func(dev backend.Device) *tensor.Tensor { return on(dev, 4, n/4).Mean(0) }},
		{"largest of rows", func(dev backend.Device) *tensor.Tensor { return on(dev, 4, n/4).Max(1) }},
		{"sum of integers", func(dev backend.Device) *tensor.Tensor { return tensor.From(dev, index, n).Sum() }},
		{"cat", func(dev backend.Device) *tensor.Tensor { return tensor.Concat(0, on(dev, n), on(dev, n)) }},
		{"matmul, many rows", func(dev backend.Device) *tensor.Tensor {
			return on(dev, n/16, 16).MatMul(on(dev, n/16, 16).Narrow(0, 0, 16))
		}},
		{"matmul, many columns", func(dev backend.Device) *tensor.Tensor {
			return on(dev, n/16, 16).Narrow(0, 0, 4).MatMul(on(dev, 16, n/16))
		}},
		{"matmul, batch", func(dev backend.Device) *tensor.Tensor { return on(dev, n/64, 8, 8).MatMul(on(dev, n/64, 8, 8)) }},
		{"matmul, long sums", func(dev backend.Device) *tensor.Tensor { return on(dev, 2, n/2).MatMul(on(dev, n/2, 2)) }},
		{"matmul, long sums of bfloat16", func(dev backend.Device) *tensor.Tensor {
			return on(dev, 2, n/2).To(dtype.BFloat16).MatMul(on(dev, n/2, 2).To(dtype.BFloat16)).To(dtype.Float32)
		}},
		{"convolution, images", conv(op.ConvAttrs{Pad: []int{1}}, []int{64, 4, 40, 40}, []int{3, 4, 3, 3})},
		{"convolution, a wide image", conv(op.ConvAttrs{}, []int{1, 16, 240, 240}, []int{2, 16, 2, 2})},
		{"convolution, a wide weight", conv(op.ConvAttrs{}, []int{1, 512, 1, 2}, []int{640, 512, 1, 1})},
		{"convolution in groups", conv(op.ConvAttrs{Groups: 8, Stride: []int{2}}, []int{1, 16, 256, 256}, []int{16, 2, 3, 3})},
		{"convolution, a wide plane", conv(op.ConvAttrs{Pad: []int{1}, Stride: []int{2, 1}, Dilation: []int{2}}, []int{1, 2, 600, 800}, []int{2, 2, 3, 2})},
		{"convolution, a long signal of float16", func(dev backend.Device) *tensor.Tensor {
			w := on(dev, n).Narrow(0, 0, 10).Reshape(2, 1, 5)
			return on(dev, 1, 1, n).To(dtype.Float16).Conv(w.To(dtype.Float16), op.ConvAttrs{Pad: []int{2}, Stride: []int{7}}).To(dtype.Float32)
		}},
		{"resized images", func(dev backend.Device) *tensor.Tensor {
			x := on(dev, 64, 4, 64, 64).SetRequiresGrad(true)
			y := tensor.Apply(dev, op.Resize, op.ResizeAttrs{Size: []int{32, 48}, Mode: op.ResizeLinear}, x)[0]
			return tensor.Concat(0, y.Reshape(-1), autograd.Grad([]*tensor.Tensor{y}, []*tensor.Tensor{x}, autograd.WithGrad(y))[0].Reshape(-1))
		}},
		{"a wide image, resized", func(dev backend.Device) *tensor.Tensor {
			return tensor.Apply(dev, op.Resize, op.ResizeAttrs{Size: []int{1500, 700}, Mode: op.ResizeCubic}, on(dev, 1, 1, 1024, 1024))[0]
		}},
		{"flip", func(dev backend.Device) *tensor.Tensor { return on(dev, 4, 2, n/8).Flip(0, 2) }},
		{"slice, backwards", func(dev backend.Device) *tensor.Tensor {
			x := on(dev, n/8, 8).SetRequiresGrad(true)
			y := x.Narrow(0, 3, n/16)
			return autograd.Grad([]*tensor.Tensor{y}, []*tensor.Tensor{x}, autograd.WithGrad(y))[0]
		}},
		{"largest of many rows", func(dev backend.Device) *tensor.Tensor { return on(dev, n/16, 16).ArgMax(1) }},
		{"buckets", func(dev backend.Device) *tensor.Tensor {
			return tensor.Apply(dev, op.Bucketize, op.SearchAttrs{}, on(dev, 16, n/16), tensor.From(dev, []float32{-0.5, 0, 0.5}, 3))[0]
		}},
		{"matmul of float16, wide in float32", func(dev backend.Device) *tensor.Tensor {
			x := on(dev, n).Narrow(0, 0, 600*4).Reshape(600, 4).To(dtype.Float16)
			return x.MatMul(x.Transpose(0, 1)).To(dtype.Float32)
		}},
		{"matmul, panels wider than operands", func(dev backend.Device) *tensor.Tensor {
			return on(dev, n).Narrow(0, 0, 3*n/16).Reshape(n/16, 3).MatMul(on(dev, n).Narrow(0, 0, 9).Reshape(3, 3))
		}},
		{"cumsum", func(dev backend.Device) *tensor.Tensor { return on(dev, n/16, 16).CumSum(1) }},
		{"cumsum across", func(dev backend.Device) *tensor.Tensor { return on(dev, 16, n/16).CumSum(0) }},
		{"cumsum of one line of integers", func(dev backend.Device) *tensor.Tensor { return tensor.From(dev, index, n).CumSum(0) }},
		{"cumprod of one line, backwards", func(dev backend.Device) *tensor.Tensor {
			x := on(dev, 1, n).MulScalar(1e-3).AddScalar(1)
			return tensor.Apply(dev, op.CumProd, op.ScanAttrs{Axis: 1, Reverse: true}, x)[0]
		}},
		{"softmax", func(dev backend.Device) *tensor.Tensor { return on(dev, n/16, 16).Softmax(1) }},
		{"softmax and its gradient", func(dev backend.Device) *tensor.Tensor {
			x := on(dev, n/16, 16)
			return tensor.Apply(dev, op.SoftmaxGrad, op.AxisAttrs{Axis: 1}, x, x.Softmax(1))[0]
		}},
		{"gather", func(dev backend.Device) *tensor.Tensor {
			return on(dev, 1024, 1024).Gather(1, tensor.From(dev, index[:512*1024], 1024, 512))
		}},
		{"rows of a table", func(dev backend.Device) *tensor.Tensor {
			return on(dev, 4096, 256).Index(tensor.At(tensor.From(dev, index[:3000]).Reshape(3, 1000)))
		}},
		{"many rows of a small table", func(dev backend.Device) *tensor.Tensor {
			return on(dev, n).Narrow(0, 0, 2000).Reshape(1000, 2).Index(tensor.At(tensor.From(dev, index[:n/4])))
		}},
		{"rows put in a table", func(dev backend.Device) *tensor.Tensor {
			x := on(dev, 4096, 256)
			a := op.IndexPutAttrs{Accumulate: true}
			return tensor.Apply(dev, op.IndexPut, a, x, x.MulScalar(0.01), tensor.From(dev, index[:4096]))[0]
		}},
		{"maxpool", func(dev backend.Device) *tensor.Tensor {
			y, _ := on(dev, 64, 4, 64, 64).MaxPool(op.PoolAttrs{Kernel: []int{2, 2}})
			return y
		}},
		{"maxpool, its gradient", func(dev backend.Device) *tensor.Tensor {
			a := op.PoolAttrs{Kernel: []int{2, 2}}
			y, at := on(dev, 64, 4, 64, 64).MaxPool(a)
			a.Size = []int{64, 64}
			return tensor.Apply(dev, op.MaxPoolGrad, a, y, at)[0]
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, want := c.f(d).Float64s(), c.f(tensor.CPU()).Float64s()
			if len(got) != len(want) {
				t.Fatalf("%d elements, want %d", len(got), len(want))
			}
			for i := range got {
				// Sums of up to 2^20 sines in another order: float32, a tree of pieces.
				if math.Abs(got[i]-want[i]) > 1e-3 {
					t.Fatalf("element %d is %v, want %v", i, got[i], want[i])
				}
			}
		})
	}
}

var timesNumber = op.NewFn([]pointwise.Kind{pointwise.Float}, nil, func(in, _ []pointwise.Value) []pointwise.Value {
	return []pointwise.Value{in[0].Floor().Add(pointwise.Index().Convert(pointwise.Float))}
})

// TestTooWide: what cannot be cut is refused, not computed wrong.
func TestTooWide(t *testing.T) {
	t.Setenv("HEKLA_VULKAN_LIMITS", "small")
	var dev *device
	p := first(t, func(d *device) { dev = d })
	b, err := dev.Alloc(4 << 20)
	if err != nil {
		t.Fatal(err)
	}
	v := backend.View{Buffer: b, DType: dtype.Float32, View: shape.Contiguous([]int{1 << 20})}
	if _, err := dev.bind(&v); !errors.Is(err, backend.ErrUnsupported) {
		t.Errorf("bind: %v, want ErrUnsupported", err)
	}
	if !dev.wide(&v) {
		t.Error("4 MiB are not wide for a device that sees 1 MiB")
	}
	_ = p
}
