package nn

import (
	"fmt"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
	"github.com/hekla-ml/hekla/tensor"
)

// A Reducer adds tensors up over all processes of a distributed training.
type Reducer interface {
	// AllReduceSum returns the sum of t over all processes, on t's device. Each
	// process calls it the same number of times, with the same shapes.
	AllReduceSum(t *tensor.Tensor) *tensor.Tensor
}

// A SyncBatchNorm is a BatchNorm whose statistics in training are those of the
// batches of all processes together. Float16 and bfloat16 are normalised in
// float32.
type SyncBatchNorm struct {
	BatchNorm
	Over Reducer `nn:"-"`
}

// Synced turns a BatchNorm into one whose statistics are those of all
// processes. It shares the parameters of n.
func Synced(n *BatchNorm, over Reducer) *SyncBatchNorm { return &SyncBatchNorm{*n, over} }

// Forward returns x normalised.
func (n *SyncBatchNorm) Forward(x *tensor.Tensor) *tensor.Tensor {
	if !n.Training() {
		return n.BatchNorm.Forward(x)
	}
	n.check(x)
	if d := x.DType(); d == dtype.Float16 || d == dtype.BFloat16 {
		// Sums over a batch, and how many they are of, need the range of float32.
		return n.normalised(x.To(dtype.Float32)).To(d)
	}
	return n.normalised(x)
}

func (n *SyncBatchNorm) normalised(x *tensor.Tensor) *tensor.Tensor {
	axes := []int{0}
	wide := slicesOfOnes(x.Rank())
	wide[1] = n.Channels
	for i := 2; i < x.Rank(); i++ {
		axes = append(axes, i)
	}
	own := x.Dim(0) * shape.Numel(x.Shape()[2:])
	count := within(x, tensor.Full(x.Device(), x.DType(), float64(own)))
	all := n.Over.AllReduceSum(count).Item()
	if all == 1 {
		panic(oneValue(x))
	}
	mean := n.reduce(x.Sum(axes...)).DivScalar(all)
	centred := x.Sub(mean.Reshape(wide...))
	variance := n.reduce(centred.Square().Sum(axes...)).DivScalar(all)
	if n.RunningMean != nil {
		n.track(mean.Detach(), variance.Detach(), int(all))
	}
	y := centred.Mul(variance.AddScalar(n.Eps).Rsqrt().Reshape(wide...))
	if n.Weight != nil {
		y = y.Mul(n.Weight.Reshape(wide...)).Add(n.Bias.Reshape(wide...))
	}
	return y
}

// reduce adds up over all processes; so does its gradient.
func (n *SyncBatchNorm) reduce(t *tensor.Tensor) *tensor.Tensor {
	return autograd.Call("allreduce", reducing{n.Over}, t)[0]
}

type reducing struct{ over Reducer }

func (r reducing) Forward(_ *autograd.Context, in ...*tensor.Tensor) []*tensor.Tensor {
	return []*tensor.Tensor{r.over.AllReduceSum(in[0])}
}

func (r reducing) Backward(_ *autograd.Context, grads ...*tensor.Tensor) []*tensor.Tensor {
	return []*tensor.Tensor{r.over.AllReduceSum(grads[0])}
}

func slicesOfOnes(n int) []int {
	l := make([]int, n)
	for i := range l {
		l[i] = 1
	}
	return l
}

func (n *SyncBatchNorm) String() string { return fmt.Sprintf("Sync%s", n.BatchNorm.String()) }
