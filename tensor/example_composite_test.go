package tensor_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

func ExampleEinsum() {
	dev := tensor.CPU()
	a := tensor.From(dev, []float64{1, 2, 3, 4}, 2, 2)
	b := tensor.From(dev, []float64{0, 1, 1, 0}, 2, 2)
	fmt.Println(tensor.Einsum("ij,jk->ik", a, b).Float64s())
	fmt.Println(tensor.Einsum("ii", a).Float64s())
	// Output:
	// [2 1 4 3]
	// [5]
}

func ExampleTensor_Masked() {
	dev := tensor.CPU()
	x := tensor.From(dev, []float64{1, 2, 3, 100}, 2, 2)
	m := x.Masked(x.LtScalar(50))
	fmt.Println(m.Mean().Item(), m.Max(1).Float64s())
	// Output: 2 [2 3]
}

func ExampleTensor_Quantile() {
	x := tensor.From(tensor.CPU(), []float64{4, 1, 3, 2})
	fmt.Println(x.Quantile(0.5, 0, tensor.Linear).Item(), x.Quantile(0.5, 0, tensor.Lower).Item())
	// Output: 2.5 2
}

func ExampleTensor_Unique() {
	x := tensor.From(tensor.CPU(), []float64{3, 1, 3, 2})
	values, inverse, counts := x.Unique()
	fmt.Println(values.Float64s(), inverse.Float64s(), counts.Float64s())
	// Output: [1 2 3] [2 0 2 1] [1 1 2]
}

func ExampleMeshGrid() {
	dev := tensor.CPU()
	g := tensor.MeshGrid(tensor.From(dev, []float64{1, 2}), tensor.From(dev, []float64{5, 6, 7}))
	fmt.Println(g[0].Float64s(), g[1].Float64s())
	// Output: [1 1 1 2 2 2] [5 6 7 5 6 7]
}

func ExampleTensor_Solve() {
	dev := tensor.CPU()
	a := tensor.From(dev, []float64{2, 0, 0, 4}, 2, 2)
	b := tensor.From(dev, []float64{2, 2}, 2, 1)
	fmt.Println(a.Solve(b).Float64s(), a.Det().Item())
	// Output: [1 0.5] 8
}

func ExampleTensor_SplitInto() {
	x := tensor.Arange(tensor.CPU(), dtype.Int64, 0, 7, 1)
	for _, p := range x.SplitInto(0, 3) {
		fmt.Println(p.Float64s())
	}
	// Output:
	// [0 1 2]
	// [3 4]
	// [5 6]
}
