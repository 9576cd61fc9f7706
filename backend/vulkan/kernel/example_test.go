package kernel_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// add is the program x + y of float32s.
func add() pointwise.Spec {
	p := pointwise.New([]pointwise.Kind{pointwise.Float, pointwise.Float}, nil, func(in, _ []pointwise.Value) []pointwise.Value {
		return []pointwise.Value{in[0].Add(in[1])}
	})
	return pointwise.Spec{Program: p, In: []dtype.DType{dtype.Float32, dtype.Float32}, Out: []dtype.DType{dtype.Float32}}
}

// A kernel is made for types and layouts, not for sizes: those are parameters.
func ExampleKernel() {
	places := kernel.Places{Layouts: []kernel.Layout{kernel.Dense, kernel.Scalar, kernel.Dense}, Repeat: 4}
	k, err := kernel.Elementwise(add(), places)
	fmt.Println(k.Buffers, k.Params >= kernel.Reserved, k.Key == kernel.ElementwiseKey(add(), places), err)
	var u kernel.Uses = k.Uses
	fmt.Printf("%b\n", u.Written) // the third buffer
	// Output:
	// 3 true true <nil>
	// 100
}

// A matrix, one value for all, a bias for each column, one for each row.
func ExampleLayout() {
	names := map[kernel.Layout]string{kernel.Dense: "dense", kernel.Scalar: "scalar", kernel.Strided: "strided", kernel.RowSame: "row-same"}
	sizes := []int{4, 3}
	for _, strides := range [][]int{{3, 1}, {0, 0}, {0, 1}, {1, 0}} {
		s, st := kernel.Coalesce(sizes, strides, []int{3, 1}) // with a dense result
		fmt.Print(names[kernel.LayoutOf(s, st[0], true)], " ")
	}
	// Output: dense scalar strided row-same
}

// Long sums are folded in pieces, a tree that follows from the shape alone.
func ExampleFoldSpec() {
	s := kernel.FoldSpec{Spec: add(), By: op.BySum, Kept: 1, Reduced: 1}
	last := s
	last.Last = true
	k, err := kernel.Fold(s)
	fmt.Println(k.Key == s.Key(), s.Key() != last.Key(), err)
	t, err := kernel.Accumulator(s.Spec)
	fmt.Println(t, err)
	// Output:
	// true true <nil>
	// float32 <nil>
}

// The three factors of a convolution, each from the two others.
func ExampleConvForm() {
	for _, f := range []kernel.ConvForm{kernel.ConvOut, kernel.ConvIn, kernel.ConvKernel} {
		fmt.Println(kernel.ConvKey(f, dtype.Float32, dtype.Float32), kernel.Conv(f, dtype.Float32, dtype.Float32).Buffers)
	}
	// Output:
	// conv 0 float32 float32 3
	// conv 1 float32 float32 3
	// conv 2 float32 float32 3
}

// A maximum has a third buffer, for its index.
func ExamplePool() {
	for _, p := range []kernel.Pool{kernel.PoolMax, kernel.PoolMean, kernel.PoolSpread} {
		fmt.Println(kernel.PoolKey(p, dtype.Float32, false, false), kernel.Pooling(p, dtype.Float32, false, false).Buffers)
	}
	// Output:
	// pool 0 float32 false false 3
	// pool 1 float32 false false 2
	// pool 2 float32 false false 2
}

func ExampleScan() {
	for _, s := range []kernel.Scan{kernel.ScanSum, kernel.ScanMax, kernel.ScanLinear} {
		fmt.Println(kernel.ScanKey(s, dtype.Float32, dtype.Float32, false), kernel.ScanLine(s, dtype.Float32, dtype.Float32, false).Buffers)
	}
	// Output:
	// scan 0 float32 float32 false 2
	// scan 2 float32 float32 false 3
	// scan 4 float32 float32 false 3
}

// What arrives at one place is added, or the last wins.
func ExampleCombine() {
	for _, by := range []kernel.Combine{kernel.Combine(op.BySum), kernel.Put} {
		fmt.Println(kernel.ScatterLineKey(dtype.Float32, dtype.Float32, dtype.Int64, 2, 0, by))
	}
	// Output:
	// scatterline float32 float32 int64 2 0 0
	// scatterline float32 float32 int64 2 0 255
}

// x[i, j] with two index tensors that broadcast to two axes, and one axis of x
// left.
func ExamplePointers() {
	p := kernel.Pointers{Types: []dtype.DType{dtype.Int64, dtype.Int64}, Lead: 2, Rest: 1}
	fmt.Println(kernel.IndexGetKey(4, p), kernel.IndexGet(4, p).Buffers)
	// Output: indexget 4 {[int64 int64] 2 1 false} 4
}

// A product of plain matrices: x is read along places of the sum, y along its
// columns.
func ExampleTileSpec() {
	s := kernel.TileSpec{
		TileSize: kernel.TileSize{Rows: 64, Columns: 64, Deep: 16, High: 4, Wide: 4},
		XType:    dtype.Float32, YType: dtype.Float32, XKind: kernel.Plain, YKind: kernel.Plain, XAlong: true,
	}
	k := kernel.Tile(s)
	fmt.Println(s.Group(), s.Shared(), k.Shared)
	// Output: 256 8320 8320
}

// The rows of a dense 2 by 3 matrix as left operand, and how many workgroups its
// product with 3 by 4 takes.
func ExampleProduct() {
	var kind kernel.OperandKind = kernel.Plain
	x := &kernel.Operand{Type: dtype.Float32, Kind: kind, ByC: 3, ByK: 1}
	y := &kernel.Operand{Type: dtype.Float32, Kind: kind, ByC: 1, ByK: 4}
	p := &kernel.Product{M: 2, N: 4, Places: 3, Slices: 1, Run: 3, Down: 1, Across: 1, ByRow: 4, Inner: 4}
	fmt.Println(p.Count(), len(kernel.TileParams(p, x, y, 0, 0)) > 0)
	// Output: 1 true
}

// Two dense operands of three axes are one row; the memory is used again for the
// next call.
func ExampleCoalesced() {
	var c kernel.Coalesced
	for _, second := range [][]int{{6, 3, 1}, {0, 3, 1}} { // the other is stretched along the first axis
		c.Begin(2)
		c.Operand(0, []int{6, 3, 1})
		c.Operand(1, second)
		c.Join([]int{4, 2, 3})
		fmt.Println(c.Sizes, c.Strides)
	}
	// Output:
	// [24] [[1] [1]]
	// [4 6] [[6 1] [0 1]]
}

// Softmax of rows whose elements lie by fours, 64 invocations to a row; those of
// 16 bits are seen to by another module.
func ExampleRowSpec() {
	s := kernel.RowSpec{Group: 64, Wide: true, Type: dtype.Float32}
	fmt.Println(kernel.Softmax(s, false).Key)
	s.Type = dtype.BFloat16
	fmt.Println(kernel.Softmax(s, true).Key)
	// Output:
	// softmax {64 true float32} [0]
	// softmax16 {64 true bfloat16} [1]
}

// A running sum of long lines: its parts, and the types of what is kept between
// them.
func ExampleScanPart() {
	for _, p := range []kernel.ScanPart{kernel.ScanTotals, kernel.ScanCarry, kernel.ScanBlocks} {
		fmt.Println(kernel.ScanPartOf(p, kernel.ScanSum, dtype.Float16, dtype.Float16, false).Buffers)
	}
	fmt.Println(kernel.ScanState(kernel.ScanSum, dtype.Float16, dtype.Float16))
	// Output:
	// 3
	// 2
	// 4
	// float32 float32
}

// The workgroups of a sort that takes four bits of a key at a time.
func ExampleRadixSpec() {
	s := kernel.RadixSpec{Group: 64, Bits: 4}
	fmt.Println(kernel.SortMove(s, true, true).Key, s.Shared())
	// Output: sortmove {64 4} [1 1] 4352
}

// A depthwise convolution with 3 by 3 taps and padding of 1, four pixels at a
// time.
func ExampleDepthwiseSpec() {
	s := kernel.DepthwiseSpec{RowSpec: kernel.RowSpec{Group: 64, Wide: true, Type: dtype.Float32}, Tall: 3, Broad: 3, Before: 1}
	fmt.Println(kernel.Depthwise(s, false).Key)
	// Output: depthwise {64 true float32} [1 3 3 1 0]
}

// Rows that indices send to rows of a matrix: elements of one axis, each with
// others of one axis.
func ExampleRunSpec() {
	s := kernel.RunSpec{From: dtype.BFloat16, To: dtype.BFloat16, By: op.BySum, Lead: 1, Rest: 1}
	k := kernel.JoinRuns(s)
	fmt.Println(k.Key, k.Buffers)
	// Output: joinruns {bfloat16 bfloat16 sum 0 1 1} 4
}

// What copies a transposed matrix is the same for all matrices of its kind.
func ExampleTurnSpec() {
	s := kernel.TurnSpec{Axes: 2, Pairs: true}
	fmt.Println(s.Key(), kernel.Turn(s).Params-kernel.Reserved)
	// Output:
	// turn {2 true false} 10
}

// Four subgroups of 32 multiply fragments of 16 by 16 by 16.
func ExampleCooperativeSize() {
	s := kernel.CooperativeSize{Subgroup: 32, Rows: 64, Columns: 64, Deep: 32, Down: 2, Across: 2, M: 16, N: 16, K: 16}
	fmt.Println(s.Group(), s.Shared(), s.Fits())
	// Output: 128 14336 true
}

// A product of two plain matrices, neighbours of the left one places of the sum.
func ExampleCooperativeSpec() {
	s := kernel.CooperativeSpec{Type: dtype.BFloat16, XAlong: true, CooperativeSize: kernel.CooperativeSize{
		Subgroup: 8, Rows: 16, Columns: 32, Deep: 16, Down: 1, Across: 2, M: 8, N: 8, K: 8,
	}}
	fmt.Println(kernel.Cooperative(s).Key)
	// Output: cooperative {{8 16 32 16 1 2 8 8 8} bfloat16 false 0 0 true false}
}

// One launch sees to many lists of elements, whose places are among its parameters.
func ExampleListSpec() {
	s := kernel.ListSpec{Spec: add(), Lanes: 64, Wide: 4, Repeat: 4}
	k, err := kernel.List(s)
	fmt.Println(s.Each(), k.Buffers, k.Lists, k.Key == s.Key(), err)
	// Output: 1024 0 true true <nil>
}

// Windows of 3 in steps of 2, of rows whose length is a multiple of 8: an invocation
// sees to four windows of a row.
func ExampleSlideSpec() {
	along := kernel.Sliding{Size: 3, Stride: 2, Pad: 1}
	s := kernel.SlideSpec{Pool: kernel.PoolMean, Type: dtype.Float32, Sliding: along, Down: along, Columns: 8, Wide: true, Whole: true, Lanes: 8, Repeat: 16}
	k := kernel.Slide(s)
	fmt.Println(k.Buffers, k.Group, k.Key == s.Key(), s.MayReach())
	// Output: 2 128 true true
}
