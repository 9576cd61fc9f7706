package models

import (
	"math"

	"github.com/hekla-ml/hekla/nn"
)

// A stage of an EfficientNet is some blocks of one kind. A fused block has one
// convolution where others have a wide one for each channel.
type stage struct {
	fused                                     bool
	expansion, kernel, stride, in, out, count int
}

// efficientNet makes an EfficientNet (Tan and Le 2019, 2021).
func efficientNet(b *nn.Maker, opts []Config, dropout float64, last int, norm []nn.Option, stages []stage) *Classifier {
	c := filled(opts, dropout, 0.2)
	act := nn.SiLU{}
	in := stages[0].in
	features := nn.Sequential{convBlock{3, 2, 1, norm, act}.make(b, 3, in)}
	all, done := 0, 0
	for _, s := range stages {
		all += s.count
	}
	for _, s := range stages {
		var blocks nn.Sequential
		stride := s.stride
		for range s.count {
			wide := divisible(float64(in*s.expansion), 8)
			var block nn.Sequential
			switch {
			case s.fused && wide == in:
				block = nn.Sequential{convBlock{s.kernel, stride, 1, norm, act}.make(b, in, s.out)}
			case s.fused:
				block = nn.Sequential{convBlock{s.kernel, stride, 1, norm, act}.make(b, in, wide), convBlock{1, 1, 1, norm, nil}.make(b, wide, s.out)}
			default:
				if wide != in {
					block = append(block, convBlock{1, 1, 1, norm, act}.make(b, in, wide))
				}
				block = append(block, convBlock{s.kernel, stride, wide, norm, act}.make(b, wide, wide),
					newSqueeze(b, wide, max(1, in/4), act, nn.Sigmoid{}), convBlock{1, 1, 1, norm, nil}.make(b, wide, s.out))
			}
			p := c.StochasticDepth * float64(done) / float64(all)
			blocks = append(blocks, &inverted{Block: block, residual: newResidual(b, p), shortcut: stride == 1 && in == s.out})
			in, stride = s.out, 1
			done++
		}
		features = append(features, blocks)
	}
	if last == 0 {
		last = 4 * in
	}
	features = append(features, convBlock{1, 1, 1, norm, act}.make(b, in, last))
	net := &Classifier{features, nn.Sequential{b.Dropout(c.Dropout), b.Linear(last, c.Classes)}, 1}
	initialise(b, net, kaimingOut(b), evenly(b))
	return net
}

// efficientNetB scales the first version's table 1.
func efficientNetB(b *nn.Maker, opts []Config, width, depth, dropout float64, norm ...nn.Option) *Classifier {
	stages := []stage{
		{false, 1, 3, 1, 32, 16, 1}, {false, 6, 3, 2, 16, 24, 2}, {false, 6, 5, 2, 24, 40, 2}, {false, 6, 3, 2, 40, 80, 3},
		{false, 6, 5, 1, 80, 112, 3}, {false, 6, 5, 2, 112, 192, 4}, {false, 6, 3, 1, 192, 320, 1},
	}
	for i := range stages {
		s := &stages[i]
		s.in, s.out = divisible(float64(s.in)*width, 8), divisible(float64(s.out)*width, 8)
		s.count = int(math.Ceil(float64(s.count) * depth))
	}
	return efficientNet(b, opts, dropout, 0, norm, stages)
}

// EfficientNetB0 makes an EfficientNet for images of about 224 pixels.
func EfficientNetB0(b *nn.Maker, c ...Config) *Classifier { return efficientNetB(b, c, 1, 1, 0.2) }

// EfficientNetB1 makes an EfficientNet for images of about 240 pixels.
func EfficientNetB1(b *nn.Maker, c ...Config) *Classifier { return efficientNetB(b, c, 1, 1.1, 0.2) }

// EfficientNetB2 makes an EfficientNet for images of about 288 pixels.
func EfficientNetB2(b *nn.Maker, c ...Config) *Classifier { return efficientNetB(b, c, 1.1, 1.2, 0.3) }

// EfficientNetB3 makes an EfficientNet for images of about 300 pixels.
func EfficientNetB3(b *nn.Maker, c ...Config) *Classifier { return efficientNetB(b, c, 1.2, 1.4, 0.3) }

// EfficientNetB4 makes an EfficientNet for images of about 380 pixels.
func EfficientNetB4(b *nn.Maker, c ...Config) *Classifier { return efficientNetB(b, c, 1.4, 1.8, 0.4) }

// The normalisation of the largest nets of the first version.
var slowNorm = []nn.Option{nn.Eps(1e-3), nn.Momentum(0.01)}

// EfficientNetB5 makes an EfficientNet for images of about 456 pixels.
func EfficientNetB5(b *nn.Maker, c ...Config) *Classifier {
	return efficientNetB(b, c, 1.6, 2.2, 0.4, slowNorm...)
}

// EfficientNetB6 makes an EfficientNet for images of about 528 pixels.
func EfficientNetB6(b *nn.Maker, c ...Config) *Classifier {
	return efficientNetB(b, c, 1.8, 2.6, 0.5, slowNorm...)
}

// EfficientNetB7 makes an EfficientNet for images of about 600 pixels.
func EfficientNetB7(b *nn.Maker, c ...Config) *Classifier {
	return efficientNetB(b, c, 2, 3.1, 0.5, slowNorm...)
}

// EfficientNetV2S makes the small net of the second version.
func EfficientNetV2S(b *nn.Maker, c ...Config) *Classifier {
	return efficientNet(b, c, 0.2, 1280, []nn.Option{nn.Eps(1e-3)}, []stage{
		{true, 1, 3, 1, 24, 24, 2}, {true, 4, 3, 2, 24, 48, 4}, {true, 4, 3, 2, 48, 64, 4},
		{false, 4, 3, 2, 64, 128, 6}, {false, 6, 3, 1, 128, 160, 9}, {false, 6, 3, 2, 160, 256, 15},
	})
}

// EfficientNetV2M makes the middle net of the second version.
func EfficientNetV2M(b *nn.Maker, c ...Config) *Classifier {
	return efficientNet(b, c, 0.3, 1280, []nn.Option{nn.Eps(1e-3)}, []stage{
		{true, 1, 3, 1, 24, 24, 3}, {true, 4, 3, 2, 24, 48, 5}, {true, 4, 3, 2, 48, 80, 5}, {false, 4, 3, 2, 80, 160, 7},
		{false, 6, 3, 1, 160, 176, 14}, {false, 6, 3, 2, 176, 304, 18}, {false, 6, 3, 1, 304, 512, 5},
	})
}

// EfficientNetV2L makes the large net of the second version.
func EfficientNetV2L(b *nn.Maker, c ...Config) *Classifier {
	return efficientNet(b, c, 0.4, 1280, []nn.Option{nn.Eps(1e-3)}, []stage{
		{true, 1, 3, 1, 32, 32, 4}, {true, 4, 3, 2, 32, 64, 7}, {true, 4, 3, 2, 64, 96, 7}, {false, 4, 3, 2, 96, 192, 10},
		{false, 6, 3, 1, 192, 224, 19}, {false, 6, 3, 2, 224, 384, 25}, {false, 6, 3, 1, 384, 640, 7},
	})
}
