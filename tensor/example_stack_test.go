package tensor_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/tensor"
)

// Vectors side by side, one below the other, as columns, and in depth.
func ExampleHStack() {
	x, y := tensor.From(tensor.CPU(), []int64{1, 2}), tensor.From(tensor.CPU(), []int64{3, 4})
	fmt.Println(tensor.HStack(x, y))
	fmt.Println(tensor.VStack(x, y))
	fmt.Println(tensor.ColumnStack(x, y))
	fmt.Println(tensor.DStack(x, y).Shape())
	// Output:
	// tensor([1, 2, 3, 4])
	// tensor([[1, 2],
	//         [3, 4]])
	// tensor([[1, 3],
	//         [2, 4]])
	// [1 2 2]
}

func ExampleBlockDiag() {
	fmt.Println(tensor.BlockDiag(tensor.From(tensor.CPU(), []int64{1, 2, 3, 4}, 2, 2), tensor.From(tensor.CPU(), []int64{5, 6})))
	// Output:
	// tensor([[1, 2, 0, 0],
	//         [3, 4, 0, 0],
	//         [0, 0, 5, 6]])
}

func ExampleCartesianProd() {
	fmt.Println(tensor.CartesianProd(tensor.From(tensor.CPU(), []int64{1, 2}), tensor.From(tensor.CPU(), []int64{5, 6})))
	// Output:
	// tensor([[1, 5],
	//         [1, 6],
	//         [2, 5],
	//         [2, 6]])
}

// A column and a row make a table; nothing is copied.
func ExampleBroadcast() {
	all := tensor.Broadcast(tensor.From(tensor.CPU(), []int64{1, 2}, 2, 1), tensor.From(tensor.CPU(), []int64{10, 20, 30}))
	fmt.Println(all[0].Shape(), all[1].Shape(), all[1].Strides())
	// Output: [2 3] [2 3] [0 1]
}
