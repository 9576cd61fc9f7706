package nn_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

func ExampleSummary() {
	net := NewNet(nn.On(tensor.CPU(), dtype.Float32, 1))
	fmt.Print(nn.Summary(net, tensor.Zeros(tensor.CPU(), dtype.Float32, 2, 3, 16, 16)))
	fmt.Println(net.Norm.Training())
	// Output:
	// ==========================================================================================
	// Layer (name)          Input               Output                  Parameters     Mult-adds
	// ==========================================================================================
	// Net                   [2 3 16 16]         [2 10]                         322            --
	//   Conv2d (conv)       [2 3 16 16]         [2 8 16 16]                    216       110,592
	//   BatchNorm2d (norm)  [2 8 16 16]         [2 8 16 16]                     16            --
	//   Dropout (drop)      --                  --                              --            --
	//   Linear (fc)         [2 8]               [2 10]                          90           160
	// ==========================================================================================
	// Parameters: 322, 322 of them trainable
	// Mult-adds: 110,752
	// Memory: input 6.00 KiB, outputs of layers 32.08 KiB, parameters 1.33 KiB
	// ==========================================================================================
	// true
}

// Hooks: an observer sees what each layer takes and returns.
func ExampleLayer_observe() {
	b := nn.On(tensor.CPU(), dtype.Float32, 1)
	net := nn.Sequential{b.Linear(3, 4), nn.ReLU{}, b.Linear(4, 2)}
	tensor.Scope(func(s *tensor.Arena) {
		s.Observe(func(layer any, in, out *tensor.Tensor) { fmt.Println(layer, in.Shape(), out.Shape()) })
		net.Forward(s.Own(tensor.Ones(tensor.CPU(), dtype.Float32, 5, 3)))
	})
	// Output:
	// Linear(in_features=3, out_features=4, bias=True) [5 3] [5 4]
	// Linear(in_features=4, out_features=2, bias=True) [5 4] [5 2]
}

// Lists and maps of modules and parameters are Go's own; a tensor used twice is
// tied.
func ExampleNamedParameters() {
	b := nn.On(tensor.CPU(), dtype.Float32, 1)
	type model struct {
		Stages []*nn.Linear
		Heads  map[string]*nn.Linear
		Scales []*tensor.Tensor
	}
	m := &model{
		Stages: []*nn.Linear{b.Linear(2, 2, nn.NoBias), b.Linear(2, 2, nn.NoBias)},
		Heads:  map[string]*nn.Linear{"left": b.Linear(2, 1), "right": b.Linear(2, 1, nn.NoBias)},
		Scales: []*tensor.Tensor{b.Parameter(2)},
	}
	m.Stages[1].Weight = m.Stages[0].Weight
	for name, p := range nn.NamedParameters(m) {
		fmt.Println(name, p.Shape())
	}
	// Output:
	// stages.0.weight [2 2]
	// heads.left.weight [1 2]
	// heads.left.bias [1]
	// heads.right.weight [1 2]
	// scales.0 [2]
}

func ExampleLSTM_ForwardPacked() {
	b := nn.On(tensor.CPU(), dtype.Float32, 1)
	l := b.LSTM(2, 3)
	long, short := tensor.Ones(tensor.CPU(), dtype.Float32, 5, 2), tensor.Ones(tensor.CPU(), dtype.Float32, 2, 2)
	y, h, _ := l.ForwardPacked(nn.PackSequence([]*tensor.Tensor{long, short}, false), nil, nil)
	fmt.Println(y.Data.Shape(), y.Lengths, h.Shape())
	fmt.Println(y.Data.Select(1, 1).Slice(0, 2, 5).Abs().Sum().Item()) // after the end of the short one
	// Output:
	// [5 2 3] [5 2] [1 2 3]
	// 0
}

func ExampleWeightNorm() {
	l := nn.WeightNorm(nn.On(tensor.CPU(), dtype.Float32, 1).Linear(4, 2))
	for name, p := range nn.NamedParameters(l) {
		fmt.Println(name, p.Shape())
	}
	// Output:
	// bias [2]
	// parametrizations.weight.original0 [2 1]
	// parametrizations.weight.original1 [2 4]
}

func ExampleCTC() {
	logits := tensor.Zeros(tensor.CPU(), dtype.Float32, 4, 1, 3) // 4 steps, 1 sequence, blank and 2 labels
	target := tensor.From(tensor.CPU(), []int64{1, 2}, 1, 2)
	// 15 of 81 ways through 4 steps spell 1, 2.
	fmt.Printf("%.4f\n", nn.CTC(logits.LogSoftmax(2), target, []int{4}, []int{2}, nn.CTCLoss{Reduction: nn.Sum}).Item())
	// Output: 1.6864
}
