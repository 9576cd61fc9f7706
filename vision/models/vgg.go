package models

import (
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// vgg makes a chain of 3x3 convolutions, counts of them between poolings
// (Simonyan and Zisserman 2014).
func vgg(b *nn.Maker, opts []Config, norm bool, counts ...int) *Classifier {
	c := filled(opts, 0.5, 0)
	var features nn.Sequential
	in := 3
	for i, n := range counts {
		out := min(64<<i, 512)
		for range n {
			features = append(features, b.Conv2d(in, out, 3, nn.Pad(1)))
			if norm {
				features = append(features, b.BatchNorm2d(out))
			}
			features = append(features, nn.ReLU{})
			in = out
		}
		features = append(features, nn.MaxPool2d{Kernel: 2})
	}
	net := &Classifier{features, nn.Sequential{
		b.Linear(512*7*7, 4096), nn.ReLU{}, b.Dropout(c.Dropout),
		b.Linear(4096, 4096), nn.ReLU{}, b.Dropout(c.Dropout), b.Linear(4096, c.Classes),
	}, 7}
	initialise(b, net, kaimingOut(b), normal(b, 0.01))
	return net
}

// VGG11 makes a VGG of 11 layers.
func VGG11(b *nn.Maker, c ...Config) *Classifier { return vgg(b, c, false, 1, 1, 2, 2, 2) }

// VGG13 makes a VGG of 13 layers.
func VGG13(b *nn.Maker, c ...Config) *Classifier { return vgg(b, c, false, 2, 2, 2, 2, 2) }

// VGG16 makes a VGG of 16 layers.
func VGG16(b *nn.Maker, c ...Config) *Classifier { return vgg(b, c, false, 2, 2, 3, 3, 3) }

// VGG19 makes a VGG of 19 layers.
func VGG19(b *nn.Maker, c ...Config) *Classifier { return vgg(b, c, false, 2, 2, 4, 4, 4) }

// VGG11BN makes a VGG11 with batch normalisation.
func VGG11BN(b *nn.Maker, c ...Config) *Classifier { return vgg(b, c, true, 1, 1, 2, 2, 2) }

// VGG13BN makes a VGG13 with batch normalisation.
func VGG13BN(b *nn.Maker, c ...Config) *Classifier { return vgg(b, c, true, 2, 2, 2, 2, 2) }

// VGG16BN makes a VGG16 with batch normalisation.
func VGG16BN(b *nn.Maker, c ...Config) *Classifier { return vgg(b, c, true, 2, 2, 3, 3, 3) }

// VGG19BN makes a VGG19 with batch normalisation.
func VGG19BN(b *nn.Maker, c ...Config) *Classifier { return vgg(b, c, true, 2, 2, 4, 4, 4) }

// AlexNet makes the net of Krizhevsky et al. 2012, in the form of Krizhevsky 2014.
func AlexNet(b *nn.Maker, opts ...Config) *Classifier {
	c := filled(opts, 0.5, 0)
	pool := nn.MaxPool2d{Kernel: 3, Stride: 2}
	return &Classifier{nn.Sequential{
		b.Conv2d(3, 64, 11, nn.Stride(4), nn.Pad(2)), nn.ReLU{}, pool,
		b.Conv2d(64, 192, 5, nn.Pad(2)), nn.ReLU{}, pool,
		b.Conv2d(192, 384, 3, nn.Pad(1)), nn.ReLU{},
		b.Conv2d(384, 256, 3, nn.Pad(1)), nn.ReLU{},
		b.Conv2d(256, 256, 3, nn.Pad(1)), nn.ReLU{}, pool,
	}, nn.Sequential{
		b.Dropout(c.Dropout), b.Linear(256*6*6, 4096), nn.ReLU{},
		b.Dropout(c.Dropout), b.Linear(4096, 4096), nn.ReLU{}, b.Linear(4096, c.Classes),
	}, 6}
}

// A fire narrows and widens again by 1x1 and 3x3 convolutions side by side.
type fire struct {
	Squeeze   *nn.Conv2d
	Expand1x1 *nn.Conv2d `nn:"expand1x1"`
	Expand3x3 *nn.Conv2d `nn:"expand3x3"`
}

func (f *fire) Forward(x *tensor.Tensor) *tensor.Tensor {
	x = f.Squeeze.Forward(x).ReLU()
	return tensor.Concat(1, f.Expand1x1.Forward(x).ReLU(), f.Expand3x3.Forward(x).ReLU())
}

// squeezeNet makes a SqueezeNet (Iandola et al. 2016). Fires are given as the width
// of their narrow part, a quarter of what either half of the wide part has; 0 is a
// pooling.
func squeezeNet(b *nn.Maker, opts []Config, first *nn.Conv2d, fires []int) *Classifier {
	c := filled(opts, 0.5, 0)
	pool := nn.MaxPool2d{Kernel: 3, Stride: 2, Ceil: true}
	features := nn.Sequential{first, nn.ReLU{}, pool}
	in := first.Weight.Dim(0)
	for _, narrow := range fires {
		if narrow == 0 {
			features = append(features, pool)
			continue
		}
		half := 4 * narrow
		features = append(features, &fire{b.Conv2d(in, narrow, 1), b.Conv2d(narrow, half, 1), b.Conv2d(narrow, half, 3, nn.Pad(1))})
		in = 2 * half
	}
	last := b.Conv2d(in, c.Classes, 1)
	net := &Classifier{features, nn.Sequential{b.Dropout(c.Dropout), last, nn.ReLU{}, nn.AdaptiveAvgPool2d{}, nn.Flatten{}}, 0}
	initialise(b, net, func(w *tensor.Tensor) {
		if w == last.Weight {
			nn.Normal(w, b.Generator(), 0, 0.01)
		} else {
			nn.KaimingUniform(w, b.Generator())
		}
	}, nil)
	return net
}

// SqueezeNet10 makes SqueezeNet 1.0.
func SqueezeNet10(b *nn.Maker, c ...Config) *Classifier {
	return squeezeNet(b, c, b.Conv2d(3, 96, 7, nn.Stride(2)), []int{16, 16, 32, 0, 32, 48, 48, 64, 0, 64})
}

// SqueezeNet11 makes SqueezeNet 1.1, which needs 2.4 times less computation.
func SqueezeNet11(b *nn.Maker, c ...Config) *Classifier {
	return squeezeNet(b, c, b.Conv2d(3, 64, 3, nn.Stride(2)), []int{16, 16, 0, 32, 32, 0, 48, 48, 64, 64})
}
