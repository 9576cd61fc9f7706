package data_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/data"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// hard takes the samples with the largest losses only.
type hard struct {
	losses []float64
	above  float64
}

func (h hard) Order(n int, r *rand.Rand) (order []int, err error) {
	if len(h.losses) != n {
		return nil, fmt.Errorf("%d losses of %d samples", len(h.losses), n)
	}
	for i, l := range h.losses {
		if l > h.above {
			order = append(order, i)
		}
	}
	return order, nil
}

// A sampler of one's own: an epoch is what it returns.
func ExampleSampler() {
	x := tensor.Arange(tensor.CPU(), dtype.Float32, 0, 4, 1)
	loader := data.Loader[data.Sample]{Dataset: data.Tensors(x), BatchSize: 4, Sampler: hard{[]float64{0.1, 2, 0.3, 4}, 1}}
	for b, err := range loader.All(context.Background()) {
		fmt.Println(b.X, err)
	}
	loader.Sampler = hard{[]float64{0.1}, 1}
	_, err := loader.Batches()
	fmt.Println(err)
	// Output:
	// tensor([1., 3.]) <nil>
	// data: data_test.hard: 1 losses of 4 samples
}

// jittered adds noise to numbers.
type jittered struct{ data.Slice[float64] }

func (j jittered) AtRand(i int, r *rand.Rand) (float64, error) {
	return j.Slice[i] + r.Float64(), nil
}

// The noise depends on seed, epoch and place alone: any number of workers gives
// the same.
func ExampleRandom() {
	var set data.Random[float64] = jittered{data.Slice[float64]{10, 20, 30}}
	epoch := func(workers int) (all []float64) {
		loader := data.Loader[float64]{Dataset: set, Workers: workers, Collate: func(dev backend.Device, x []float64) (data.Batch, error) {
			return data.Batch{X: tensor.From(dev, x)}, nil
		}}
		for b := range loader.All(context.Background()) {
			all = append(all, b.X.Item())
		}
		return all
	}
	one, three := epoch(1), epoch(3)
	fmt.Printf("%.1f %v\n", one, one[0] == three[0] && one[2] == three[2])
	// Output: [10.4 20.3 30.9] true
}

// squares computes whole batches: no sample by itself is made.
type squares int

func (s squares) Len() int { return int(s) }

func (s squares) At(i int) (data.Sample, error) {
	return data.Sample{X: data.ArrayOf([]float32{float32(i * i)})}, nil
}

func (s squares) Gather(dev backend.Device, indices []int) (data.Batch, error) {
	x := make([]float32, len(indices))
	for k, i := range indices {
		x[k] = float32(i * i)
	}
	return data.Batch{X: tensor.From(dev, x, len(x), 1)}, nil
}

func ExampleGatherer() {
	var g data.Gatherer = squares(5)
	b, err := g.Gather(tensor.CPU(), []int{3, 1})
	fmt.Println(b.X.Reshape(2), err)
	for b := range (&data.Loader[data.Sample]{Dataset: squares(5), BatchSize: 5}).All(context.Background()) {
		fmt.Println(b.X.Reshape(5))
	}
	// Output:
	// tensor([9., 1.]) <nil>
	// tensor([ 0.,  1.,  4.,  9., 16.])
}
