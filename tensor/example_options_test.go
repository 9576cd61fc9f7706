package tensor_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/tensor"
)

func ExampleArena() {
	var kept *tensor.Tensor
	tensor.Scope(func(s *tensor.Arena) {
		x := s.Own(tensor.From(tensor.CPU(), []float32{1, 2, 3}))
		kept = x.Exp().Log().Sum().Keep() // the steps on the way are freed
	})
	fmt.Println(kept.Item())
	// Output: 6
}

func ExampleI() {
	x := tensor.From(tensor.CPU(), []float32{1, 2, 3, 4, 5, 6}).Reshape(2, 3)
	var last tensor.Idx = tensor.I(-1)
	fmt.Println(x.Index(last, last).Item())
	// Output: 6
}

func ExampleBags() {
	table := tensor.From(tensor.CPU(), []float32{1, 10, 100})
	ids := tensor.From(tensor.CPU(), []int64{0, 1, 2})
	offsets := tensor.From(tensor.CPU(), []int64{0, 2}) // the bags {0, 1} and {2}
	fmt.Println(table.Reshape(3, 1).EmbeddingBag(ids, offsets, tensor.Bags{}).Reshape(2))
	// Output: tensor([ 11., 100.])
}

func ExampleCovariance() {
	x := tensor.From(tensor.CPU(), []float32{1, 2, 3, 6, 4, 2}).Reshape(2, 3) // a row for each variable
	fmt.Println(x.Cov(tensor.Covariance{Correction: 1}))
	// Output:
	// tensor([[ 1., -2.],
	//         [-2.,  4.]])
}

func ExampleSampler() {
	x := tensor.From(tensor.CPU(), []float32{0, 10}).Reshape(1, 1, 1, 2)
	grid := tensor.From(tensor.CPU(), []float32{0, 0, 1, 0}).Reshape(1, 1, 2, 2) // (x, y) from -1 to 1
	s := tensor.Sampler{Padding: tensor.GridBorder, AlignCorners: true}
	fmt.Println(x.GridSample(grid, s).Reshape(2))
	// Output: tensor([ 5., 10.])
}

func ExampleInterpolation() {
	x := tensor.From(tensor.CPU(), []float32{0, 10})
	for _, how := range []tensor.Interpolation{tensor.Linear, tensor.Lower, tensor.Higher} {
		fmt.Print(x.Quantile(0.3, 0, how).Item(), " ")
	}
	// Output: 3 0 10
}

// A Kernel may have several outputs and scalar arguments.
func ExampleKernel() {
	polar := tensor.NewKernel(2, 1, func(in, scalar []pointwise.Value) []pointwise.Value {
		x, y := in[0].Mul(scalar[0]), in[1].Mul(scalar[0])
		return []pointwise.Value{x.Square().Add(y.Square()).Sqrt(), y.Atan2(x)}
	})
	x, y := tensor.From(tensor.CPU(), []float32{3}), tensor.From(tensor.CPU(), []float32{4})
	out := polar.Apply([]float64{2}, x, y)
	fmt.Println(out[0], out[1])
	// Output: tensor([10.]) tensor([0.9273])
}

func ExampleMaskedTensor() {
	x := tensor.From(tensor.CPU(), []float32{1, 2, 99})
	m := x.Masked(x.Lt(tensor.From(tensor.CPU(), []float32{50})))
	fmt.Println(m.Sum(), m.Mean())
	// Output: tensor(3.) tensor(1.5000)
}

// The record of y = exp(x): where its gradient goes, and what it needs.
func ExampleNode() {
	x := tensor.From(tensor.CPU(), []float32{1}).SetRequiresGrad(true)
	n, out := x.Exp().Node()
	var to tensor.Edge = n.In[0]
	fmt.Println(n.Op.Name, out, to.Leaf == x, n.Released())
	// Output: exp 0 true false
}
