package nn_test

import (
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// alone is the Reducer of one process.
type alone struct{}

func (alone) AllReduceSum(t *tensor.Tensor) *tensor.Tensor { return t.Clone() }

// In half precision the sums, and how many values they are of, would overflow:
// there are 70,000 of a channel, with a mean of 3.
func TestSyncBatchNormHalf(t *testing.T) {
	for _, d := range []dtype.DType{dtype.Float16, dtype.BFloat16} {
		b := nn.On(tensor.CPU(), d, 1)
		x := b.Generator().Normal(tensor.CPU(), dtype.Float32, 3, 1, 70, 2, 1000).To(d)
		one, all := b.BatchNorm1d(2), nn.Synced(b.BatchNorm1d(2), alone{})
		want, got := one.Forward(x), all.Forward(x)
		if got.DType() != d {
			t.Errorf("%v: got %v", d, got.DType())
		}
		near(t, d.String(), got.To(dtype.Float64), 1./32, want.To(dtype.Float64).Float64s()...) // one step of bfloat16 from 4 on
		near(t, d.String()+" mean", all.RunningMean.To(dtype.Float64), 1./256, one.RunningMean.To(dtype.Float64).Float64s()...)
		near(t, d.String()+" variance", all.RunningVar.To(dtype.Float64), 1./128, one.RunningVar.To(dtype.Float64).Float64s()...)
	}
}

// What BatchNorm refuses is refused, by an error and not by numbers.
func TestSyncBatchNormMisuse(t *testing.T) {
	for _, c := range []struct {
		sizes []int
		want  string
	}{
		{[]int{2, 4, 5}, "want [n, 3] and 1 spatial axes"},
		{[]int{3}, "want [n, 3] and 1 spatial axes"},
		{[]int{1, 3}, "want more than one value"}, // its variance is 0/0
	} {
		err := tensor.Try(func() error {
			nn.Synced(host().BatchNorm1d(3), alone{}).Forward(tensor.Ones(tensor.CPU(), dtype.Float64, c.sizes...))
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got %v, want %q", c.sizes, err, c.want)
		}
	}
}
