package nn_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

func ExampleNamedSequential() {
	b := maker()
	net := nn.NamedSequential{{Name: "hidden", Layer: b.Linear(3, 4)}, {Name: "act", Layer: nn.ReLU{}}}
	net = append(net, nn.Named{Name: "head", Layer: b.Linear(4, 2, nn.NoBias)})
	for name, p := range nn.NamedParameters(net) {
		fmt.Println(name, p.Shape())
	}
	// Output:
	// hidden.weight [4 3]
	// hidden.bias [4]
	// head.weight [2 4]
}

// The number of inputs follows from the first one; parameters come with it.
func ExampleLazy() {
	b := maker()
	net := nn.Sequential{b.LazyConv2d(8, 3), b.LazyBatchNorm2d(), nn.Flatten{}, b.LazyLinear(10)}
	fmt.Println(nn.NumParameters(net))
	sizes(net, 2, 3, 6, 6)
	nn.Eval(net)
	fmt.Println(net)
	// Output:
	// 0
	// [2 10]
	// Sequential(
	//   (0): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))
	//   (1): BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
	//   (2): Flatten(start_dim=1, end_dim=-1)
	//   (3): Linear(in_features=128, out_features=10, bias=True)
	// )
}

// pair keeps two tensors of one name in PyTorch's files.
type pair struct{ left, right *tensor.Tensor }

func (p *pair) ListParameters(yield func(name string, at **tensor.Tensor)) {
	yield("table.0", &p.left)
	yield("table.1", &p.right)
}

func (p *pair) Forward(x *tensor.Tensor) *tensor.Tensor { return x.MatMul(p.left).Add(p.right) }

// Names that fields cannot have; To and LoadStateDict replace tensors in place.
func ExampleLister() {
	var l nn.Lister = &pair{maker().Parameter(2, 2), maker().Parameter(2)}
	nn.To(l, nil, dtype.Float64)
	for name, p := range nn.NamedParameters(l) {
		fmt.Println(name, p.Shape(), p.DType())
	}
	// Output:
	// table.0 [2 2] float64
	// table.1 [2] float64
}

// backbone gives the module inside it another name than its field has.
type backbone struct{ body *nn.Linear }

func (b *backbone) ListModules(yield func(name string, m any)) { yield("features.0", b.body) }
func (b *backbone) Forward(x *tensor.Tensor) *tensor.Tensor    { return b.body.Forward(x) }

func ExampleNester() {
	var n nn.Nester = &backbone{maker().Linear(3, 2)}
	for name, p := range nn.StateDict(n) {
		fmt.Println(name, p.Shape())
	}
	// Output:
	// features.0.weight [2 3]
	// features.0.bias [2]
}

// symmetric makes a matrix of another's upper triangle.
type symmetric struct{ Original *tensor.Tensor }

func (s symmetric) Weight(training bool) *tensor.Tensor {
	return s.Original.Triu(0).Add(s.Original.Triu(1).T())
}

func ExampleParametrization() {
	l := maker().Linear(3, 3, nn.NoBias)
	p := nn.Parametrize(l, "Weight", func(w *tensor.Tensor) nn.Parametrization { return symmetric{w} })
	for name, t := range nn.StateDict(p) {
		fmt.Println(name, t.Shape())
	}
	w := p.Remove().(*nn.Linear).Weight.Detach()
	fmt.Println(w.Equal(w.T()))
	// Output:
	// parametrizations.weight.original [3 3]
	// true
}

// Summarize is Summary for programs: here a limit on the size of a model.
func ExampleStats() {
	net := NewNet(maker())
	_, stats := nn.Summarize(net, tensor.Zeros(tensor.CPU(), dtype.Float32, 1, 3, 32, 32))
	fmt.Println(stats.Parameters, stats.ParameterBytes, stats.MultiplyAdds)
	// Output: 322 1360 221264
}

// The activations within a model are looked at as they pass.
func ExampleHooked() {
	b := nn.On(tensor.CPU(), dtype.Float32, 1)
	net := nn.Sequential{b.Linear(4, 3), nn.ReLU{}, b.Linear(3, 2)}
	net[0] = &nn.Hooked{Layer: net[0], After: func(x, y *tensor.Tensor) *tensor.Tensor {
		fmt.Println("linear", x.Shape(), "to", y.Shape())
		return y
	}}
	net.Forward(tensor.Ones(tensor.CPU(), dtype.Float32, 5, 4))
	for name := range nn.NamedParameters(net) {
		fmt.Println(name)
	}
	// Output:
	// linear [5 4] to [5 3]
	// 0.weight
	// 0.bias
	// 2.weight
	// 2.bias
}
