package shape_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/shape"
)

func ExampleView() {
	v := shape.Contiguous([]int{2, 3})
	t, _ := v.Permute(1, 0)
	row, _ := t.Select(0, 1) // a column of v
	fmt.Println(v, v.IsContiguous())
	fmt.Println(t, t.IsContiguous())
	fmt.Println(row, row.End())
	// Output:
	// {[2 3] [3 1] 0} true
	// {[3 2] [1 3] 0} false
	// {[2] [3] 1} 5
}

func ExampleView_Reshape() {
	v := shape.Contiguous([]int{4, 6})
	v, _ = v.Slice(0, 0, 4, 2)
	w, ok := v.Reshape([]int{2, 2, 3})
	fmt.Println(w, ok)
	_, ok = v.Reshape([]int{12}) // the rows are not side by side
	fmt.Println(ok)
	// Output:
	// {[2 2 3] [12 3 1] 0} true
	// false
}

func ExampleView_Expand() {
	v, err := shape.Contiguous([]int{3, 1}).Expand([]int{2, -1, 4})
	fmt.Println(v, err)
	// Output: {[2 3 4] [0 1 0] 0} <nil>
}

func ExampleView_Slice() {
	v, _ := shape.Contiguous([]int{10}).Slice(0, 1, -1, 3) // as x[1:-1:3] in Python
	fmt.Println(v)
	// Output: {[3] [3] 1}
}

func ExampleView_Diagonal() {
	v, _ := shape.Contiguous([]int{3, 3}).Diagonal(1, 0, 1)
	fmt.Println(v)
	// Output: {[2] [4] 1}
}

func ExampleView_Unfold() {
	v, _ := shape.Contiguous([]int{10}).Unfold(0, 4, 2)
	fmt.Println(v)
	// Output: {[4 4] [2 1] 0}
}

func ExampleContiguous() {
	fmt.Println(shape.Contiguous([]int{2, 3, 4}).Strides)
	// Output: [12 4 1]
}

func ExampleStrides() {
	fmt.Println(shape.Strides([]int{2, 3, 4}))
	// Output: [12 4 1]
}

func ExampleNumel() {
	fmt.Println(shape.Numel([]int{2, 3, 4}), shape.Numel(nil))
	// Output: 24 1
}

func ExampleCheck() {
	fmt.Println(shape.Check([]int{2, -3}))
	// Output: shape: size -3 of axis 1 is negative in [2 -3]
}

func ExampleBroadcast() {
	fmt.Println(shape.Broadcast([]int{8, 1, 6}, []int{7, 1}, nil))
	_, err := shape.Broadcast([]int{32, 64}, []int{128})
	fmt.Println(err)
	// Output:
	// [8 7 6] <nil>
	// shape: cannot broadcast [[32 64] [128]]: sizes 64 and 128 differ at axis 1 from the end
}

// The gradient of a bias [1 6] stretched to [8 7 6] is summed over axes 0 and
// 1, and keeps the second.
func ExampleBroadcastAxes() {
	fmt.Println(shape.BroadcastAxes([]int{1, 6}, []int{8, 7, 6}))
	// Output: [0 1] [1]
}

func ExampleInfer() {
	fmt.Println(shape.Infer(24, []int{4, -1}))
	fmt.Println(shape.Infer(24, []int{5, -1}))
	// Output:
	// [4 6] <nil>
	// [] shape: no size for -1 in [5 -1] gives 24 elements
}

func ExampleAxis() {
	fmt.Println(shape.Axis(-1, 3))
	fmt.Println(shape.Axis(3, 3))
	// Output:
	// 2 <nil>
	// 0 shape: axis 3 is out of range for rank 3, want -3 to 2
}

func ExampleAxes() {
	fmt.Println(shape.Axes([]int{-1, 0}, 3))
	fmt.Println(shape.Axes(nil, 3))
	// Output:
	// [0 2] <nil>
	// [0 1 2] <nil>
}

func ExampleReduced() {
	fmt.Println(shape.Reduced([]int{2, 3, 4}, []int{1}, false), shape.Reduced([]int{2, 3, 4}, []int{1}, true))
	// Output: [2 4] [2 1 4]
}

func ExampleNext() {
	s := []int{2, 2}
	idx := make([]int, len(s))
	for ok := true; ok; ok = shape.Next(idx, s) {
		fmt.Print(idx)
	}
	// Output: [0 0][0 1][1 0][1 1]
}
