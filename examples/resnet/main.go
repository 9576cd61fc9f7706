// Resnet trains a residual network to classify small images:
//
//	go run ./examples/resnet                     # digits drawn from fonts
//	go run ./examples/resnet -data mnist         # a folder with the files of MNIST
//	go run ./examples/resnet -data cifar10       # one with train/CLASS/*.png and test/CLASS/*.png
//
// With -run it keeps checkpoints in a folder: Ctrl-C saves, and the same command
// goes on. TensorBoard shows the folder's curves.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/hekla-ml/hekla/backend"
	_ "github.com/hekla-ml/hekla/backend/all"
	"github.com/hekla-ml/hekla/checkpoint"
	"github.com/hekla-ml/hekla/data"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/metrics"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/optim/lr"
	"github.com/hekla-ml/hekla/tensor"
	"github.com/hekla-ml/hekla/train"
	"github.com/hekla-ml/hekla/train/tensorboard"
)

// options are what the command line says.
type options struct {
	data, run            string
	epochs, batch        int
	blocks, width, limit int
	rate                 float64
}

func main() {
	var o options
	flag.StringVar(&o.data, "data", "", "`folder` of MNIST's files, or of train/CLASS/*.png and test/CLASS/*.png (default: drawn digits)")
	flag.StringVar(&o.run, "run", "", "`folder` for checkpoints and curves")
	flag.IntVar(&o.epochs, "epochs", 5, "passes over the training images")
	flag.IntVar(&o.batch, "batch", 128, "images a step")
	flag.IntVar(&o.blocks, "blocks", 3, "blocks a stage; 3 make 20 layers")
	flag.IntVar(&o.width, "width", 16, "channels of the first stage")
	flag.IntVar(&o.limit, "limit", 0, "train on the first `n` images only")
	flag.Float64Var(&o.rate, "lr", 0.1, "largest learning rate")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if _, err := o.train(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// train returns the accuracy on the test images.
func (o options) train(ctx context.Context) (accuracy float64, err error) {
	set, err := load(o.data, o.limit)
	if err != nil {
		return 0, err
	}
	dev, err := backend.Default() // the best device, or HEKLA_DEVICE
	if err != nil {
		return 0, err
	}
	net := resNet(nn.On(dev, dtype.Float32, 1), set.channels, set.classes, o.blocks, o.width)
	loader := &data.Loader[data.Sample]{Dataset: set.train, Device: dev, BatchSize: o.batch, Shuffle: true, DropLast: true, Workers: 2}
	steps, err := loader.Batches()
	if err != nil {
		return 0, err
	}
	opt := optim.SGD{LR: o.rate, Momentum: 0.9, Nesterov: true, WeightDecay: 5e-4}.New(nn.Parameters(net))
	loop := &train.Loop{
		Model: net, Optimizer: opt, Data: loader, Epochs: o.epochs, Out: os.Stderr,
		Loss:      func(b data.Batch) *tensor.Tensor { return nn.CrossEntropy(net.Forward(b.X), b.Y) },
		Scheduler: lr.New(opt, lr.OneCycle{Max: o.rate, Steps: max(steps*o.epochs, 2)}),
		Validate: func(ctx context.Context) (train.Values, error) {
			var acc metrics.Accuracy
			tests := &data.Loader[data.Sample]{Dataset: set.test, Device: dev, BatchSize: 256}
			err := train.Evaluate(ctx, net, tests, func(b data.Batch) { acc.Update(net.Forward(b.X), b.Y) })
			accuracy = acc.Value()
			return train.Values{"test/accuracy": accuracy}, err
		},
	}
	if o.run != "" {
		board, err := tensorboard.New(o.run)
		if err != nil {
			return 0, err
		}
		defer board.Close()
		loop.Keeper, loop.SaveEvery, loop.Logs = checkpoint.Keeper{Dir: o.run}, 100, []train.Logger{board}
	}
	fmt.Fprintf(os.Stderr, "%s: %d layers, %d parameters, %d training images of %d classes\n",
		dev.Info().Name, 6*o.blocks+2, nn.NumParameters(net), set.train.Len(), set.classes)
	return accuracy, loop.Run(ctx)
}
