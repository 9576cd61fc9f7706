package op_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

func ExampleReduceAttrs() {
	x := array([]int{2, 3}, 1, 2, 3, 4, 5, 6)
	show(op.Sum, op.ReduceAttrs{}, x)
	show(op.Mean, op.ReduceAttrs{Axes: []int{1}, Keep: true}, x)
	// Output:
	// [] [21]
	// [2 1] [2 5]
}

func ExampleReduceMapAttrs() {
	// The sum of squares over the last axis, in one pass.
	square, _ := op.Square.Lower([]op.Meta{{Shape: []int{2}, DType: dtype.Float64}}, nil)
	show(op.Reduce, &op.ReduceMapAttrs{Fn: square, By: op.BySum, Axes: []int{1}, Out: dtype.Float64}, array([]int{2, 2}, 1, 2, 3, 4))
	// Output: [2] [5 25]
}

func ExampleVarAttrs() {
	x := array([]int{4}, 1, 2, 3, 4)
	show(op.VarMean, op.VarAttrs{Correction: 1}, x)
	// Output:
	// [] [1.667]
	// [] [2.5]
}

func ExamplePNormAttrs() {
	show(op.Norm, op.PNormAttrs{P: 2}, array([]int{2}, 3, 4))
	// Output: [] [5]
}

func ExampleArgAttrs() {
	show(op.ArgMax, op.ArgAttrs{Axis: 1}, array([]int{2, 3}, 1, 7, 3, 9, 5, 6))
	// Output: [2] [1 0]
}

func ExampleShapeAttrs() {
	show(op.Reshape, op.ShapeAttrs{3, -1}, array([]int{6}, 1, 2, 3, 4, 5, 6))
	// Output: [3 2] [1 2 3 4 5 6]
}

func ExampleAxesAttrs() {
	show(op.Permute, op.AxesAttrs{1, 0}, array([]int{2, 3}, 1, 2, 3, 4, 5, 6))
	// Output: [3 2] [1 4 2 5 3 6]
}

func ExampleSliceAttrs() {
	show(op.Slice, op.SliceAttrs{Axis: 0, Start: 1, Stop: 6, Step: 2}, array([]int{6}, 0, 1, 2, 3, 4, 5))
	// Output: [3] [1 3 5]
}

func ExampleSelectAttrs() {
	show(op.Select, op.SelectAttrs{Axis: 1, Index: -1}, array([]int{2, 3}, 1, 2, 3, 4, 5, 6))
	// Output: [2] [3 6]
}

func ExampleDiagonalAttrs() {
	show(op.Diagonal, op.DiagonalAttrs{Offset: 1, A: 0, B: 1}, array([]int{2, 3}, 1, 2, 3, 4, 5, 6))
	// Output: [2] [2 6]
}

func ExampleUnfoldAttrs() {
	show(op.Unfold, op.UnfoldAttrs{Axis: 0, Size: 3, Step: 2}, array([]int{5}, 0, 1, 2, 3, 4))
	// Output: [2 3] [0 1 2 2 3 4]
}

func ExampleFlipAttrs() {
	show(op.Flip, op.FlipAttrs{Axes: []int{0}}, array([]int{3}, 1, 2, 3))
	// Output: [3] [3 2 1]
}

func ExampleRollAttrs() {
	show(op.Roll, op.RollAttrs{Shifts: []int{1}, Axes: []int{0}}, array([]int{3}, 1, 2, 3))
	// Output: [3] [3 1 2]
}

func ExampleRepeatAttrs() {
	show(op.Repeat, op.RepeatAttrs{Axis: 0, Times: 2}, array([]int{2}, 1, 2))
	// Output: [4] [1 1 2 2]
}

func ExampleTileAttrs() {
	show(op.Tile, op.TileAttrs{Repeats: []int{2}}, array([]int{2}, 1, 2))
	// Output: [4] [1 2 1 2]
}

func ExampleAxisAttrs() {
	show(op.Concat, op.AxisAttrs{Axis: 0}, array([]int{2}, 1, 2), array([]int{1}, 3))
	// Output: [3] [1 2 3]
}

func ExamplePadAttrs() {
	show(op.Pad, op.PadAttrs{Before: []int{2}, After: []int{1}, Mode: op.PadReflect}, array([]int{3}, 1, 2, 3))
	// Output: [6] [3 2 1 2 3 2]
}

func ExampleTriangleAttrs() {
	show(op.Tril, op.TriangleAttrs{}, array([]int{2, 2}, 1, 2, 3, 4))
	// Output: [2 2] [1 0 3 4]
}

func ExampleConvAttrs() {
	x := array([]int{1, 1, 5}, 1, 2, 3, 4, 5)
	edge := array([]int{1, 1, 2}, -1, 1)
	show(op.Conv, op.ConvAttrs{Stride: []int{2}}, x, edge)
	// Output: [1 1 2] [1 1]
}

func ExamplePoolAttrs() {
	x := array([]int{1, 1, 5}, 1, 5, 2, 4, 3)
	show(op.AvgPool, op.PoolAttrs{Kernel: []int{2}, Ceil: true}, x)
	// Output: [1 1 3] [3 3 3]
}

func ExampleAdaptiveAttrs() {
	show(op.AdaptiveAvgPool, op.AdaptiveAttrs{Size: []int{2}}, array([]int{1, 1, 4}, 1, 2, 3, 4))
	// Output: [1 1 2] [1.5 3.5]
}

func ExampleResizeAttrs() {
	show(op.Resize, op.ResizeAttrs{Size: []int{3}, Mode: op.ResizeLinear, AlignCorners: true}, array([]int{1, 1, 2}, 0, 4))
	// Output: [1 1 3] [0 2 4]
}

func ExampleNormAttrs() {
	show(op.RMSNorm, op.NormAttrs{}, array([]int{2}, 1, 7))
	// Output: [2] [0.2 1.4]
}

func ExampleLossAttrs() {
	logits := array([]int{2, 2}, 0, 0, 1, 0)
	show(op.CrossEntropy, op.LossAttrs{Reduction: op.ReduceNone}, logits, indices(0, 0))
	// Output:
	// [2] [0.6931 0.3133]
	// [2] [0.6931 1.313]
	// [] [1]
}

func ExampleAttentionAttrs() {
	q, k, v := array([]int{2, 1}, 0, 0), array([]int{2, 1}, 1, 1), array([]int{2, 1}, 10, 20)
	show(op.Attention, op.AttentionAttrs{Causal: true}, q, k, v)
	// Output:
	// [2 1] [10 15]
	// [2] [0 0.6931]
}

func ExampleRecurrentAttrs() {
	x, w := array([]int{1, 1, 4}, 0, 0, 0, 0), array([]int{4, 1}, 1, 1, 1, 1)
	h, c := array([]int{1, 1}, 0), array([]int{1, 1}, 2)
	show(op.LSTM, op.RecurrentAttrs{}, x, w, h, c)
	// Output:
	// [1 1 1] [0.3808]
	// [1 1 1] [1]
	// [1 1 4] [0.5 0.5 0 0.5]
}

func ExampleIndexAttrs() {
	show(op.IndexSelect, op.IndexAttrs{Axis: 0}, array([]int{3}, 5, 6, 7), indices(2, 0, 2))
	// Output: [3] [7 5 7]
}

func ExampleIndexPutAttrs() {
	x, v := array([]int{3}, 0, 0, 0), array([]int{2}, 1, 2)
	show(op.IndexPut, op.IndexPutAttrs{Accumulate: true}, x, v, indices(1, 1))
	// Output: [3] [0 3 0]
}

func ExampleScatterReduceAttrs() {
	x, src := array([]int{2}, 1, 1), array([]int{3}, 4, 2, 8)
	show(op.ScatterReduce, op.ScatterReduceAttrs{By: op.ByMax}, x, indices(0, 0, 1), src)
	// Output: [2] [4 8]
}

func ExampleEmbeddingAttrs() {
	table := array([]int{3, 2}, 0, 1, 2, 3, 4, 5)
	show(op.Embedding, op.EmbeddingAttrs{}, table, indices(2, 0))
	// Output: [2 2] [4 5 0 1]
}

func ExampleOneHotAttrs() {
	show(op.OneHot, op.OneHotAttrs{Classes: 3}, indices(2, 0))
	// Output: [2 3] [0 0 1 1 0 0]
}

func ExampleScanAttrs() {
	show(op.CumSum, op.ScanAttrs{Axis: 0, Reverse: true}, array([]int{3}, 1, 2, 3))
	// Output: [3] [6 5 3]
}

func ExampleSortAttrs() {
	show(op.Sort, op.SortAttrs{Axis: 0, Descending: true}, array([]int{3}, 1, 3, 2))
	// Output:
	// [3] [3 2 1]
	// [3] [1 2 0]
}

func ExampleTopKAttrs() {
	show(op.TopK, op.TopKAttrs{K: 2, Axis: 0}, array([]int{4}, 5, 9, 1, 7))
	// Output:
	// [2] [9 7]
	// [2] [1 3]
}

func ExampleKthAttrs() {
	show(op.KthValue, op.KthAttrs{K: 2, Axis: 0}, array([]int{3}, 5, 9, 1))
	// Output:
	// [] [5]
	// [] [0]
}

func ExampleSearchAttrs() {
	show(op.SearchSorted, op.SearchAttrs{Right: true}, array([]int{3}, 1, 3, 5), array([]int{2}, 3, 4))
	// Output: [2] [2 2]
}

func ExampleFullAttrs() {
	show(op.Full, &op.FullAttrs{Shape: []int{2}, DType: dtype.Float32, Value: 7})
	// Output: [2] [7 7]
}

func ExampleArangeAttrs() {
	show(op.Arange, &op.ArangeAttrs{Start: 1, Step: 0.5, N: 4, DType: dtype.Float64})
	// Output: [4] [1 1.5 2 2.5]
}

func ExampleEyeAttrs() {
	show(op.Eye, &op.EyeAttrs{Rows: 2, Columns: 2, DType: dtype.Float64})
	// Output: [2 2] [1 0 0 1]
}

// Element i of a stream is the same on every device and in every shape.
func ExampleRandAttrs() {
	show(op.RandUniform, &op.RandAttrs{Shape: []int{2}, DType: dtype.Float32, Seed: 1})
	show(op.RandUniform, &op.RandAttrs{Shape: []int{2, 2}, DType: dtype.Float32, Seed: 1})
	// Output:
	// [2] [0.8903 0.8947]
	// [2 2] [0.8903 0.8947 0.5857 0.7113]
}

func ExampleRandIntAttrs() {
	show(op.RandInt, &op.RandIntAttrs{RandAttrs: op.RandAttrs{Shape: []int{4}, DType: dtype.Int64, Seed: 1}, Lo: 5, Hi: 6})
	// Output: [4] [5 5 5 5]
}

func ExampleBernoulliAttrs() {
	show(op.Bernoulli, &op.BernoulliAttrs{RandAttrs: op.RandAttrs{Shape: []int{3}, DType: dtype.Float32, Seed: 1}, P: 1})
	// Output: [3] [1 1 1]
}

func ExampleDropoutAttrs() {
	show(op.Dropout, &op.DropoutAttrs{P: 0, Seed: 1}, array([]int{2}, 1, 2))
	// Output:
	// [2] [1 2]
}

func ExampleLinearAttrs() {
	x, w := array([]int{2}, 1, 2), array([]int{2, 2}, 1, 1, 1, -1)
	show(op.Linear, op.LinearAttrs{}, x, w)
	show(op.Linear, op.LinearAttrs{Then: op.EpilogueReLU}, x, w)
	// Output:
	// [2] [3 -1]
	// [2] [3 0]
}

func ExampleEpilogue() {
	fmt.Println(op.EpilogueGELU, op.EpilogueGELU.Op() == op.GELU, op.NoEpilogue)
	// Output: gelu true none
}
