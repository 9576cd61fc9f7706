package nn_test

import (
	"fmt"
	"math"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// weight returns a matrix and a stream of random numbers for initializers.
func weight(sizes ...int) (*tensor.Tensor, *tensor.Generator) {
	return tensor.Empty(tensor.CPU(), dtype.Float64, sizes...), tensor.NewGenerator(1)
}

// Ten layers of ReLU keep the scale of values; with half the weights it is lost.
func ExampleKaimingUniform() {
	for _, gain := range []float64{math.Sqrt2, math.Sqrt2 / 2} {
		w, g := weight(256, 256)
		x := g.Normal(tensor.CPU(), dtype.Float64, 0, 1, 100, 256)
		for range 10 {
			nn.KaimingUniform(w, g, nn.Kaiming{Gain: gain})
			x = x.MatMul(w).ReLU()
		}
		fmt.Printf("%.1g\n", x.Square().Mean().Item())
	}
	// Output:
	// 1
	// 1e-06
}

// The bound for 300 inputs and 100 outputs is sqrt(6/400).
func ExampleXavierUniform() {
	w, g := weight(100, 300)
	nn.XavierUniform(w, g, 1)
	fmt.Printf("%.3f %.3f\n", w.Max().Item(), math.Sqrt(6./400))
	nn.XavierNormal(w, g, nn.Gain(nn.Tanh{}))
	fmt.Printf("%.3f %.3f\n", w.Std(1).Item(), 5./3*math.Sqrt(2./400))
	// Output:
	// 0.122 0.122
	// 0.117 0.118
}

func ExampleUniform() {
	w, g := weight(1000)
	nn.Uniform(w, g, 2, 3)
	fmt.Printf("%.1f\n", w.Mean().Item())
	nn.Normal(w, g, 5, 0.1)
	fmt.Printf("%.1f %.1f\n", w.Mean().Item(), w.Std(1).Item())
	nn.TruncNormal(w, g, 0, 1, -2, 2)
	fmt.Println(w.Abs().Max().Item() <= 2)
	// Output:
	// 2.5
	// 5.0 0.1
	// true
}

func ExampleConstant() {
	w, _ := weight(2, 3)
	fmt.Println(nn.Constant(w, 7).Float64s(), nn.Zeros(w).Float64s())
	fmt.Println(nn.Eye(w))
	// Output:
	// [7 7 7 7 7 7] [0 0 0 0 0 0]
	// tensor([[1., 0., 0.],
	//         [0., 1., 0.]], dtype=float64)
}

// The fewer of rows and columns are orthonormal.
func ExampleOrthogonal() {
	w, g := weight(2, 3)
	nn.Orthogonal(w, g, 1)
	fmt.Printf("%.3f\n", w.MatMul(w.T()).Abs().Float64s())
	// Output: [1.000 0.000 0.000 1.000]
}

// A convolution that begins by passing its input on.
func ExampleDirac() {
	c := maker().Conv1d(2, 2, 3, nn.Same, nn.NoBias)
	nn.Dirac(c.Weight, 1)
	x := numbers(1, 2, 3, 4, 5, 6).Reshape(1, 2, 3)
	fmt.Println(c.Forward(x).Detach().Equal(x))
	// Output: true
}

// Three quarters of each column are 0.
func ExampleSparse() {
	w, g := weight(8, 4)
	nn.Sparse(w, g, 0.75, 0.01)
	fmt.Println(w.NeScalar(0).Sum(0))
	// Output: tensor([2, 2, 2, 2])
}

func ExampleGain() {
	fmt.Printf("%.4f %.4f %.4f\n", nn.Gain(nn.ReLU{}), nn.Gain(nn.Tanh{}), nn.Gain(nn.LeakyReLU{Slope: 0.2}))
	// Output: 1.4142 1.6667 1.3868
}
