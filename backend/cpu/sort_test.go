package cpu_test

import (
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// TestSortLong: lines long enough for every way to sort have the order of a plain
// stable sort, on one thread and on three.
func TestSortLong(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	d, r := open(t), op.NewRand(5)
	special := func(a *op.Array) *op.Array {
		for i, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, math.Copysign(0, -1), math.NaN()} {
			a.Data[(i*311+17)%len(a.Data)] = x
		}
		return a
	}
	const long = 1<<17 + 5 // words shared out among threads
	for _, c := range []struct {
		name string
		x    *op.Array
		k    int // of TopK; 0: Sort
	}{
		{"float32", special(r.Floats(dtype.Float32, -3, 3, long)), 0},
		{"float64", special(r.Floats(dtype.Float64, -3, 3, long)), 0},
		{"float16, ties", special(r.Floats(dtype.Float16, -3, 3, 2, 9000)), 0},
		{"int64, ties in each half", r.Ints(dtype.Int64, -(1 << 40), 1<<40, 3, 2000), 0},
		{"uint8", r.Ints(dtype.Uint8, 0, 255, 5000), 0},
		{"float64, first few", special(r.Floats(dtype.Float64, -3, 3, 9000)), 50},
		{"float32, first many", special(r.Floats(dtype.Float32, -3, 3, 9000)), 2000},
		{"int32, ties at the bound", r.Ints(dtype.Int32, 0, 9, 9000), 700},
	} {
		for _, down := range []bool{false, true} {
			o, attrs := op.Sort, any(op.SortAttrs{Axis: -1, Descending: down})
			if c.k > 0 {
				o, attrs = op.TopK, op.TopKAttrs{Axis: -1, K: c.k, Smallest: !down}
			}
			want := want(o, []*op.Array{c.x}, attrs)
			for _, procs := range []int{1, 3} {
				runtime.GOMAXPROCS(procs)
				call := prepare(t, d, o, []*op.Array{c.x}, attrs, contiguous, contiguous)
				if err := d.Run(call); err != nil {
					t.Fatal(err)
				}
				for i, v := range call.Out {
					res, err := take(t, d, v)
					if err != nil {
						t.Fatal(err)
					}
					got, ref := res.Data, want[i].Data
					if !slices.EqualFunc(got, ref, func(a, b float64) bool { return a == b || a != a && b != b }) {
						t.Errorf("%s, descending %v, %d threads: output %d is not that of the reference", c.name, down, procs, i)
					}
				}
			}
		}
	}
}
