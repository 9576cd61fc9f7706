//go:build linux && (amd64 || arm64)

package cuda

import (
	"fmt"
	"math"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// TestRunning compares with the CPU where lines are cut into chunks and where they
// are not, along rows of warps and of blocks and along columns, both ways.
func TestRunning(t *testing.T) {
	m := &fakecuda.Machine{}
	dev := openFake(t, m)
	cpu, err := backend.Open("cpu")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		shape []int
		axis  int
		why   string
	}{
		{[]int{300, 5}, 1, "a thread each, in two blocks"},
		{[]int{9, 33}, 1, "a warp each, in blocks that are not full"},
		{[]int{2, 1500}, 1, "a block each, two tiles"},
		{[]int{1, 9001}, 1, "three chunks, the last of another length"},
		{[]int{3, 70, 5}, 1, "columns in two chunks"},
		{[]int{130, 2}, 0, "columns in three chunks"},
		{[]int{2, 7, 300}, 1, "columns of two blocks, whole"},
	} {
		for _, reverse := range []bool{false, true} {
			t.Run(fmt.Sprint(c.shape, c.axis, reverse), func(t *testing.T) {
				for _, o := range []*op.Op{op.CumSum, op.CumMax, op.CumMin, op.LogCumSumExp} {
					run := func(dev backend.Device) (out [][]float64) {
						x := sequence(dev, dtype.Float32, 7, c.shape...)
						for _, y := range tensor.Apply(dev, o, op.ScanAttrs{Axis: c.axis, Reverse: reverse}, x) {
							out = append(out, y.Float64s())
						}
						return out
					}
					got, want := run(dev), run(cpu)
					for k := range want {
						for i, w := range want[k] {
							// Sums of up to 9,001 terms, in float64 on both sides, and logarithms of them.
							if g := got[k][i]; !(math.Abs(g-w) <= 2e-6*(1+math.Abs(w))) {
								t.Fatalf("%s, %s: element %d of output %d is %v, want %v", o.Name, c.why, i, k, g, w)
							}
						}
					}
				}
			})
		}
	}
	if m.Fault != nil {
		t.Error(m.Fault)
	}
}
