package ptx_test

import (
	"fmt"
	"strings"

	"github.com/hekla-ml/hekla/backend/cuda/ptx"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// square is the program x*x of float32s.
func square() pointwise.Spec {
	p := pointwise.New([]pointwise.Kind{pointwise.Float}, nil, func(in, _ []pointwise.Value) []pointwise.Value {
		return []pointwise.Value{in[0].Mul(in[0])}
	})
	return pointwise.Spec{Program: p, In: []dtype.DType{dtype.Float32}, Out: []dtype.DType{dtype.Float32}}
}

// The text is what the driver compiles; Words are n, and the addresses of x and y.
func ExampleKernel() {
	var k *ptx.Kernel = ptx.Pointwise(square(), 0, false)
	fmt.Println(k.Words)
	for line := range strings.Lines(k.Text) {
		if strings.Contains(line, "mul.rn.f32") || strings.HasPrefix(line, ".target") {
			fmt.Println(strings.TrimSpace(line))
		}
	}
	// Output:
	// 3
	// .target sm_50
	// mul.rn.f32 %f1, %f0, %f0;
}

// Sums of float32 are kept in float64; the largest needs no such thing.
func ExampleReduction() {
	r := ptx.Reduction{Spec: square(), By: op.BySum, Out: dtype.Float32, Kept: 1, Reduced: 1, Team: 32}
	fmt.Println(r.Double(), strings.Contains(ptx.Reduce(r).Text, "add.rn.f64"))
	r.By = op.ByMax
	fmt.Println(r.Double())
	// Output:
	// true true
	// false
}

// Larger tiles read each operand less often, and want more results a thread.
func ExampleTile() {
	for _, t := range []ptx.Tile{ptx.SmallTile, ptx.LargeTile} {
		k := ptx.MatMul(dtype.Float32, t, true, true, 0)
		fmt.Println(t, t.Threads(), strings.Count(k.Text, "fma.rn.f32"))
	}
	// Output:
	// {16 16 8 2} 64 32
	// {64 64 16 4} 256 256
}

func ExamplePool() {
	largest := ptx.Windows(ptx.Pool{In: dtype.Float32, Out: dtype.Float32, Rank: 2, Max: true})
	mean := ptx.Windows(ptx.Pool{In: dtype.Float32, Out: dtype.Float32, Rank: 2})
	fmt.Println(largest.Name, largest.Words == mean.Words, strings.Contains(mean.Text, "div.rn.f"))
	// Output: windows true true
}

// Counts of what arrives at each place are an operand more.
func ExampleScatterReduction() {
	r := ptx.ScatterReduction{Index: dtype.Int64, Src: dtype.Float32, Y: dtype.Float32, By: op.ByMax, Rank: 1}
	for _, r.Counted = range []bool{false, true} {
		k := ptx.ScatterReduce(r)
		fmt.Println(k.Name, k.Words)
	}
	// Output:
	// scatterreduce 15
	// scatterreduce 18
}
