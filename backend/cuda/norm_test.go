//go:build linux && (amd64 || arm64)

package cuda

import (
	"fmt"
	"math"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// TestNormForward compares with the definition in float64: channels of planes in one part
// and in several, by fours and not, of columns, and long rows. The mean is far from 0,
// where a sum of squares would lose all digits.
func TestNormForward(t *testing.T) {
	for _, c := range []struct {
		op       *op.Op
		shape    []int
		kind     dtype.DType
		affine   dtype.DType
		launches int
		within   float64
	}{
		{op.BatchNorm, []int{3, 2, 6, 6}, dtype.Float32, dtype.Float32, 3, 1e-6},
		{op.BatchNorm, []int{2, 2, 2101}, dtype.Float32, dtype.Float32, 3, 1e-6}, // parts of odd length
		{op.BatchNorm, []int{3, 1, 2, 1500}, dtype.Float32, dtype.Float32, 3, 1e-6},
		{op.BatchNorm, []int{201, 35}, dtype.Float32, dtype.Float32, 3, 1e-6},
		{op.BatchNorm, []int{77, 1}, dtype.Float32, dtype.Float32, 3, 1e-6},
		{op.BatchNorm, []int{4, 3, 40}, dtype.Float16, dtype.Float32, 3, 2e-3}, // results of 11 bits
		{op.BatchNorm, []int{4, 3, 5}, dtype.BFloat16, dtype.BFloat16, 3, 2e-2},
		{op.LayerNorm, []int{2, 8196}, dtype.Float32, dtype.Float32, 3, 1e-6},
		{op.LayerNorm, []int{1, 8195}, dtype.Float16, dtype.Float16, 3, 2e-3},
	} {
		t.Run(fmt.Sprint(c.op.Name, c.shape, c.kind), func(t *testing.T) {
			m := &fakecuda.Machine{}
			dev := openFake(t, m)
			tensor.Scope(func(s *tensor.Arena) {
				channels, offset := c.shape[1], 1000.0
				if c.kind != dtype.Float32 {
					offset = 1
				}
				x := s.Own(sequence(dev, dtype.Float32, 17, c.shape...).AddScalar(offset).To(c.kind))
				w, b := s.Own(sequence(dev, c.affine, 5, channels)), s.Own(sequence(dev, c.affine, 3, channels))
				attrs, before := op.NormAttrs{Eps: 1e-3}, m.Launches
				got := tensor.Apply(nil, c.op, attrs, x, w, b)
				if n := m.Launches - before; n != c.launches {
					t.Errorf("%d launches, want %d", n, c.launches)
				}
				wide := func(x *tensor.Tensor) *tensor.Tensor { return x.ToDevice(tensor.CPU()).To(dtype.Float64) }
				for k, want := range tensor.Apply(nil, c.op, attrs, wide(x), wide(w), wide(b)) {
					// The mean is rounded to 24 bits: of 1000 to 1/16384. That moves all results, and the variance
					// by at most twice so many of its roots.
					slack := 4 * offset * 0x1p-23
					have := got[k].Float64s()
					for i, v := range want.Float64s() {
						within := [...]float64{c.within*max(1, math.Abs(v)) + slack, 1e-6*math.Abs(v) + slack, 1e-6*v + 2*math.Sqrt(v)*slack}[k]
						if math.Abs(have[i]-v) > within {
							t.Fatalf("output %d[%d] = %v, want %v within %v", k, i, have[i], v, within)
						}
					}
				}
			})
			if m.Fault != nil {
				t.Error(m.Fault)
			}
		})
	}
}
