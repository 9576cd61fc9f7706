package cpu_test

import (
	"math"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// TestLargestOfNaN: a NaN anywhere makes the result NaN, beside an infinity too
// and across the pieces of a long line.
func TestLargestOfNaN(t *testing.T) {
	d := open(t)
	for _, n := range []int{3, 40, 30000} {
		for _, at := range []int{0, n / 2, n - 1} {
			for _, o := range []*op.Op{op.AMax, op.AMin} {
				a := op.NewArray(dtype.Float32, n)
				for i := range a.Data {
					a.Data[i] = math.Inf(1 - 2*(i%2))
				}
				a.Data[at] = math.NaN()
				c := prepare(t, d, o, []*op.Array{a}, op.ReduceAttrs{}, contiguous, contiguous)
				if err := d.Run(c); err != nil {
					t.Fatal(err)
				}
				got, err := take(t, d, c.Out[0])
				if err != nil || got.Data[0] == got.Data[0] {
					t.Errorf("%s of %d infinities with NaN at %d is %v, %v, want NaN", o.Name, n, at, got.Data[0], err)
				}
			}
		}
	}
}

// TestReduceLarge folds shapes that are cut into pieces, along all sets of
// axes, in the layouts of TestOps.
func TestReduceLarge(t *testing.T) {
	d, r := open(t), op.NewRand(2)
	for _, s := range [][]int{{30011}, {3, 9001}, {9001, 3}, {300, 40}, {40, 300}, {20, 30, 40}, {2, 3, 4, 500}, {500, 2, 3, 4}, {5, 1, 2000}} {
		for set := 1; set < 1<<len(s); set++ {
			var axes []int
			for k := range s {
				if set>>k&1 != 0 {
					axes = append(axes, k)
				}
			}
			for _, o := range []*op.Op{op.Sum, op.AMax, op.Mean} {
				x := r.Floats(dtype.Float32, -1, 2, s...)
				try(t, d, o, op.Sample{Name: "large", In: []*op.Array{x}, Attrs: op.ReduceAttrs{Axes: axes}}, []layout{contiguous, transposed, sliced, expanded}[set%4])
			}
			x := r.Ints(dtype.Int32, -9, 9, s...)
			try(t, d, op.Sum, op.Sample{Name: "integers", In: []*op.Array{x}, Attrs: op.ReduceAttrs{Axes: axes}}, transposed)
		}
	}
}
