// Command mnist is the program of the README: it trains a small CNN on drawn
// digits, or on MNIST if given the folder of its files.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	_ "github.com/hekla-ml/hekla/backend/all"
	"github.com/hekla-ml/hekla/data"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
	"github.com/hekla-ml/hekla/vision"
)

func main() {
	if err := tensor.Try(train); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func train() error {
	dev, err := backend.Default() // the best device, or HEKLA_DEVICE
	if err != nil {
		return err
	}
	images := vision.Digits(8000, 1)
	if len(os.Args) > 1 {
		if images, err = vision.MNIST(os.Args[1], true); err != nil {
			return err
		}
	}
	b := nn.On(dev, dtype.Float32, 1)
	net := nn.Sequential{
		b.Conv2d(1, 8, 3, nn.Pad(1)), nn.ReLU{}, nn.MaxPool2d{Kernel: 2},
		b.Conv2d(8, 16, 3, nn.Pad(1)), nn.ReLU{}, nn.MaxPool2d{Kernel: 2},
		nn.Flatten{}, b.Linear(16*7*7, 10),
	}
	opt := optim.Adam{LR: 2e-3}.New(nn.Parameters(net))
	loader := data.Loader[data.Sample]{Dataset: images, Device: dev, BatchSize: 64, Shuffle: true}
	for epoch := range 3 {
		var loss float64
		for batch, err := range loader.All(context.Background()) {
			if err != nil {
				return err
			}
			tensor.Scope(func(s *tensor.Arena) { // frees everything computed from the batch
				batch = batch.Own(s)
				opt.ZeroGrad()
				l := nn.CrossEntropy(net.Forward(batch.X), batch.Y)
				autograd.Backward(l)
				opt.Step()
				loss = l.Item()
			})
		}
		fmt.Printf("epoch %d: loss of the last batch %.4f\n", epoch+1, loss)
	}
	return nil
}
