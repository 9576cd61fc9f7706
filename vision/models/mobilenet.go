package models

import (
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// An inverted block widens, convolves each channel by itself and narrows again
// (Sandler et al. 2018). The name of its chain differs from model to model.
type inverted struct {
	Conv, Block, Layers nn.Sequential
	residual
	shortcut bool
}

func (i *inverted) Forward(x *tensor.Tensor) *tensor.Tensor {
	y := x
	for _, s := range []nn.Sequential{i.Conv, i.Block, i.Layers} {
		y = s.Forward(y)
	}
	if i.shortcut {
		return i.add(x, y)
	}
	return y
}

// MobileNetV2 makes the net of Sandler et al. 2018.
func MobileNetV2(b *nn.Maker, opts ...Config) *Classifier {
	c := filled(opts, 0.2, 0)
	act := nn.ReLU6{}
	features := nn.Sequential{convBlock{kernel: 3, stride: 2, activation: act}.make(b, 3, 32)}
	in := 32
	// Table 2: expansion, channels, blocks, stride of the first block.
	for _, r := range [][4]int{{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}} {
		stride := r[3]
		for range r[2] {
			wide, out := in*r[0], r[1]
			var conv nn.Sequential
			if r[0] > 1 {
				conv = append(conv, convBlock{kernel: 1, activation: act}.make(b, in, wide))
			}
			conv = append(conv, convBlock{kernel: 3, stride: stride, groups: wide, activation: act}.make(b, wide, wide))
			conv = append(conv, convBlock{kernel: 1}.make(b, wide, out)...)
			features = append(features, &inverted{Conv: conv, residual: newResidual(b, 0), shortcut: stride == 1 && in == out})
			in, stride = out, 1
		}
	}
	features = append(features, convBlock{kernel: 1, activation: act}.make(b, in, 1280))
	net := &Classifier{features, nn.Sequential{b.Dropout(c.Dropout), b.Linear(1280, c.Classes)}, 1}
	initialise(b, net, kaimingOut(b), normal(b, 0.01))
	return net
}

// A v3Block is a row of tables 1 and 2 of Howard et al. 2019.
type v3Block struct {
	kernel, wide, out int
	squeeze, swish    bool
	stride            int
}

func mobileNetV3(b *nn.Maker, opts []Config, last int, blocks []v3Block) *Classifier {
	c := filled(opts, 0.2, 0)
	norm := []nn.Option{nn.Eps(1e-3), nn.Momentum(0.01)}
	features := nn.Sequential{convBlock{3, 2, 1, norm, nn.Hardswish{}}.make(b, 3, 16)}
	in := 16
	for _, r := range blocks {
		var act nn.Layer = nn.ReLU{}
		if r.swish {
			act = nn.Hardswish{}
		}
		var block nn.Sequential
		if r.wide != in {
			block = append(block, convBlock{1, 1, 1, norm, act}.make(b, in, r.wide))
		}
		block = append(block, convBlock{r.kernel, r.stride, r.wide, norm, act}.make(b, r.wide, r.wide))
		if r.squeeze {
			block = append(block, newSqueeze(b, r.wide, divisible(float64(r.wide/4), 8), nn.ReLU{}, nn.Hardsigmoid{}))
		}
		block = append(block, convBlock{1, 1, 1, norm, nil}.make(b, r.wide, r.out))
		features = append(features, &inverted{Block: block, residual: newResidual(b, 0), shortcut: r.stride == 1 && in == r.out})
		in = r.out
	}
	features = append(features, convBlock{1, 1, 1, norm, nn.Hardswish{}}.make(b, in, 6*in))
	net := &Classifier{features, nn.Sequential{
		b.Linear(6*in, last), nn.Hardswish{}, b.Dropout(c.Dropout), b.Linear(last, c.Classes),
	}, 1}
	initialise(b, net, kaimingOut(b), normal(b, 0.01))
	return net
}

// MobileNetV3Large makes the larger net of Howard et al. 2019.
func MobileNetV3Large(b *nn.Maker, c ...Config) *Classifier {
	return mobileNetV3(b, c, 1280, []v3Block{
		{3, 16, 16, false, false, 1}, {3, 64, 24, false, false, 2}, {3, 72, 24, false, false, 1},
		{5, 72, 40, true, false, 2}, {5, 120, 40, true, false, 1}, {5, 120, 40, true, false, 1},
		{3, 240, 80, false, true, 2}, {3, 200, 80, false, true, 1}, {3, 184, 80, false, true, 1}, {3, 184, 80, false, true, 1},
		{3, 480, 112, true, true, 1}, {3, 672, 112, true, true, 1},
		{5, 672, 160, true, true, 2}, {5, 960, 160, true, true, 1}, {5, 960, 160, true, true, 1},
	})
}

// MobileNetV3Small makes the smaller net of Howard et al. 2019.
func MobileNetV3Small(b *nn.Maker, c ...Config) *Classifier {
	return mobileNetV3(b, c, 1024, []v3Block{
		{3, 16, 16, true, false, 2}, {3, 72, 24, false, false, 2}, {3, 88, 24, false, false, 1},
		{5, 96, 40, true, true, 2}, {5, 240, 40, true, true, 1}, {5, 240, 40, true, true, 1},
		{5, 120, 48, true, true, 1}, {5, 144, 48, true, true, 1},
		{5, 288, 96, true, true, 2}, {5, 576, 96, true, true, 1}, {5, 576, 96, true, true, 1},
	})
}

// An MNASNet was found by a search for nets that are fast on phones (Tan et al.
// 2018).
type MNASNet struct {
	Layers     nn.Sequential
	Classifier nn.Sequential
}

// Forward returns logits of images.
func (m *MNASNet) Forward(x *tensor.Tensor) *tensor.Tensor {
	return m.Classifier.Forward(m.Layers.Forward(x).Mean(2, 3))
}

func mnasNet(b *nn.Maker, opts []Config, width float64) *MNASNet {
	c := filled(opts, 0.2, 0)
	// What torchvision keeps of TensorFlow's momentum of 0.9997.
	norm := []nn.Option{nn.Momentum(1 - 0.9997)}
	channels := func(n int) int { return divisible(float64(n)*width, 8) }
	first, in := channels(32), channels(16)
	layers := convBlock{3, 2, 1, norm, nn.ReLU{}}.make(b, 3, first)
	layers = append(layers, convBlock{3, 1, first, norm, nn.ReLU{}}.make(b, first, first)...)
	layers = append(layers, convBlock{1, 1, 1, norm, nil}.make(b, first, in)...)
	// Figure 7: channels, kernel, stride, expansion, blocks.
	for _, r := range [][5]int{{24, 3, 2, 3, 3}, {40, 5, 2, 3, 3}, {80, 5, 2, 6, 3}, {96, 3, 1, 6, 2}, {192, 5, 2, 6, 4}, {320, 3, 1, 6, 1}} {
		var stack nn.Sequential
		out, stride := channels(r[0]), r[2]
		for range r[4] {
			wide := in * r[3]
			block := convBlock{1, 1, 1, norm, nn.ReLU{}}.make(b, in, wide)
			block = append(block, convBlock{r[1], stride, wide, norm, nn.ReLU{}}.make(b, wide, wide)...)
			block = append(block, convBlock{1, 1, 1, norm, nil}.make(b, wide, out)...)
			stack = append(stack, &inverted{Layers: block, residual: newResidual(b, 0), shortcut: stride == 1 && in == out})
			in, stride = out, 1
		}
		layers = append(layers, stack)
	}
	layers = append(layers, convBlock{1, 1, 1, norm, nn.ReLU{}}.make(b, in, 1280)...)
	net := &MNASNet{layers, nn.Sequential{b.Dropout(c.Dropout), b.Linear(1280, c.Classes)}}
	initialise(b, net, kaimingOut(b), func(w *tensor.Tensor) {
		nn.KaimingUniform(w, b.Generator(), nn.Kaiming{Gain: 1, FanOut: true})
	})
	return net
}

// MNASNet05 makes an MNASNet of half the width.
func MNASNet05(b *nn.Maker, c ...Config) *MNASNet { return mnasNet(b, c, 0.5) }

// MNASNet075 makes an MNASNet of three quarters of the width.
func MNASNet075(b *nn.Maker, c ...Config) *MNASNet { return mnasNet(b, c, 0.75) }

// MNASNet10 makes an MNASNet.
func MNASNet10(b *nn.Maker, c ...Config) *MNASNet { return mnasNet(b, c, 1) }

// MNASNet13 makes an MNASNet of 1.3 times the width.
func MNASNet13(b *nn.Maker, c ...Config) *MNASNet { return mnasNet(b, c, 1.3) }
