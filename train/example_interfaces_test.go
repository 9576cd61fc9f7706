package train_test

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/hekla-ml/hekla/data"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/metrics"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/optim/lr"
	"github.com/hekla-ml/hekla/tensor"
	"github.com/hekla-ml/hekla/train"
)

// board keeps what is logged until it is flushed.
type board struct {
	rows  []train.Values
	shown int
}

func (b *board) Log(step int, values train.Values) error {
	b.rows = append(b.rows, values)
	return nil
}

// Rewind forgets all, as a run that goes on begins here.
func (b *board) Rewind(step int) error {
	b.rows = b.rows[:0]
	return nil
}

func (b *board) Flush() error {
	b.shown = len(b.rows)
	return nil
}

// A Loop logs loss and learning rate of steps, and what an epoch gave. It
// flushes a Flusher after each epoch and rewinds a Rewinder when it begins.
func ExampleLogger() {
	net := nn.On(tensor.CPU(), dtype.Float32, 1).Linear(1, 1)
	b := &board{}
	var log train.Logger = b
	_, rewinds := log.(train.Rewinder)
	_, flushes := log.(train.Flusher)
	loop := &train.Loop{
		Model: net, Optimizer: optim.SGD{LR: 0.1}.New(nn.Parameters(net)), Epochs: 1,
		Data: &data.Loader[data.Sample]{Dataset: line(), BatchSize: 32},
		Loss: func(b data.Batch) *tensor.Tensor { return nn.MSE(net.Forward(b.X), b.Y) },
		Logs: []train.Logger{log},
	}
	err := loop.Run(context.Background())
	for _, row := range b.rows {
		fmt.Println(slices.Sorted(maps.Keys(row)))
	}
	fmt.Println(rewinds, flushes, b.shown == len(b.rows), err)
	// Output:
	// [loss lr]
	// [loss lr]
	// [epoch epoch/loss]
	// true true true <nil>
}

// A schedule by epochs; without PerEpoch it would be by steps.
func ExampleScheduler() {
	net := nn.On(tensor.CPU(), dtype.Float32, 1).Linear(1, 1)
	opt := optim.SGD{LR: 0.8}.New(nn.Parameters(net))
	var s train.Scheduler = lr.New(opt, lr.Exponential{Gamma: 0.5})
	loop := &train.Loop{
		Model: net, Optimizer: opt, Epochs: 3, Scheduler: s, PerEpoch: true,
		Data:    &data.Loader[data.Sample]{Dataset: line(), BatchSize: 16},
		Loss:    func(b data.Batch) *tensor.Tensor { return nn.MSE(net.Forward(b.X), b.Y) },
		OnEpoch: func(train.Status) error { fmt.Print(opt.LR(), " "); return nil },
	}
	fmt.Println(loop.Run(context.Background()))
	// Output: 0.4 0.2 0.1 <nil>
}

// fixed are batches that are there already.
type fixed []data.Batch

func (f fixed) All(context.Context) iter.Seq2[data.Batch, error] {
	return func(yield func(data.Batch, error) bool) {
		for _, b := range f {
			if !yield(b, nil) {
				return
			}
		}
	}
}

func ExampleBatches() {
	var two train.Batches = fixed{{X: tensor.Ones(tensor.CPU(), dtype.Float32, 4), Len: 4}, {X: tensor.Zeros(tensor.CPU(), dtype.Float32, 2), Len: 2}}
	var mean metrics.Mean
	err := train.Evaluate(context.Background(), nn.Identity{}, two, func(b data.Batch) {
		mean.Add(b.X.Mean().Item(), float64(b.Len))
	})
	fmt.Printf("%.4f %v\n", mean.Value(), err)
	// Output: 0.6667 <nil>
}

// stream makes 8 batches an epoch out of nothing, and knows where it stands.
type stream struct{ at data.State }

func (s *stream) State() data.State      { return s.at }
func (s *stream) SetState(to data.State) { s.at = to }
func (s *stream) Batches() (int, error)  { return 8, nil }

func (s *stream) All(ctx context.Context) iter.Seq2[data.Batch, error] {
	return func(yield func(data.Batch, error) bool) {
		for s.at.Position < 8 {
			g := tensor.NewGenerator(uint64(8*s.at.Epoch + s.at.Position))
			x := g.Uniform(tensor.CPU(), dtype.Float32, -1, 1, 16, 1)
			s.at.Position++
			if !yield(data.Batch{X: x, Y: x.MulScalar(3), Len: 16}, ctx.Err()) {
				return
			}
		}
		s.at = data.State{Epoch: s.at.Epoch + 1}
	}
}

// Data that no set holds: a Loop asks only for batches and for the place.
func ExampleData() {
	var d train.Data = &stream{}
	net := nn.On(tensor.CPU(), dtype.Float32, 1).Linear(1, 1)
	loop := &train.Loop{
		Model: net, Optimizer: optim.SGD{LR: 0.2}.New(nn.Parameters(net)), Epochs: 10, Data: d,
		Loss: func(b data.Batch) *tensor.Tensor { return nn.MSE(net.Forward(b.X), b.Y) },
	}
	err := loop.Run(context.Background())
	fmt.Printf("y = %.2f x %v, epoch %d\n", net.Weight.Item(), err, d.State().Epoch)
	// Output: y = 3.00 x <nil>, epoch 10
}
