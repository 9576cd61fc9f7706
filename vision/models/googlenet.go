package models

import (
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// A GoogLeNet is made of blocks of convolutions side by side (Szegedy et al.
// 2014), here with batch normalisation.
type GoogLeNet struct {
	Conv1, Conv2, Conv3 *basicConv
	Inception3a         *inceptionBlock `nn:"inception3a"`
	Inception3b         *inceptionBlock `nn:"inception3b"`
	Inception4a         *inceptionBlock `nn:"inception4a"`
	Inception4b         *inceptionBlock `nn:"inception4b"`
	Inception4c         *inceptionBlock `nn:"inception4c"`
	Inception4d         *inceptionBlock `nn:"inception4d"`
	Inception4e         *inceptionBlock `nn:"inception4e"`
	Inception5a         *inceptionBlock `nn:"inception5a"`
	Inception5b         *inceptionBlock `nn:"inception5b"`
	Aux1, Aux2          *googLeNetAux   // or nil
	Dropout             *nn.Dropout
	FC                  *nn.Linear
}

// basicConv is a convolution without bias, a normalisation and a ReLU.
type basicConv struct {
	Conv *nn.Conv2d
	BN   *nn.BatchNorm2d
}

func newBasicConv(b *nn.Maker, in, out, kernel int, opts ...nn.Option) *basicConv {
	return &basicConv{b.Conv2d(in, out, kernel, append(opts, nn.NoBias)...), b.BatchNorm2d(out, nn.Eps(1e-3))}
}

func (c *basicConv) Forward(x *tensor.Tensor) *tensor.Tensor {
	return c.BN.Forward(c.Conv.Forward(x)).ReLU()
}

type inceptionBlock struct {
	Branch1                   *basicConv
	Branch2, Branch3, Branch4 nn.Sequential
}

// newInception makes a block; sizes are in the order of the paper's table 1. As in
// torchvision, the 5x5 convolutions are 3x3.
func newInception(b *nn.Maker, in, one, threeIn, three, fiveIn, five, pool int) *inceptionBlock {
	return &inceptionBlock{
		newBasicConv(b, in, one, 1),
		nn.Sequential{newBasicConv(b, in, threeIn, 1), newBasicConv(b, threeIn, three, 3, nn.Pad(1))},
		nn.Sequential{newBasicConv(b, in, fiveIn, 1), newBasicConv(b, fiveIn, five, 3, nn.Pad(1))},
		nn.Sequential{nn.MaxPool2d{Kernel: 3, Stride: 1, Pad: 1, Ceil: true}, newBasicConv(b, in, pool, 1)},
	}
}

func (i *inceptionBlock) Forward(x *tensor.Tensor) *tensor.Tensor {
	return tensor.Concat(1, i.Branch1.Forward(x), i.Branch2.Forward(x), i.Branch3.Forward(x), i.Branch4.Forward(x))
}

type googLeNetAux struct {
	Conv    *basicConv
	FC1     *nn.Linear `nn:"fc1"`
	FC2     *nn.Linear `nn:"fc2"`
	Dropout *nn.Dropout
}

func (a *googLeNetAux) Forward(x *tensor.Tensor) *tensor.Tensor {
	x = a.Conv.Forward(nn.AdaptiveAvgPool2d{Size: []int{4}}.Forward(x)).Flatten(1, -1)
	return a.FC2.Forward(a.Dropout.Forward(a.FC1.ForwardThen(x, nn.ReLU{})))
}

// NewGoogLeNet makes a GoogLeNet.
func NewGoogLeNet(b *nn.Maker, opts ...Config) *GoogLeNet {
	c := filled(opts, 0.2, 0)
	net := &GoogLeNet{
		Conv1: newBasicConv(b, 3, 64, 7, nn.Stride(2), nn.Pad(3)), Conv2: newBasicConv(b, 64, 64, 1), Conv3: newBasicConv(b, 64, 192, 3, nn.Pad(1)),
		Inception3a: newInception(b, 192, 64, 96, 128, 16, 32, 32),
		Inception3b: newInception(b, 256, 128, 128, 192, 32, 96, 64),
		Inception4a: newInception(b, 480, 192, 96, 208, 16, 48, 64),
		Inception4b: newInception(b, 512, 160, 112, 224, 24, 64, 64),
		Inception4c: newInception(b, 512, 128, 128, 256, 24, 64, 64),
		Inception4d: newInception(b, 512, 112, 144, 288, 32, 64, 64),
		Inception4e: newInception(b, 528, 256, 160, 320, 32, 128, 128),
		Inception5a: newInception(b, 832, 256, 160, 320, 32, 128, 128),
		Inception5b: newInception(b, 832, 384, 192, 384, 48, 128, 128),
		Dropout:     b.Dropout(c.Dropout), FC: b.Linear(1024, c.Classes),
	}
	if !c.NoAux {
		aux := func(in int) *googLeNetAux {
			return &googLeNetAux{newBasicConv(b, in, 128, 1), b.Linear(2048, 1024), b.Linear(1024, c.Classes), b.Dropout(0.7)}
		}
		net.Aux1, net.Aux2 = aux(512), aux(528)
	}
	initialise(b, net, truncNormal(b, 0.01), truncNormal(b, 0.01))
	return net
}

// Forward returns logits of images.
func (g *GoogLeNet) Forward(x *tensor.Tensor) *tensor.Tensor {
	y, _ := g.forward(x, false)
	return y
}

// ForwardAux returns logits of images and those of the auxiliary classifiers,
// whose losses count 0.3 each in training; none without auxiliary classifiers.
func (g *GoogLeNet) ForwardAux(x *tensor.Tensor) (y *tensor.Tensor, aux []*tensor.Tensor) {
	return g.forward(x, g.Aux1 != nil)
}

func (g *GoogLeNet) forward(x *tensor.Tensor, wantAux bool) (y *tensor.Tensor, aux []*tensor.Tensor) {
	pool := nn.MaxPool2d{Kernel: 3, Stride: 2, Ceil: true}
	x = pool.Forward(g.Conv1.Forward(x))
	x = pool.Forward(g.Conv3.Forward(g.Conv2.Forward(x)))
	x = pool.Forward(g.Inception3b.Forward(g.Inception3a.Forward(x)))
	x = g.Inception4a.Forward(x)
	if wantAux {
		aux = append(aux, g.Aux1.Forward(x))
	}
	x = g.Inception4d.Forward(g.Inception4c.Forward(g.Inception4b.Forward(x)))
	if wantAux {
		aux = append(aux, g.Aux2.Forward(x))
	}
	x = nn.MaxPool2d{Kernel: 2, Ceil: true}.Forward(g.Inception4e.Forward(x))
	x = g.Inception5b.Forward(g.Inception5a.Forward(x))
	x = nn.AdaptiveAvgPool2d{}.Forward(x).Flatten(1, -1)
	return g.FC.Forward(g.Dropout.Forward(x)), aux
}
