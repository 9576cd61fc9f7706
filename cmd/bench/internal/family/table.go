package family

import (
	"github.com/hekla-ml/hekla/cmd/bench/internal/workload"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

type list = []*tensor.Tensor

const (
	f32, f16, bf16, f64 = dtype.Float32, dtype.Float16, dtype.BFloat16, dtype.Float64
	i64                 = dtype.Int64
)

// All are the families, those first that the others need.
var All = []Family{
	{"transfers", func(m *Maker) list {
		x := m.Normal(f32, 3<<20) // several pieces of pinned memory
		return list{x, x.Slice(0, 1, 1<<20), m.Int(dtype.Uint8, 200, 1), m.Int(i64, 1<<30, 5)}
	}},
	{"elementwise", func(m *Maker) list {
		x, y := m.Normal(f32, 1023, 65), m.Normal(f32, 1023, 65)
		return list{x.Add(y), x.Exp().Mul(y.Tanh()), x.GELU(), x.Abs().AddScalar(1).Log(), x.Gt(y), x.Neg()}
	}},
	{"broadcast and strided", func(m *Maker) list {
		x, row, column := m.Normal(f32, 65, 130), m.Normal(f32, 130), m.Normal(f32, 65, 1)
		return list{x.Add(row), x.Mul(column), x.T().Contiguous(), x.SliceStep(1, 1, 130, 3).Exp(), row.Add(column)}
	}},
	{"other types", func(m *Maker) list {
		n := m.Int(dtype.Int32, 1000, 777)
		return list{m.Normal(f16, 999).Exp(), m.Normal(bf16, 999).Tanh(), m.Normal(f64, 999).Sin(), n.Mul(n), n.To(f16), n.To(dtype.Uint8), m.Normal(f64, 99).To(bf16)}
	}},
	{"sums", func(m *Maker) list {
		x := m.Normal(f32, 130, 1025)
		return list{x.Sum(), x.Sum(0), x.Mean(1), x.Max(1), m.Normal(f16, 65, 513).Sum(1), m.Normal(f32, 1<<20).Sum(), x.ArgMax(1)}
	}},
	{"running sums", func(m *Maker) list {
		return list{m.Normal(f32, 7, 300).CumSum(1), m.Normal(f32, 3, 20000).CumSum(1), m.Normal(f32, 5000, 9).CumSum(0)}
	}},
	{"softmax", func(m *Maker) list {
		return append(m.withGradients(func(x list) *tensor.Tensor { return x[0].Softmax(1) }, m.Normal(f32, 65, 1000)),
			m.withGradients(func(x list) *tensor.Tensor { return x[0].LogSoftmax(1) }, m.Normal(f16, 9, 10000))...)
	}},
	{"norms", func(m *Maker) list {
		layer := m.withGradients(func(x list) *tensor.Tensor { return x[0].LayerNorm(1, 1e-5, x[1], x[2]) }, m.Normal(f32, 65, 768), m.Normal(f32, 768), m.Normal(f32, 768))
		return append(layer, m.withGradients(func(x list) *tensor.Tensor { y, _, _ := x[0].BatchNorm(1e-5, x[1], x[2]); return y },
			m.Normal(f32, 8, 16, 9, 9), m.Normal(f32, 16), m.Normal(f32, 16))...)
	}},
	{"gather and scatter", func(m *Maker) list {
		x, at := m.Normal(f32, 500, 64), m.Int(i64, 500, 300)
		return append(m.withGradients(func(x list) *tensor.Tensor { return x[0].IndexSelect(0, at) }, x),
			x.IndexAdd(0, at, m.Normal(f32, 300, 64), 1), x.Gather(1, m.Int(i64, 64, 500, 8)))
	}},
	{"sorting", func(m *Maker) list {
		v, i := m.Normal(f32, 5, 700).Sort(1, true)
		w, _ := m.Normal(f32, 50000).Sort(0, false)
		top, _ := m.Normal(f32, 9, 3000).TopK(1, 5)
		return list{v, i, w, top, m.Int(dtype.Int64, 1<<31, 3000).ArgSort(0, false)}
	}},
	{"products, float32", products(f32)},
	{"products, float16", products(f16)},
	{"products, bfloat16", products(bf16)},
	{"products, float64", products(f64)},
	{"affine maps", func(m *Maker) list {
		x, w, b := m.Normal(f32, 200, 256), m.Normal(f32, 128, 256), m.Normal(f32, 128)
		h := m.Normal(f16, 128, 128)
		return append(m.withGradients(func(x list) *tensor.Tensor { return x[0].Linear(x[1], x[2]) }, x, w, b),
			x.LinearThen(w, b, op.EpilogueReLU), x.LinearThen(w, b, op.EpilogueGELU), h.LinearThen(h, m.Normal(f16, 128), op.EpilogueGELUTanh))
	}},
	{"convolutions, float32", convolutions(f32)},
	{"convolutions, float16", convolutions(f16)},
	{"pooling and resizing", func(m *Maker) list {
		x := m.Normal(f32, 2, 5, 17, 19)
		all := m.withGradients(func(x list) *tensor.Tensor { y, _ := x[0].MaxPool(op.PoolAttrs{Kernel: []int{3, 2}}); return y }, x)
		all = append(all, m.withGradients(func(x list) *tensor.Tensor { return x[0].AvgPool(op.PoolAttrs{Kernel: []int{2, 2}}) }, x)...)
		return append(all, tensor.Apply(nil, op.Resize, op.ResizeAttrs{Size: []int{30, 9}, Mode: op.ResizeLinear}, x)[0])
	}},
	{"attention, float32", attention(f32)},
	{"attention, float16", attention(f16)},
	{"random numbers", func(m *Maker) list {
		g := tensor.NewGenerator(3)
		return list{g.Uniform(m.Dev, f32, 0, 1, 1001), g.Normal(m.Dev, f32, 0, 1, 1001), g.Int(m.Dev, i64, 0, 10, 1001)}
	}},
	{"optimizer", func(m *Maker) list {
		var all list
		for n := range 40 { // as many as one launch does not take
			p := m.Normal(f32, 5+n).SetRequiresGrad(true)
			p.SetGrad(m.Normal(f32, 5+n))
			all = append(all, p)
		}
		o := optim.New(optim.AdamW{LR: 1e-2}, all)
		for range 3 {
			o.Step()
		}
		return all
	}},
	{"training", func(m *Maker) list { return training(m, false) }},
	{"training, replayed", func(m *Maker) list { return training(m, true) }},
	{"bad index", func(m *Maker) list {
		x := m.Normal(f32, 8)
		// An error on the CPU and on CUDA; Vulkan does not say. The device goes on.
		_ = tensor.Try(func() error {
			x.IndexSelect(0, tensor.From(m.Dev, []int64{99}, 1)).Bytes()
			return m.Dev.Sync()
		})
		return list{x.AddScalar(1)}
	}},
}

// products are of all layouts, small and large, and one with a batch.
func products(d dtype.DType) func(m *Maker) list {
	return func(m *Maker) list {
		x, y := m.Normal(d, 136, 200), m.Normal(d, 200, 264)
		return list{x.MatMul(y), y.T().MatMul(x.T()), x.MatMul(m.Normal(d, 264, 200).T()), m.Normal(d, 200, 136).T().MatMul(y),
			m.Normal(d, 5, 70, 33).MatMul(m.Normal(d, 5, 33, 70)), m.Normal(d, 3, 5).MatMul(m.Normal(d, 5, 7)), m.Normal(d, 300).MatMul(m.Normal(d, 300, 9))}
	}
}

func convolutions(d dtype.DType) func(m *Maker) list {
	return func(m *Maker) list {
		conv := func(a op.ConvAttrs) func(x list) *tensor.Tensor {
			return func(x list) *tensor.Tensor { return x[0].Conv(x[1], a) }
		}
		all := m.withGradients(conv(op.ConvAttrs{Pad: []int{1, 1}}), m.Normal(d, 2, 16, 14, 14), m.Normal(d, 32, 16, 3, 3))
		all = append(all, m.withGradients(conv(op.ConvAttrs{Stride: []int{2, 2}}), m.Normal(d, 2, 3, 15, 15), m.Normal(d, 8, 3, 3, 3))...)
		return append(all, m.withGradients(conv(op.ConvAttrs{Groups: 8}), m.Normal(d, 2, 8, 9, 9), m.Normal(d, 8, 1, 3, 3))...)
	}
}

func attention(d dtype.DType) func(m *Maker) list {
	return func(m *Maker) list {
		f := func(a op.AttentionAttrs) func(x list) *tensor.Tensor {
			return func(x list) *tensor.Tensor { return x[0].Attention(x[1], x[2], nil, a) }
		}
		all := m.withGradients(f(op.AttentionAttrs{Causal: true}), m.Normal(d, 2, 130, 64), m.Normal(d, 2, 130, 64), m.Normal(d, 2, 130, 64))
		all = append(all, m.withGradients(f(op.AttentionAttrs{}), m.Normal(d, 1, 70, 96), m.Normal(d, 1, 50, 96), m.Normal(d, 1, 50, 96))...)
		return append(all, m.withGradients(f(op.AttentionAttrs{Causal: true}), m.Normal(d, 1, 66, 256), m.Normal(d, 1, 50, 256), m.Normal(d, 1, 50, 192))...)
	}
}

// training is the losses of a small net's first steps, replayed from the third if asked.
func training(m *Maker, replay bool) list {
	r := workload.Rig{Dev: m.Dev, Seed: 1, Replay: replay}.Recorder()
	b := nn.On(r.Dev, f32, 1)
	net := nn.Sequential{b.Conv2d(1, 8, 3), nn.ReLU{}, nn.Flatten{}, b.Linear(8*36, 10)}
	x, y := m.Normal(f32, 16, 1, 8, 8).ToDevice(r.Dev), m.Int(i64, 10, 16).ToDevice(r.Dev)
	o := optim.New(optim.SGD{LR: 0.05}, nn.Parameters(net))
	var losses list
	for range 5 {
		loss := r.Step(o, func() *tensor.Tensor { return nn.CrossEntropy(net.Forward(x), y) })
		losses = append(losses, loss.Detach().ToDevice(tensor.CPU()).Clone())
	}
	return losses
}
