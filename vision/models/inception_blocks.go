package models

import (
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// The blocks of an InceptionV3 by torchvision's letters: A, C and E keep the size
// of images, B and D halve it.

// The kernels of convolutions over one axis, with padding that keeps the size.
func wide(n int) []nn.Option { return []nn.Option{nn.Kernel(1, n), nn.Pad(0, n/2)} }
func tall(n int) []nn.Option { return []nn.Option{nn.Kernel(n, 1), nn.Pad(n/2, 0)} }

func chain(x *tensor.Tensor, layers ...*basicConv) *tensor.Tensor {
	for _, l := range layers {
		x = l.Forward(x)
	}
	return x
}

// pooled is the last branch of blocks that keep the size.
func pooled(x *tensor.Tensor, l *basicConv) *tensor.Tensor {
	return l.Forward(nn.AvgPool2d{Kernel: 3, Stride: 1, Pad: 1}.Forward(x))
}

func halved(x *tensor.Tensor) *tensor.Tensor {
	return nn.MaxPool2d{Kernel: 3, Stride: 2}.Forward(x)
}

type inceptionA struct {
	One    *basicConv `nn:"branch1x1"`
	Five1  *basicConv `nn:"branch5x5_1"`
	Five2  *basicConv `nn:"branch5x5_2"`
	Three1 *basicConv `nn:"branch3x3dbl_1"`
	Three2 *basicConv `nn:"branch3x3dbl_2"`
	Three3 *basicConv `nn:"branch3x3dbl_3"`
	Pool   *basicConv `nn:"branch_pool"`
}

func newInceptionA(b *nn.Maker, in, pool int) *inceptionA {
	return &inceptionA{
		newBasicConv(b, in, 64, 1),
		newBasicConv(b, in, 48, 1), newBasicConv(b, 48, 64, 5, nn.Pad(2)),
		newBasicConv(b, in, 64, 1), newBasicConv(b, 64, 96, 3, nn.Pad(1)), newBasicConv(b, 96, 96, 3, nn.Pad(1)),
		newBasicConv(b, in, pool, 1),
	}
}

func (i *inceptionA) Forward(x *tensor.Tensor) *tensor.Tensor {
	return tensor.Concat(1, i.One.Forward(x), chain(x, i.Five1, i.Five2), chain(x, i.Three1, i.Three2, i.Three3), pooled(x, i.Pool))
}

type inceptionB struct {
	Three  *basicConv `nn:"branch3x3"`
	Three1 *basicConv `nn:"branch3x3dbl_1"`
	Three2 *basicConv `nn:"branch3x3dbl_2"`
	Three3 *basicConv `nn:"branch3x3dbl_3"`
}

func newInceptionB(b *nn.Maker, in int) *inceptionB {
	return &inceptionB{
		newBasicConv(b, in, 384, 3, nn.Stride(2)),
		newBasicConv(b, in, 64, 1), newBasicConv(b, 64, 96, 3, nn.Pad(1)), newBasicConv(b, 96, 96, 3, nn.Stride(2)),
	}
}

func (i *inceptionB) Forward(x *tensor.Tensor) *tensor.Tensor {
	return tensor.Concat(1, i.Three.Forward(x), chain(x, i.Three1, i.Three2, i.Three3), halved(x))
}

type inceptionC struct {
	One    *basicConv `nn:"branch1x1"`
	Seven1 *basicConv `nn:"branch7x7_1"`
	Seven2 *basicConv `nn:"branch7x7_2"`
	Seven3 *basicConv `nn:"branch7x7_3"`
	Twice1 *basicConv `nn:"branch7x7dbl_1"`
	Twice2 *basicConv `nn:"branch7x7dbl_2"`
	Twice3 *basicConv `nn:"branch7x7dbl_3"`
	Twice4 *basicConv `nn:"branch7x7dbl_4"`
	Twice5 *basicConv `nn:"branch7x7dbl_5"`
	Pool   *basicConv `nn:"branch_pool"`
}

func newInceptionC(b *nn.Maker, in, inner int) *inceptionC {
	return &inceptionC{
		newBasicConv(b, in, 192, 1),
		newBasicConv(b, in, inner, 1), newBasicConv(b, inner, inner, 0, wide(7)...), newBasicConv(b, inner, 192, 0, tall(7)...),
		newBasicConv(b, in, inner, 1), newBasicConv(b, inner, inner, 0, tall(7)...), newBasicConv(b, inner, inner, 0, wide(7)...),
		newBasicConv(b, inner, inner, 0, tall(7)...), newBasicConv(b, inner, 192, 0, wide(7)...),
		newBasicConv(b, in, 192, 1),
	}
}

func (i *inceptionC) Forward(x *tensor.Tensor) *tensor.Tensor {
	return tensor.Concat(1, i.One.Forward(x), chain(x, i.Seven1, i.Seven2, i.Seven3),
		chain(x, i.Twice1, i.Twice2, i.Twice3, i.Twice4, i.Twice5), pooled(x, i.Pool))
}

type inceptionD struct {
	Three1 *basicConv `nn:"branch3x3_1"`
	Three2 *basicConv `nn:"branch3x3_2"`
	Seven1 *basicConv `nn:"branch7x7x3_1"`
	Seven2 *basicConv `nn:"branch7x7x3_2"`
	Seven3 *basicConv `nn:"branch7x7x3_3"`
	Seven4 *basicConv `nn:"branch7x7x3_4"`
}

func newInceptionD(b *nn.Maker, in int) *inceptionD {
	return &inceptionD{
		newBasicConv(b, in, 192, 1), newBasicConv(b, 192, 320, 3, nn.Stride(2)),
		newBasicConv(b, in, 192, 1), newBasicConv(b, 192, 192, 0, wide(7)...), newBasicConv(b, 192, 192, 0, tall(7)...), newBasicConv(b, 192, 192, 3, nn.Stride(2)),
	}
}

func (i *inceptionD) Forward(x *tensor.Tensor) *tensor.Tensor {
	return tensor.Concat(1, chain(x, i.Three1, i.Three2), chain(x, i.Seven1, i.Seven2, i.Seven3, i.Seven4), halved(x))
}

type inceptionE struct {
	One     *basicConv `nn:"branch1x1"`
	Three1  *basicConv `nn:"branch3x3_1"`
	Three2a *basicConv `nn:"branch3x3_2a"`
	Three2b *basicConv `nn:"branch3x3_2b"`
	Twice1  *basicConv `nn:"branch3x3dbl_1"`
	Twice2  *basicConv `nn:"branch3x3dbl_2"`
	Twice3a *basicConv `nn:"branch3x3dbl_3a"`
	Twice3b *basicConv `nn:"branch3x3dbl_3b"`
	Pool    *basicConv `nn:"branch_pool"`
}

func newInceptionE(b *nn.Maker, in int) *inceptionE {
	return &inceptionE{
		newBasicConv(b, in, 320, 1),
		newBasicConv(b, in, 384, 1), newBasicConv(b, 384, 384, 0, wide(3)...), newBasicConv(b, 384, 384, 0, tall(3)...),
		newBasicConv(b, in, 448, 1), newBasicConv(b, 448, 384, 3, nn.Pad(1)), newBasicConv(b, 384, 384, 0, wide(3)...), newBasicConv(b, 384, 384, 0, tall(3)...),
		newBasicConv(b, in, 192, 1),
	}
}

func (i *inceptionE) Forward(x *tensor.Tensor) *tensor.Tensor {
	three, twice := i.Three1.Forward(x), chain(x, i.Twice1, i.Twice2)
	return tensor.Concat(1, i.One.Forward(x), i.Three2a.Forward(three), i.Three2b.Forward(three),
		i.Twice3a.Forward(twice), i.Twice3b.Forward(twice), pooled(x, i.Pool))
}
