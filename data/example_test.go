package data_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/data"
	"github.com/hekla-ml/hekla/tensor"
)

func ExampleLoader() {
	x := tensor.From(tensor.CPU(), []float32{0, 1, 2, 3, 4}, 5, 1)
	y := tensor.From(tensor.CPU(), []int64{0, 10, 20, 30, 40})
	loader := data.Loader[data.Sample]{Dataset: data.Tensors(x, y), BatchSize: 2}

	for b, err := range loader.All(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		tensor.Scope(func(s *tensor.Arena) {
			b.Own(s)
			fmt.Println(b.First, b.Len, b.X.Shape(), b.Y.Float64s())
		})
	}
	// Output:
	// 0 2 [2 1] [0 10]
	// 2 2 [2 1] [20 30]
	// 4 1 [1 1] [40]
}

// A loop that was cut off goes on where it was.
func ExampleLoader_SetState() {
	x := tensor.From(tensor.CPU(), []float32{0, 1, 2, 3, 4, 5})
	loader := data.Loader[data.Sample]{Dataset: data.Tensors(x), BatchSize: 2}
	var stored []byte
	for b := range loader.All(context.Background()) {
		fmt.Println(b.Indices)
		stored, _ = json.Marshal(loader.State())
		break
	}
	fmt.Println(string(stored))

	var state data.State
	_ = json.Unmarshal(stored, &state)
	again := data.Loader[data.Sample]{Dataset: data.Tensors(x), BatchSize: 2}
	again.SetState(state)
	for b := range again.All(context.Background()) {
		fmt.Println(b.Indices)
	}
	// Output:
	// [0 1]
	// {"Seed":0,"Epoch":0,"Position":2}
	// [2 3]
	// [4 5]
}

// Samples of any type become batches by a function of yours.
func ExampleLoader_collate() {
	words := data.Slice[string]{"lava", "ash", "basalt"}
	loader := data.Loader[string]{
		Dataset: words, BatchSize: 3,
		Collate: func(dev backend.Device, samples []string) (data.Batch, error) {
			var lengths []int64
			for _, w := range samples {
				lengths = append(lengths, int64(len(w)))
			}
			return data.Batch{X: tensor.From(dev, lengths)}, nil
		},
	}
	for b, err := range loader.All(context.Background()) {
		fmt.Println(b.X.Float64s(), err)
	}
	// Output: [4 3 6] <nil>
}

func ExampleMapRand() {
	d := data.MapRand(data.Slice[int]{10, 20}, func(x int, r *rand.Rand) (string, error) {
		return fmt.Sprint(x, " moved by less than ten: ", r.IntN(10) < 10), nil
	})
	fmt.Println(d.At(1))
	// Output: 20 moved by less than ten: true <nil>
}

func ExampleRandomSplit() {
	parts := data.RandomSplit(data.Slice[int]{1, 2, 3, 4, 5, 6, 7, 8}, 1, 6, -1)
	fmt.Println(parts[0].Len(), parts[1].Len())
	// Output: 6 2
}

func ExampleConcat() {
	d := data.Concat[string](data.Slice[string]{"a", "b"}, data.Slice[string]{"c"})
	fmt.Println(d.At(2))
	// Output: c <nil>
}

func ExampleSubset() {
	fmt.Println(data.Subset(data.Slice[string]{"a", "b", "c"}, []int{2, 0}).At(0))
	// Output: c <nil>
}

func ExampleMap() {
	double := data.Map(data.Slice[int]{1, 2, 3}, func(x int) (int, error) { return 2 * x, nil })
	fmt.Println(double.At(2))
	// Output: 6 <nil>
}

func ExampleBytes() {
	images := data.Bytes{
		Data: []byte{0, 255, 51, 102}, Shape: []int{1, 1, 2}, Labels: []uint8{7, 3},
		Mean: []float32{0.5}, Std: []float32{0.5},
	}
	b, err := images.Gather(tensor.CPU(), []int{1, 0})
	fmt.Println(b.X.Shape(), b.X.Float64s()[2:], b.Y.Float64s(), err)
	// Output: [2 1 1 2] [-1 1] [3 7] <nil>
}

func ExampleStack() {
	b, err := data.Stack(tensor.CPU(), []data.Sample{
		{X: data.ArrayOf([]float32{1, 2}), Y: data.Label(0)},
		{X: data.ArrayOf([]float32{3, 4}), Y: data.Label(1)},
	})
	fmt.Println(b.X.Shape(), b.Y.DType(), err)
	// Output: [2 2] int64 <nil>
}

// A class that is rare is drawn as often as the other.
func ExampleWeighted() {
	order, _ := data.Weighted{Weights: []float64{1, 1, 1, 1, 4}, N: 1000}.Order(5, rand.New(rand.NewPCG(1, 1)))
	rare := 0
	for _, i := range order {
		if i == 4 {
			rare++
		}
	}
	fmt.Println(rare > 450 && rare < 550)
	// Output: true
}

func ExampleError() {
	bad := data.Map(data.Slice[int]{0}, func(int) (data.Sample, error) { return data.Sample{}, errors.New("no such image") })
	loader := data.Loader[data.Sample]{Dataset: bad}
	for _, err := range loader.All(context.Background()) {
		fmt.Println(err)
	}
	// Output: data: sample 0, number 0 of the epoch: no such image
}

func ExampleElements() {
	double := data.Map(data.Slice[data.Sample]{{X: data.ArrayOf([]float32{1, 2})}}, func(s data.Sample) (data.Sample, error) {
		x := append([]float32(nil), data.Elements[float32](s.X)...)
		for i := range x {
			x[i] *= 2
		}
		s.X = data.ArrayOf(x)
		return s, nil
	})
	s, err := double.At(0)
	fmt.Println(data.Elements[float32](s.X), err)
	// Output: [2 4] <nil>
}
