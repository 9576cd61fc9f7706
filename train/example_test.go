package train_test

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/checkpoint"
	"github.com/hekla-ml/hekla/data"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/metrics"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
	"github.com/hekla-ml/hekla/train"
)

// line is y = 2x - 1 as a dataset.
func line() data.Slice[data.Sample] {
	var set data.Slice[data.Sample]
	for i := range 64 {
		x := float32(i)/32 - 1
		set = append(set, data.Sample{X: data.ArrayOf([]float32{x}), Y: data.ArrayOf([]float32{2*x - 1})})
	}
	return set
}

// A run that saves after each epoch, and on Ctrl-C, and goes on from there.
func Example() {
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	net := nn.On(tensor.CPU(), dtype.Float32, 1).Linear(1, 1)
	loop := &train.Loop{
		Model:     net,
		Optimizer: optim.SGD{LR: 0.1}.New(nn.Parameters(net)),
		Data:      &data.Loader[data.Sample]{Dataset: line(), BatchSize: 8, Shuffle: true},
		Epochs:    20,
		Loss:      func(b data.Batch) *tensor.Tensor { return nn.MSE(net.Forward(b.X), b.Y) },
		Stop:      &train.EarlyStop{Metric: "epoch/loss", Patience: 3, MinDelta: 1e-6},
		Keeper:    checkpoint.Keeper{Dir: filepath.Join(dir, "run")},
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := loop.Run(ctx); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("y = %.2f x %+.2f\n", net.Weight.Item(), net.Bias.Item())
	// Output: y = 2.00 x -1.00
}

func ExampleEvaluate() {
	b := nn.On(tensor.CPU(), dtype.Float32, 1)
	net := nn.Sequential{b.Dropout(0.5), nn.Identity{}} // which tells class 1 by x > 0
	set := data.Slice[data.Sample]{
		{X: data.ArrayOf([]float32{0, -2}), Y: data.Label(0)},
		{X: data.ArrayOf([]float32{0, 1}), Y: data.Label(1)},
		{X: data.ArrayOf([]float32{0, 3}), Y: data.Label(0)},
	}
	var acc metrics.Accuracy
	err := train.Evaluate(context.Background(), net, &data.Loader[data.Sample]{Dataset: set, BatchSize: 2}, func(b data.Batch) {
		acc.Update(net.Forward(b.X), b.Y)
	})
	fmt.Printf("%.2f %v\n", acc.Value(), err)
	// Output: 0.67 <nil>
}

func ExampleCSVLog() {
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "log.csv")
	log, err := train.CSVLog(path, "loss", "accuracy")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	_ = log.Log(1, train.Values{"loss": 0.5})
	_ = log.Log(2, train.Values{"loss": 0.25, "accuracy": 0.9})
	b, _ := os.ReadFile(path)
	fmt.Print(string(b))
	// Output:
	// step,loss,accuracy
	// 1,0.5,
	// 2,0.25,0.9
}

func ExampleJSONLog() {
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "log.jsonl")
	log, err := train.JSONLog(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	_ = log.Log(1, train.Values{"loss": 0.5})
	_ = log.Log(2, train.Values{"loss": 0.25})
	_ = log.Rewind(1) // as a run does that goes on after step 1
	b, _ := os.ReadFile(path)
	fmt.Print(string(b))
	// Output: {"loss":0.5,"step":1}
}

// Training ends when the loss has not become better for 2 epochs.
func ExampleEarlyStop() {
	net := nn.On(tensor.CPU(), dtype.Float32, 1).Linear(1, 1)
	epochs := 0
	loop := &train.Loop{
		Model: net, Optimizer: optim.SGD{LR: 0.5}.New(nn.Parameters(net)), Epochs: 1000,
		Data:    &data.Loader[data.Sample]{Dataset: line(), BatchSize: 64},
		Loss:    func(b data.Batch) *tensor.Tensor { return nn.MSE(net.Forward(b.X), b.Y) },
		Stop:    &train.EarlyStop{Metric: "epoch/loss", Patience: 1, MinDelta: 1e-3},
		OnEpoch: func(s train.Status) error { epochs = s.Epoch + 1; return nil },
	}
	err := loop.Run(context.Background())
	fmt.Println(epochs < 50, err)
	// Output: true <nil>
}

// A step of one's own: here the mean of two batches' gradients is one step.
func ExampleLoop_step() {
	net := nn.On(tensor.CPU(), dtype.Float32, 1).Linear(1, 1)
	opt := optim.SGD{LR: 0.2}.New(nn.Parameters(net))
	n := 0
	loop := &train.Loop{
		Model: net, Optimizer: opt, Epochs: 20,
		Data: &data.Loader[data.Sample]{Dataset: line(), BatchSize: 8, Shuffle: true},
		Step: func(b data.Batch) *tensor.Tensor {
			loss := nn.MSE(net.Forward(b.X), b.Y)
			autograd.Backward(loss.MulScalar(0.5))
			if n++; n%2 == 0 {
				opt.Step()
				opt.ZeroGrad()
			}
			return loss
		},
	}
	err := loop.Run(context.Background())
	fmt.Printf("y = %.1f x %+.1f %v\n", net.Weight.Item(), net.Bias.Item(), err)
	// Output: y = 2.0 x -1.0 <nil>
}
