package models

import (
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// A ResNet is four groups of blocks with residual connections (He et al. 2015).
type ResNet struct {
	Conv1                          *nn.Conv2d
	BN1                            *nn.BatchNorm2d
	Layer1, Layer2, Layer3, Layer4 nn.Sequential
	FC                             *nn.Linear
}

// A resBlock is two or three convolutions beside a shortcut. The stride is the
// 3x3 convolution's, as in torchvision, not the first one's, as in the paper.
type resBlock struct {
	Conv1      *nn.Conv2d
	BN1        *nn.BatchNorm2d
	Conv2      *nn.Conv2d
	BN2        *nn.BatchNorm2d
	Conv3      *nn.Conv2d
	BN3        *nn.BatchNorm2d
	Downsample nn.Sequential
}

func (r *resBlock) Forward(x *tensor.Tensor) *tensor.Tensor {
	y := r.BN1.Forward(r.Conv1.Forward(x)).ReLU()
	y = r.BN2.Forward(r.Conv2.Forward(y))
	if r.Conv3 != nil {
		y = r.BN3.Forward(r.Conv3.Forward(y.ReLU()))
	}
	if r.Downsample != nil {
		x = r.Downsample.Forward(x)
	}
	return y.Add(x).ReLU()
}

// A resNet is the size of a ResNet.
type resNet struct {
	blocks     [4]int
	bottleneck bool // blocks of three convolutions, the last four times as wide
	groups     int  // of the 3x3 convolutions
	width      int  // channels of a group where the block has 64
}

func (r resNet) make(b *nn.Maker, opts []Config) *ResNet {
	c := filled(opts, 0, 0)
	net := &ResNet{Conv1: b.Conv2d(3, 64, 7, nn.Stride(2), nn.Pad(3), nn.NoBias), BN1: b.BatchNorm2d(64)}
	in := 64
	for i, layer := range []*nn.Sequential{&net.Layer1, &net.Layer2, &net.Layer3, &net.Layer4} {
		stride := 2
		if i == 0 {
			stride = 1
		}
		for range r.blocks[i] {
			block, out := r.block(b, in, 64<<i, stride)
			*layer = append(*layer, block)
			in, stride = out, 1
		}
	}
	net.FC = b.Linear(in, c.Classes)
	initialise(b, net, kaimingOut(b), nil)
	return net
}

func (r resNet) block(b *nn.Maker, in, planes, stride int) (block *resBlock, out int) {
	three := []nn.Option{nn.Pad(1), nn.NoBias}
	if r.bottleneck {
		width := planes * r.width / 64 * r.groups
		out = 4 * planes
		block = &resBlock{
			Conv1: b.Conv2d(in, width, 1, nn.NoBias), BN1: b.BatchNorm2d(width),
			Conv2: b.Conv2d(width, width, 3, append(three, nn.Stride(stride), nn.Groups(r.groups))...), BN2: b.BatchNorm2d(width),
			Conv3: b.Conv2d(width, out, 1, nn.NoBias), BN3: b.BatchNorm2d(out),
		}
	} else {
		out = planes
		block = &resBlock{
			Conv1: b.Conv2d(in, out, 3, append(three, nn.Stride(stride))...), BN1: b.BatchNorm2d(out),
			Conv2: b.Conv2d(out, out, 3, three...), BN2: b.BatchNorm2d(out),
		}
	}
	if stride > 1 || in != out {
		block.Downsample = nn.Sequential{b.Conv2d(in, out, 1, nn.Stride(stride), nn.NoBias), b.BatchNorm2d(out)}
	}
	return block, out
}

// Forward returns logits of images.
func (r *ResNet) Forward(x *tensor.Tensor) *tensor.Tensor {
	x = r.BN1.Forward(r.Conv1.Forward(x)).ReLU()
	x = nn.MaxPool2d{Kernel: 3, Stride: 2, Pad: 1}.Forward(x)
	for _, l := range []nn.Sequential{r.Layer1, r.Layer2, r.Layer3, r.Layer4} {
		x = l.Forward(x)
	}
	return r.FC.Forward(nn.AdaptiveAvgPool2d{}.Forward(x).Flatten(1, -1))
}

func basic(blocks ...int) resNet { return resNet{blocks: [4]int(blocks)} }

func bottleneck(groups, width int, blocks ...int) resNet {
	return resNet{[4]int(blocks), true, groups, width}
}

// ResNet18 makes a ResNet of 18 layers.
func ResNet18(b *nn.Maker, c ...Config) *ResNet { return basic(2, 2, 2, 2).make(b, c) }

// ResNet34 makes a ResNet of 34 layers.
func ResNet34(b *nn.Maker, c ...Config) *ResNet { return basic(3, 4, 6, 3).make(b, c) }

// ResNet50 makes a ResNet of 50 layers.
func ResNet50(b *nn.Maker, c ...Config) *ResNet { return bottleneck(1, 64, 3, 4, 6, 3).make(b, c) }

// ResNet101 makes a ResNet of 101 layers.
func ResNet101(b *nn.Maker, c ...Config) *ResNet { return bottleneck(1, 64, 3, 4, 23, 3).make(b, c) }

// ResNet152 makes a ResNet of 152 layers.
func ResNet152(b *nn.Maker, c ...Config) *ResNet { return bottleneck(1, 64, 3, 8, 36, 3).make(b, c) }

// ResNeXt50 makes a ResNet50 with 32 groups of 4 channels (Xie et al. 2016).
func ResNeXt50(b *nn.Maker, c ...Config) *ResNet { return bottleneck(32, 4, 3, 4, 6, 3).make(b, c) }

// ResNeXt101 makes a ResNet101 with 32 groups of 8 channels.
func ResNeXt101(b *nn.Maker, c ...Config) *ResNet { return bottleneck(32, 8, 3, 4, 23, 3).make(b, c) }

// WideResNet50 makes a ResNet50 whose inner convolutions are twice as wide
// (Zagoruyko and Komodakis 2016).
func WideResNet50(b *nn.Maker, c ...Config) *ResNet { return bottleneck(1, 128, 3, 4, 6, 3).make(b, c) }

// WideResNet101 makes a ResNet101 whose inner convolutions are twice as wide.
func WideResNet101(b *nn.Maker, c ...Config) *ResNet {
	return bottleneck(1, 128, 3, 4, 23, 3).make(b, c)
}
