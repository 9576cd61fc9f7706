package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/hekla-ml/hekla/data"
	"github.com/hekla-ml/hekla/vision"
)

// A dataset is images to train on and to test with.
type dataset struct {
	train, test       data.Dataset[data.Sample]
	channels, classes int
}

// load reads a folder, or draws digits if there is none.
func load(dir string, limit int) (*dataset, error) {
	d := &dataset{channels: 1, classes: 10}
	if _, err := os.Stat(filepath.Join(dir, "train")); dir != "" && err == nil {
		return folder(dir, limit)
	}
	train, test := vision.Digits(8000, 1), vision.Digits(1000, 2)
	if dir != "" {
		var err error
		if train, err = vision.MNIST(dir, true); err != nil {
			return nil, err
		}
		if test, err = vision.MNIST(dir, false); err != nil {
			return nil, err
		}
	}
	if limit > 0 {
		train = train.First(limit)
	}
	// Digits must not be mirrored; being moved a little does them no harm.
	d.train, d.test = data.MapRand(data.Dataset[data.Sample](train), move(2, false)), test
	return d, nil
}

// folder reads dir/train/CLASS/*.png and dir/test/CLASS/*.png.
func folder(dir string, limit int) (*dataset, error) {
	train, err := vision.ImageFolder(filepath.Join(dir, "train"))
	if err != nil {
		return nil, err
	}
	test, err := vision.ImageFolder(filepath.Join(dir, "test"))
	if err != nil {
		return nil, err
	}
	train.Size, test.Size = 32, 32
	d := &dataset{channels: 3, classes: len(train.Classes)}
	parts := []data.Dataset[data.Sample]{train}
	if limit > 0 && limit < train.Len() {
		parts = data.RandomSplit[data.Sample](train, 1, limit, -1) // the files are in the order of classes
	}
	// Means and deviations of ImageNet's colours.
	scale := normalise([]float32{0.485, 0.456, 0.406}, []float32{0.229, 0.224, 0.225})
	d.train, d.test = data.MapRand(data.Map(parts[0], scale), move(4, true)), data.Map[data.Sample](test, scale)
	return d, nil
}

// normalise subtracts the means of the channels and divides by the deviations.
func normalise(mean, std []float32) func(s data.Sample) (data.Sample, error) {
	return func(s data.Sample) (data.Sample, error) {
		x := data.Elements[float32](s.X)
		plane := len(x) / len(mean)
		for i := range x {
			x[i] = (x[i] - mean[i/plane]) / std[i/plane]
		}
		return s, nil
	}
}

// move returns a function that moves an image up to n pixels in each direction,
// repeating its edge, and mirrors every other one.
func move(n int, mirror bool) func(s data.Sample, r *rand.Rand) (data.Sample, error) {
	return func(s data.Sample, r *rand.Rand) (data.Sample, error) {
		c, h, w := s.X.Shape[0], s.X.Shape[1], s.X.Shape[2]
		dy, dx, flip := r.IntN(2*n+1)-n, r.IntN(2*n+1)-n, mirror && r.IntN(2) == 1
		from, to := data.Elements[float32](s.X), make([]float32, c*h*w)
		for i := range to {
			x, y, plane := i%w, i/w%h, i/(w*h)
			if flip {
				x = w - 1 - x
			}
			y, x = min(max(y+dy, 0), h-1), min(max(x+dx, 0), w-1)
			to[i] = from[(plane*h+y)*w+x]
		}
		s.X = data.ArrayOf(to, c, h, w)
		return s, nil
	}
}
