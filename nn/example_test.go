package nn_test

import (
	"errors"
	"fmt"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// Net is a module: a struct, its fields and a method.
type Net struct {
	Conv *nn.Conv2d
	Norm *nn.BatchNorm2d
	Drop *nn.Dropout
	FC   *nn.Linear
}

func (n *Net) Forward(x *tensor.Tensor) *tensor.Tensor {
	x = n.Norm.Forward(n.Conv.Forward(x)).ReLU()
	x = nn.AdaptiveAvgPool2d{}.Forward(x).Flatten(1, -1)
	return n.FC.Forward(n.Drop.Forward(x))
}

func NewNet(b *nn.Maker) *Net {
	return &Net{b.Conv2d(3, 8, 3, nn.Pad(1), nn.NoBias), b.BatchNorm2d(8), b.Dropout(0.1), b.Linear(8, 10)}
}

// A module needs no registration: names and printing follow from its fields.
func Example() {
	net := NewNet(nn.On(tensor.CPU(), dtype.Float32, 1))
	fmt.Println(nn.String(net))
	for name, t := range nn.StateDict(net) {
		fmt.Println(name, t.Shape())
	}
	x := tensor.Ones(tensor.CPU(), dtype.Float32, 2, 3, 16, 16)
	fmt.Println(net.Forward(x).Shape(), nn.NumParameters(net))
	// Output:
	// Net(
	//   (conv): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False)
	//   (norm): BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
	//   (drop): Dropout(p=0.1)
	//   (fc): Linear(in_features=8, out_features=10, bias=True)
	// )
	// conv.weight [8 3 3 3]
	// norm.weight [8]
	// norm.bias [8]
	// norm.running_mean [8]
	// norm.running_var [8]
	// norm.num_batches_tracked []
	// fc.weight [10 8]
	// fc.bias [10]
	// [2 10] 322
}

// A training loop: every step's tensors are freed at its end.
func ExampleSequential() {
	dev := tensor.CPU()
	b := nn.On(dev, dtype.Float32, 1)
	model := nn.Sequential{b.Linear(2, 8), nn.Tanh{}, b.Linear(8, 2)}
	x := tensor.From(dev, []float32{0, 0, 0, 1, 1, 0, 1, 1}, 4, 2)
	y := tensor.From(dev, []int64{0, 1, 1, 0}) // exclusive or
	opt := optim.Adam{LR: 0.05}.New(nn.Parameters(model))
	for range 200 {
		tensor.Scope(func(s *tensor.Arena) {
			loss := nn.CrossEntropy(model.Forward(s.Own(x.Detach())), y)
			autograd.Backward(loss)
			opt.Step()
			opt.ZeroGrad()
		})
	}
	nn.Eval(model)
	p := model.Forward(x.NoGrad()).Softmax(1)
	for i := range 4 {
		fmt.Printf("%.1f\n", p.Select(0, i).Float64s())
	}
	// Output:
	// [1.0 0.0]
	// [0.0 1.0]
	// [0.0 1.0]
	// [1.0 0.0]
}

func ExampleOn() {
	b := nn.On(tensor.CPU(), dtype.Float32, 42)
	fmt.Println(b.Linear(4, 2))
	fmt.Println(b.Conv2d(3, 8, 0, nn.Kernel(3, 5), nn.Stride(2), nn.Pad(1, 2), nn.Groups(1)))
	fmt.Println(b.LSTM(8, 16, nn.RecurrentConfig{Layers: 2, Bidirectional: true}))
	// Output:
	// Linear(in_features=4, out_features=2, bias=True)
	// Conv2d(3, 8, kernel_size=(3, 5), stride=(2, 2), padding=(1, 2))
	// LSTM(8, 16, num_layers=2, bidirectional=True)
}

func ExampleCrossEntropy() {
	logits := tensor.From(tensor.CPU(), []float32{2, 0, 0, 0, 0, 3}, 2, 3)
	target := tensor.From(tensor.CPU(), []int64{0, 2})
	fmt.Printf("%.4f\n", nn.CrossEntropy(logits, target).Item())
	each := nn.CrossEntropy(logits, target, nn.ClassLoss{LabelSmoothing: 0.1, Reduction: nn.None})
	fmt.Printf("%.4f\n", each.Float64s())
	// Output:
	// 0.1672
	// [0.3729 0.2949]
}

func ExampleMSE() {
	x := tensor.From(tensor.CPU(), []float32{1, 2, 3})
	y := tensor.From(tensor.CPU(), []float32{1, 0, 0})
	fmt.Printf("%.4f %.4f\n", nn.MSE(x, y).Item(), nn.MSE(x, y, nn.Sum).Item())
	// Output: 4.3333 13.0000
}

func ExampleLoadStateDict() {
	l := nn.On(tensor.CPU(), dtype.Float32, 1).Linear(2, 1)
	err := nn.LoadStateDict(l, map[string]*tensor.Tensor{
		"weight": tensor.From(tensor.CPU(), []float64{1, 2, 3}, 1, 3),
		"scale":  tensor.From(tensor.CPU(), []float64{1}),
	}, true)
	fmt.Println(err)
	var e *nn.StateError
	fmt.Println(errors.As(err, &e), e.Missing)
	// Output:
	// nn: state does not fit the module: missing bias; unexpected scale; other shapes weight: module has [1 2], state [1 3]
	// true [bias]
}

func ExampleMaxPool2d() {
	x := tensor.Arange(tensor.CPU(), dtype.Float32, 0, 16, 1).Reshape(1, 1, 4, 4)
	fmt.Println(nn.MaxPool2d{Kernel: 2}.Forward(x).Float64s())
	fmt.Println(nn.AvgPool2d{Kernel: 2}.Forward(x).Float64s())
	fmt.Println(nn.AdaptiveAvgPool2d{}.Forward(x).Float64s())
	// Output:
	// [5 7 13 15]
	// [2.5 4.5 10.5 12.5]
	// [7.5]
}

func ExampleEmbedding() {
	b := nn.On(tensor.CPU(), dtype.Float32, 1)
	e := b.Embedding(100, 16, nn.PaddingIdx(0))
	ids := tensor.From(tensor.CPU(), []int64{5, 9, 0, 3, 0, 0}, 2, 3)
	fmt.Println(e.Forward(ids).Shape(), e)
	// Output: [2 3 16] Embedding(100, 16, padding_idx=0)
}

func ExampleMultiheadAttention() {
	b := nn.On(tensor.CPU(), dtype.Float32, 1)
	a := b.MultiheadAttention(16, 4, nn.AttentionConfig{BatchFirst: true})
	x := tensor.Ones(tensor.CPU(), dtype.Float32, 2, 5, 16)
	y, weights := a.Attend(x, x, x, nn.Attending{Causal: true, Weights: true})
	fmt.Println(y.Shape(), weights.Shape())
	fmt.Printf("%.2f\n", weights.Index(tensor.I(0), tensor.I(0), tensor.I(3)).Float64s())
	// Output:
	// [2 5 16] [2 4 5 5]
	// [0.25 0.25 0.25 0.25 0.00]
}

func ExampleLSTM() {
	b := nn.On(tensor.CPU(), dtype.Float32, 1)
	l := b.LSTM(8, 16, nn.RecurrentConfig{Layers: 2, BatchFirst: true})
	y, h, c := l.Forward(tensor.Ones(tensor.CPU(), dtype.Float32, 3, 10, 8), nil, nil)
	fmt.Println(y.Shape(), h.Shape(), c.Shape())
	// Output: [3 10 16] [2 3 16] [2 3 16]
}

func ExampleTransformerEncoder() {
	b := nn.On(tensor.CPU(), dtype.Float32, 1)
	e := b.TransformerEncoder(2, 32, 4, nn.TransformerConfig{FeedForward: 64, Activation: nn.GELU{}, BatchFirst: true, NormFirst: true})
	y := e.Encode(tensor.Ones(tensor.CPU(), dtype.Float32, 2, 7, 32), nn.Attending{Causal: true})
	fmt.Println(y.Shape(), nn.NumParameters(e))
	// Output: [2 7 32] 17088
}

func ExampleTo() {
	l := nn.On(tensor.CPU(), dtype.Float32, 1).Linear(2, 2)
	nn.To(l, nil, dtype.BFloat16)
	fmt.Println(l.Weight.DType(), l.Weight.RequiresGrad())
	// Output: bfloat16 true
}

func ExampleKaimingNormal() {
	b := nn.On(tensor.CPU(), dtype.Float32, 1)
	c := b.Conv2d(3, 64, 7)
	nn.KaimingNormal(c.Weight, b.Generator(), nn.Kaiming{FanOut: true})
	nn.Zeros(c.Bias)
	fmt.Println(c.Weight.Shape(), c.Bias.Abs().Sum().Item())
	// Output: [64 3 7 7] 0
}
