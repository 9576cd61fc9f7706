package models

import (
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// A ShuffleNet mixes halves of the channels by shuffling them (Ma et al. 2018).
type ShuffleNet struct {
	Conv1                  nn.Sequential
	Stage2, Stage3, Stage4 nn.Sequential
	Conv5                  nn.Sequential
	FC                     *nn.Linear
}

// A shuffleBlock works on half of the channels, or with a stride on all of them
// twice.
type shuffleBlock struct{ Branch1, Branch2 nn.Sequential }

func (s *shuffleBlock) Forward(x *tensor.Tensor) *tensor.Tensor {
	left, right := x, x
	if s.Branch1 == nil {
		half := x.Chunk(1, 2)
		left, right = half[0], half[1]
	} else {
		left = s.Branch1.Forward(x)
	}
	return nn.ChannelShuffle{Groups: 2}.Forward(tensor.Concat(1, left, s.Branch2.Forward(right)))
}

func shuffleNet(b *nn.Maker, opts []Config, channels ...int) *ShuffleNet {
	c := filled(opts, 0, 0)
	relu := nn.ReLU{}
	net := &ShuffleNet{Conv1: convBlock{kernel: 3, stride: 2, activation: relu}.make(b, 3, channels[0])}
	in := channels[0]
	for i, stage := range []*nn.Sequential{&net.Stage2, &net.Stage3, &net.Stage4} {
		out := channels[i+1]
		half := out / 2
		for k := range []int{4, 8, 4}[i] {
			block, own, stride := &shuffleBlock{}, half, 1
			if k == 0 {
				own, stride = in, 2
				block.Branch1 = append(convBlock{kernel: 3, stride: 2, groups: in}.make(b, in, in), convBlock{kernel: 1, activation: relu}.make(b, in, half)...)
			}
			block.Branch2 = convBlock{kernel: 1, activation: relu}.make(b, own, half)
			block.Branch2 = append(block.Branch2, convBlock{kernel: 3, stride: stride, groups: half}.make(b, half, half)...)
			block.Branch2 = append(block.Branch2, convBlock{kernel: 1, activation: relu}.make(b, half, half)...)
			*stage = append(*stage, block)
		}
		in = out
	}
	net.Conv5 = convBlock{kernel: 1, activation: relu}.make(b, in, channels[4])
	net.FC = b.Linear(channels[4], c.Classes)
	return net
}

// Forward returns logits of images.
func (s *ShuffleNet) Forward(x *tensor.Tensor) *tensor.Tensor {
	x = nn.MaxPool2d{Kernel: 3, Stride: 2, Pad: 1}.Forward(s.Conv1.Forward(x))
	x = s.Stage4.Forward(s.Stage3.Forward(s.Stage2.Forward(x)))
	return s.FC.Forward(s.Conv5.Forward(x).Mean(2, 3))
}

// ShuffleNet05 makes a ShuffleNet of half the complexity.
func ShuffleNet05(b *nn.Maker, c ...Config) *ShuffleNet {
	return shuffleNet(b, c, 24, 48, 96, 192, 1024)
}

// ShuffleNet10 makes a ShuffleNet.
func ShuffleNet10(b *nn.Maker, c ...Config) *ShuffleNet {
	return shuffleNet(b, c, 24, 116, 232, 464, 1024)
}

// ShuffleNet15 makes a ShuffleNet of 1.5 times the complexity.
func ShuffleNet15(b *nn.Maker, c ...Config) *ShuffleNet {
	return shuffleNet(b, c, 24, 176, 352, 704, 1024)
}

// ShuffleNet20 makes a ShuffleNet of twice the complexity.
func ShuffleNet20(b *nn.Maker, c ...Config) *ShuffleNet {
	return shuffleNet(b, c, 24, 244, 488, 976, 2048)
}
