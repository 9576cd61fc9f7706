package models

import (
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// An InceptionV3 is made of blocks whose large convolutions are cut into small
// ones (Szegedy et al. 2015). It is for images of 299 pixels; 75 are the least,
// but the auxiliary classifier of ForwardAux needs all 299.
type InceptionV3 struct {
	Conv1a    *basicConv      `nn:"Conv2d_1a_3x3"`
	Conv2a    *basicConv      `nn:"Conv2d_2a_3x3"`
	Conv2b    *basicConv      `nn:"Conv2d_2b_3x3"`
	Conv3b    *basicConv      `nn:"Conv2d_3b_1x1"`
	Conv4a    *basicConv      `nn:"Conv2d_4a_3x3"`
	Mixed5b   *inceptionA     `nn:"Mixed_5b"`
	Mixed5c   *inceptionA     `nn:"Mixed_5c"`
	Mixed5d   *inceptionA     `nn:"Mixed_5d"`
	Mixed6a   *inceptionB     `nn:"Mixed_6a"`
	Mixed6b   *inceptionC     `nn:"Mixed_6b"`
	Mixed6c   *inceptionC     `nn:"Mixed_6c"`
	Mixed6d   *inceptionC     `nn:"Mixed_6d"`
	Mixed6e   *inceptionC     `nn:"Mixed_6e"`
	AuxLogits *inceptionV3Aux `nn:"AuxLogits"` // or nil
	Mixed7a   *inceptionD     `nn:"Mixed_7a"`
	Mixed7b   *inceptionE     `nn:"Mixed_7b"`
	Mixed7c   *inceptionE     `nn:"Mixed_7c"`
	Dropout   *nn.Dropout
	FC        *nn.Linear
}

// NewInceptionV3 makes an InceptionV3.
func NewInceptionV3(b *nn.Maker, opts ...Config) *InceptionV3 {
	c := filled(opts, 0.5, 0)
	net := &InceptionV3{
		Conv1a: newBasicConv(b, 3, 32, 3, nn.Stride(2)), Conv2a: newBasicConv(b, 32, 32, 3), Conv2b: newBasicConv(b, 32, 64, 3, nn.Pad(1)),
		Conv3b: newBasicConv(b, 64, 80, 1), Conv4a: newBasicConv(b, 80, 192, 3),
		Mixed5b: newInceptionA(b, 192, 32), Mixed5c: newInceptionA(b, 256, 64), Mixed5d: newInceptionA(b, 288, 64),
		Mixed6a: newInceptionB(b, 288),
		Mixed6b: newInceptionC(b, 768, 128), Mixed6c: newInceptionC(b, 768, 160), Mixed6d: newInceptionC(b, 768, 160), Mixed6e: newInceptionC(b, 768, 192),
		Mixed7a: newInceptionD(b, 768), Mixed7b: newInceptionE(b, 1280), Mixed7c: newInceptionE(b, 2048),
		Dropout: b.Dropout(c.Dropout), FC: b.Linear(2048, c.Classes),
	}
	if !c.NoAux {
		net.AuxLogits = &inceptionV3Aux{newBasicConv(b, 768, 128, 1), newBasicConv(b, 128, 768, 5), b.Linear(768, c.Classes)}
	}
	initialise(b, net, truncNormal(b, 0.1), truncNormal(b, 0.1))
	if a := net.AuxLogits; a != nil && !b.IsBlank() {
		truncNormal(b, 0.01)(a.Conv1.Conv.Weight)
		truncNormal(b, 0.001)(a.FC.Weight)
	}
	return net
}

// Forward returns logits of images.
func (i *InceptionV3) Forward(x *tensor.Tensor) *tensor.Tensor {
	y, _ := i.forward(x, false)
	return y
}

// ForwardAux returns logits of images and those of the auxiliary classifier,
// whose loss counts 0.4 in training; nil without an auxiliary classifier.
func (i *InceptionV3) ForwardAux(x *tensor.Tensor) (y, aux *tensor.Tensor) {
	return i.forward(x, i.AuxLogits != nil)
}

func (i *InceptionV3) forward(x *tensor.Tensor, wantAux bool) (y, aux *tensor.Tensor) {
	pool := nn.MaxPool2d{Kernel: 3, Stride: 2}
	x = pool.Forward(i.Conv2b.Forward(i.Conv2a.Forward(i.Conv1a.Forward(x))))
	x = pool.Forward(i.Conv4a.Forward(i.Conv3b.Forward(x)))
	x = i.Mixed5d.Forward(i.Mixed5c.Forward(i.Mixed5b.Forward(x)))
	x = i.Mixed6c.Forward(i.Mixed6b.Forward(i.Mixed6a.Forward(x)))
	x = i.Mixed6e.Forward(i.Mixed6d.Forward(x))
	if wantAux {
		aux = i.AuxLogits.Forward(x)
	}
	x = i.Mixed7c.Forward(i.Mixed7b.Forward(i.Mixed7a.Forward(x)))
	x = nn.AdaptiveAvgPool2d{}.Forward(x).Flatten(1, -1)
	return i.FC.Forward(i.Dropout.Forward(x)), aux
}

type inceptionV3Aux struct {
	Conv0 *basicConv
	Conv1 *basicConv
	FC    *nn.Linear
}

func (a *inceptionV3Aux) Forward(x *tensor.Tensor) *tensor.Tensor {
	x = nn.AvgPool2d{Kernel: 5, Stride: 3}.Forward(x)
	x = a.Conv1.Forward(a.Conv0.Forward(x))
	return a.FC.Forward(nn.AdaptiveAvgPool2d{}.Forward(x).Flatten(1, -1))
}
