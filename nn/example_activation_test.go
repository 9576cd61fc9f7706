package nn_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// on prints what a layer makes of a few numbers.
func on(l nn.Layer, x ...float32) { fmt.Println(l.Forward(tensor.From(tensor.CPU(), x)).Detach()) }

func ExampleReLU() {
	on(nn.ReLU{}, -2, 0, 3)
	// Output: tensor([0., 0., 3.])
}

func ExampleReLU6() {
	on(nn.ReLU6{}, -2, 3, 9)
	// Output: tensor([0., 3., 6.])
}

func ExampleLeakyReLU() {
	on(nn.LeakyReLU{Slope: 0.5}, -2, 3)
	// Output: tensor([-1.,  3.])
}

func ExampleELU() {
	on(nn.ELU{}, -1, 2)
	// Output: tensor([-0.6321,  2.0000])
}

func ExampleCELU() {
	on(nn.CELU{Alpha: 2}, -1, 2)
	// Output: tensor([-0.7869,  2.0000])
}

func ExampleSELU() {
	on(nn.SELU{}, -1, 1)
	// Output: tensor([-1.1113,  1.0507])
}

func ExampleGELU() {
	on(nn.GELU{}, -1, 1)
	on(nn.GELU{Tanh: true}, -1, 1)
	// Output:
	// tensor([-0.1587,  0.8413])
	// tensor([-0.1588,  0.8412])
}

func ExampleSiLU() {
	on(nn.SiLU{}, -1, 1)
	// Output: tensor([-0.2689,  0.7311])
}

func ExampleMish() {
	on(nn.Mish{}, -1, 1)
	// Output: tensor([-0.3034,  0.8651])
}

func ExampleSigmoid() {
	on(nn.Sigmoid{}, 0, 1)
	// Output: tensor([0.5000, 0.7311])
}

func ExampleTanh() {
	on(nn.Tanh{}, 0, 1)
	// Output: tensor([0.0000, 0.7616])
}

func ExampleTanhshrink() {
	on(nn.Tanhshrink{}, 0, 1)
	// Output: tensor([0.0000, 0.2384])
}

func ExampleHardsigmoid() {
	on(nn.Hardsigmoid{}, -3, 0, 1.5)
	// Output: tensor([0.0000, 0.5000, 0.7500])
}

func ExampleHardswish() {
	on(nn.Hardswish{}, -3, 0, 3)
	// Output: tensor([0., 0., 3.])
}

func ExampleHardtanh() {
	on(nn.Hardtanh{}, -3, 0.5, 3)
	// Output: tensor([-1.0000,  0.5000,  1.0000])
}

func ExampleHardshrink() {
	on(nn.Hardshrink{}, -0.4, 0.6)
	// Output: tensor([0.0000, 0.6000])
}

func ExampleSoftshrink() {
	on(nn.Softshrink{}, 0.4, 1.5)
	// Output: tensor([0., 1.])
}

func ExampleThreshold() {
	on(nn.Threshold{At: 1, Value: -1}, 0.5, 2)
	// Output: tensor([-1.,  2.])
}

func ExampleSoftplus() {
	on(nn.Softplus{}, 0, 30)
	// Output: tensor([ 0.6931, 30.0000])
}

func ExampleSoftsign() {
	on(nn.Softsign{}, -1, 3)
	// Output: tensor([-0.5000,  0.7500])
}

func ExampleLogSigmoid() {
	on(nn.LogSigmoid{}, 0)
	// Output: tensor([-0.6931])
}

func ExampleSoftmax() {
	on(nn.Softmax{}, 0, 0, 0, 0)
	// Output: tensor([0.2500, 0.2500, 0.2500, 0.2500])
}

func ExampleSoftmin() {
	on(nn.Softmin{}, 0, 200)
	// Output: tensor([1., 0.])
}

func ExampleLogSoftmax() {
	on(nn.LogSoftmax{}, 0, 0)
	// Output: tensor([-0.6931, -0.6931])
}

func ExampleGLU() {
	on(nn.GLU{}, 3, 4, 0, 100) // the halves are 3, 4 and the gates 0, 100
	// Output: tensor([1.5000, 4.0000])
}

func ExampleIdentity() {
	on(nn.Identity{}, 1, 2)
	// Output: tensor([1., 2.])
}

func ExampleFunc() {
	on(nn.Func((*tensor.Tensor).Square), 1, 2)
	// Output: tensor([1., 4.])
}
