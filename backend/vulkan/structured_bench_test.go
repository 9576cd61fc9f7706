package vulkan

import (
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// BenchmarkStructured shows what ops take that work along rows, windows and
// indices, at sizes of which training is made.
func BenchmarkStructured(b *testing.B) {
	d := first(b, func(*device) {})
	random := func(s ...int) *tensor.Tensor { return tensor.NewGenerator(1).Normal(d, dtype.Float32, 0, 1, s...) }
	apply := func(o *op.Op, attrs any, in ...*tensor.Tensor) func() []*tensor.Tensor {
		return func() []*tensor.Tensor { return tensor.Apply(d, o, attrs, in...) }
	}
	rows, text := random(2048, 1024), random(256, 32000)
	image, planes := random(16, 64, 56, 56), random(16, 64, 28, 28)
	ones := func(n ...int) *tensor.Tensor { return tensor.Ones(d, dtype.Float32, n...) }
	pool := op.PoolAttrs{Kernel: []int{3}, Stride: []int{2}, Pad: []int{1}}
	max := tensor.Apply(d, op.MaxPool, pool, image)
	back := pool
	back.Size = []int{56, 56}
	depthwise := op.ConvAttrs{Groups: 64, Pad: []int{1}}
	taps := op.ConvAttrs{Groups: 64, Pad: []int{1}, Size: []int{3, 3}}
	ids := random(4096).Mul(tensor.Full(d, dtype.Float32, 1e6)).Abs().Fmod(tensor.Full(d, dtype.Float32, 8000)).To(dtype.Int64)
	layer, channels := op.NormAttrs{Eps: 1e-5}, op.NormGradAttrs{NormAttrs: op.NormAttrs{Eps: 1e-5}, Channels: true}
	for _, c := range []struct {
		name string
		run  func() []*tensor.Tensor
	}{
		{"softmax/rows", apply(op.Softmax, op.AxisAttrs{Axis: -1}, rows)},
		{"softmax/columns", apply(op.Softmax, op.AxisAttrs{Axis: 0}, rows)},
		{"logsoftmax/words", apply(op.LogSoftmax, op.AxisAttrs{Axis: -1}, text)},
		{"softmaxgrad/rows", apply(op.SoftmaxGrad, op.AxisAttrs{Axis: -1}, rows, rows)},
		{"softmaxgrad/columns", apply(op.SoftmaxGrad, op.AxisAttrs{Axis: 0}, rows, rows)},
		{"logsoftmaxgrad/words", apply(op.LogSoftmaxGrad, op.AxisAttrs{Axis: -1}, text, text)},
		{"layernorm", apply(op.LayerNorm, layer, rows, ones(1024), ones(1024))},
		{"layernormgrad", apply(op.NormGrad, op.NormGradAttrs{NormAttrs: layer}, rows, rows, ones(2048, 1), ones(2048, 1), ones(1024))},
		{"rmsnorm", apply(op.RMSNorm, layer, rows, ones(1024))},
		{"batchnorm", apply(op.BatchNorm, layer, image, ones(64), ones(64))},
		{"batchnormgrad", apply(op.NormGrad, channels, image, image, ones(64), ones(64), ones(64))},
		{"groupnorm", apply(op.GroupNorm, op.NormAttrs{Groups: 8, Eps: 1e-5}, image, ones(64), ones(64))},
		{"sum/all", apply(op.Sum, op.ReduceAttrs{}, image)},
		{"sum/rows", apply(op.Sum, op.ReduceAttrs{Axes: []int{1}}, rows)},
		{"sum/columns", apply(op.Sum, op.ReduceAttrs{Axes: []int{0}}, rows)},
		{"maxpool", apply(op.MaxPool, pool, image)},
		{"maxpoolgrad", apply(op.MaxPoolGrad, back, planes, max[1])},
		{"avgpool", apply(op.AvgPool, pool, image)},
		{"avgpooltranspose", apply(op.AvgPoolTranspose, back, planes)},
		{"depthwise", apply(op.Conv, depthwise, image, random(64, 1, 3, 3))},
		{"depthwise/weight", apply(op.ConvWeight, taps, image, image)},
		{"cumsum/rows", apply(op.CumSum, op.ScanAttrs{Axis: 1}, rows)},
		{"cumsum/one", apply(op.CumSum, op.ScanAttrs{}, random(50000))},
		{"sort/rows", apply(op.Sort, op.SortAttrs{Axis: -1}, rows)},
		{"topk/words", apply(op.TopK, op.TopKAttrs{K: 50, Axis: -1}, random(4, 32000))},
		{"argmax/words", apply(op.ArgMax, op.ArgAttrs{Axis: -1}, text)},
		{"embedding/grad", apply(op.IndexPut, op.IndexPutAttrs{Accumulate: true}, tensor.Zeros(d, dtype.Float32, 8000, 256), random(4096, 256), ids)},
	} {
		b.Run(c.name, func(b *testing.B) {
			for _, t := range c.run() { // compiles the kernels
				t.Free()
			}
			if err := d.Sync(); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				for _, t := range c.run() {
					t.Free()
				}
				if err := d.Sync(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
