package nn_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// Whole channels go: each is all 0 or all 2.
func ExampleFeatureDropout() {
	d := nn.On(tensor.CPU(), dtype.Float32, 2).FeatureDropout(0.5)
	y := d.Forward(tensor.Ones(tensor.CPU(), dtype.Float32, 1, 4, 2, 2))
	fmt.Println(y.Reshape(4, 4))
	// Output:
	// tensor([[2., 2., 2., 2.],
	//         [2., 2., 2., 2.],
	//         [0., 0., 0., 0.],
	//         [2., 2., 2., 2.]])
}

// Mean and variance stay, where a plain Dropout would double the variance.
func ExampleAlphaDropout() {
	b := maker()
	x := b.Generator().Normal(tensor.CPU(), dtype.Float32, 0, 1, 100_000)
	for _, l := range []nn.Layer{b.AlphaDropout(0.5), b.Dropout(0.5)} {
		y := l.Forward(x)
		fmt.Printf("%v: mean %.1f, variance %.1f\n", l, y.Mean().Abs().Item(), y.Var(1).Item())
	}
	// Output:
	// AlphaDropout(p=0.5): mean 0.0, variance 1.0
	// Dropout(p=0.5): mean 0.0, variance 2.0
}

// The slope below 0 is drawn in training and fixed afterwards.
func ExampleRReLU() {
	r := maker().RReLU(0.1, 0.3)
	y := r.Forward(numbers(-1, -1, -1, 5))
	fmt.Println(y.Min().Item() >= -0.3, y.Max().Item())
	nn.Eval(r)
	on(r, -1, -1, -1, 5)
	// Output:
	// true 5
	// tensor([-0.2000, -0.2000, -0.2000,  5.0000])
}

// All that draws from one maker shares one stream: its state repeats a pass.
func ExampleDrawer() {
	d := maker().Dropout(0.5)
	var drawer nn.Drawer = d
	seed, offset := drawer.Generator().State()
	x := tensor.Ones(tensor.CPU(), dtype.Float32, 64)
	first := d.Forward(x)
	drawer.Generator().SetState(seed, offset)
	fmt.Println(d.Forward(x).Equal(first))
	// Output: true
}
