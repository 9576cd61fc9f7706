package nn_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

func ExampleModules() {
	b := maker()
	net := nn.Sequential{b.Linear(2, 3), nn.Sequential{nn.ReLU{}, b.Linear(3, 1)}}
	for path, m := range nn.Modules(net) {
		fmt.Printf("%q %T\n", path, m)
	}
	// Output:
	// "" nn.Sequential
	// "0" *nn.Linear
	// "1" nn.Sequential
	// "1.0" nn.ReLU
	// "1.1" *nn.Linear
}

// All linear layers of a model get other weights; the inner modules come first.
func ExampleApply() {
	b := maker()
	net := nn.Sequential{b.Linear(2, 3), nn.Tanh{}, b.Linear(3, 1)}
	nn.Apply(net, func(m any) {
		if l, ok := m.(*nn.Linear); ok {
			nn.Constant(l.Weight, 0.5)
			nn.Zeros(l.Bias)
		}
	})
	fmt.Printf("%.4f\n", net.Forward(numbers(1, 1).Reshape(1, 2)).Item()) // 3·0.5·tanh(1)
	// Output: 1.1424
}

func ExampleNamedBuffers() {
	for name, t := range nn.NamedBuffers(maker().BatchNorm1d(2)) {
		fmt.Println(name, t)
	}
	// Output:
	// running_mean tensor([0., 0.])
	// running_var tensor([1., 1.])
	// num_batches_tracked tensor(0)
}

// A frozen part gets no gradients, and nothing is recorded for it.
func ExampleFreeze() {
	b := maker()
	features, head := b.Linear(3, 4), b.Linear(4, 2)
	nn.Freeze(features)
	h := features.Forward(sequence(1, 1, 3))
	autograd.Backward(head.Forward(h).Sum())
	fmt.Println(h.RequiresGrad(), features.Weight.Grad() == nil, head.Weight.Grad().Shape())
	nn.Unfreeze(features)
	fmt.Println(features.Weight.RequiresGrad())
	// Output:
	// false true [2 4]
	// true
}

func ExampleTrain() {
	d := maker().Dropout(0.5)
	x := tensor.Ones(tensor.CPU(), dtype.Float32, 1000)
	nn.Eval(d)
	fmt.Println(d.Forward(x).Min().Item())
	nn.Train(d)
	fmt.Println(d.Forward(x).Min().Item())
	// Output:
	// 1
	// 0
}

// The gradients 3 and -4 of two parameters are one vector of length 5.
func ExampleClipGradNorm() {
	a, b := maker().Parameter(1), maker().Parameter(1)
	a.SetGrad(numbers(3))
	b.SetGrad(numbers(-4))
	params := []*tensor.Tensor{a, b}
	fmt.Println(nn.ClipGradNorm(params, 10), a.Grad(), b.Grad())
	fmt.Println(nn.ClipGradNorm(params, 1), a.Grad(), b.Grad())
	nn.ClipGradValue(params, 0.5)
	fmt.Println(b.Grad())
	// Output:
	// 5 tensor([3.]) tensor([-4.])
	// 5 tensor([0.6000]) tensor([-0.8000])
	// tensor([-0.5000])
}

// Gradients add up until they are dropped.
func ExampleZeroGrad() {
	l := maker().Linear(1, 1, nn.NoBias)
	x := numbers(2).Reshape(1, 1)
	autograd.Backward(l.Forward(x).Sum())
	autograd.Backward(l.Forward(x).Sum())
	fmt.Println(l.Weight.Grad().Item())
	nn.ZeroGrad(l)
	fmt.Println(l.Weight.Grad() == nil)
	// Output:
	// 4
	// true
}

func ExamplePadSequence() {
	words := []*tensor.Tensor{numbers(1, 2, 3), numbers(4)}
	fmt.Println(nn.PadSequence(words, true, -1))
	p := nn.PackSequence(words, true)
	fmt.Println(p.Data.Shape(), p.Lengths)
	// Output:
	// tensor([[ 1.,  2.,  3.],
	//         [ 4., -1., -1.]])
	// [2 3] [3 1]
}

// A layer of one's own that is made when it sees its input.
func ExampleNewLazy() {
	b := maker()
	l := nn.NewLazy(func(x *tensor.Tensor) nn.Layer { return b.LayerNorm(x.Dim(-1)) })
	fmt.Println(l)
	sizes(l, 2, 5)
	fmt.Println(l)
	// Output:
	// Lazy()
	// [2 5]
	// LayerNorm((5,), eps=1e-05, elementwise_affine=True)
}

// A model whose weights are loaded next need not draw any.
func ExampleBlank() {
	trained, fresh := maker().Linear(3, 2), nn.Blank(tensor.CPU(), dtype.Float32).Linear(3, 2)
	state := map[string]*tensor.Tensor{}
	for name, t := range nn.StateDict(trained) {
		state[name] = t
	}
	fmt.Println(nn.LoadStateDict(fresh, state, true), fresh.Weight.Detach().Equal(trained.Weight.Detach()))
	// Output: <nil> true
}

// Options of normalisations, embeddings and convolutions.
func ExampleEps() {
	fmt.Println(maker().BatchNorm2d(8, nn.Eps(1e-3), nn.Momentum(0.01)))
	fmt.Println(maker().Embedding(100, 8, nn.MaxNorm(1)))
	fmt.Println(maker().Conv2d(4, 8, 3, nn.Dilation(2)))
	// Output:
	// BatchNorm2d(8, eps=0.001, momentum=0.01, affine=True, track_running_stats=True)
	// Embedding(100, 8, max_norm=1)
	// Conv2d(4, 8, kernel_size=(3, 3), stride=(1, 1), dilation=(2, 2))
}
