package models

import (
	"fmt"
	"math"

	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// A RegNet is a net whose widths grow in a line, rounded to stages (Radosavovic
// et al. 2020).
type RegNet struct {
	Stem        nn.Sequential
	TrunkOutput nn.NamedSequential
	FC          *nn.Linear
}

// Forward returns logits of images.
func (r *RegNet) Forward(x *tensor.Tensor) *tensor.Tensor {
	x = r.TrunkOutput.Forward(r.Stem.Forward(x))
	return r.FC.Forward(nn.AdaptiveAvgPool2d{}.Forward(x).Flatten(1, -1))
}

type regBlock struct {
	Proj nn.Sequential
	F    nn.NamedSequential
}

func (r *regBlock) Forward(x *tensor.Tensor) *tensor.Tensor {
	y := r.F.Forward(x)
	if r.Proj != nil {
		x = r.Proj.Forward(x)
	}
	return x.Add(y).ReLU()
}

// A regNet is what determines a RegNet: its depth, the first width, the slope
// and the step of widths, the width of a group of channels, and whether blocks
// squeeze (RegNetY).
type regNet struct {
	depth, first int
	slope, step  float64
	group        int
	squeeze      bool
}

// widths returns the width of each block: the line, rounded to powers of the
// step (equations 2 to 4).
func (r regNet) widths() []int {
	l := make([]int, r.depth)
	for i := range l {
		line := float64(r.first) + float64(i)*r.slope
		power := math.RoundToEven(math.Log(line/float64(r.first)) / math.Log(r.step))
		l[i] = int(math.RoundToEven(float64(r.first)*math.Pow(r.step, power)/8)) * 8
	}
	return l
}

func (r regNet) make(b *nn.Maker, opts []Config) *RegNet {
	c := filled(opts, 0, 0)
	net := &RegNet{Stem: convBlock{kernel: 3, stride: 2, activation: nn.ReLU{}}.make(b, 3, 32)}
	in, before, number := 32, 0, 0
	var stage nn.NamedSequential
	end := func() {
		if stage != nil {
			net.TrunkOutput = append(net.TrunkOutput, nn.Named{Name: fmt.Sprintf("block%d", number), Layer: stage})
		}
		stage = nil
	}
	for _, w := range r.widths() {
		stride := 1
		if w != before {
			end()
			before, stride = w, 2
			number++
		}
		group := min(r.group, w)
		out := divisible(float64(w), group)
		block := nn.Named{Name: fmt.Sprintf("block%d-%d", number, len(stage)), Layer: r.block(b, in, out, group, stride)}
		stage = append(stage, block)
		in = out
	}
	end()
	net.FC = b.Linear(in, c.Classes)
	initialise(b, net, func(w *tensor.Tensor) {
		nn.Normal(w, b.Generator(), 0, math.Sqrt(2/float64(w.Dim(2)*w.Dim(3)*w.Dim(0))))
	}, normal(b, 0.01))
	return net
}

func (r regNet) block(b *nn.Maker, in, out, group, stride int) *regBlock {
	relu := nn.ReLU{}
	block := &regBlock{F: nn.NamedSequential{
		{Name: "a", Layer: convBlock{kernel: 1, activation: relu}.make(b, in, out)},
		{Name: "b", Layer: convBlock{kernel: 3, stride: stride, groups: out / group, activation: relu}.make(b, out, out)},
	}}
	if r.squeeze {
		inner := int(math.RoundToEven(0.25 * float64(in)))
		block.F = append(block.F, nn.Named{Name: "se", Layer: newSqueeze(b, out, inner, relu, nn.Sigmoid{})})
	}
	block.F = append(block.F, nn.Named{Name: "c", Layer: convBlock{kernel: 1}.make(b, out, out)})
	if in != out || stride > 1 {
		block.Proj = convBlock{kernel: 1, stride: stride}.make(b, in, out)
	}
	return block
}

// RegNetY400MF makes a RegNetY of 0.4 GFLOPs.
func RegNetY400MF(b *nn.Maker, c ...Config) *RegNet {
	return regNet{16, 48, 27.89, 2.09, 8, true}.make(b, c)
}

// RegNetY800MF makes a RegNetY of 0.8 GFLOPs.
func RegNetY800MF(b *nn.Maker, c ...Config) *RegNet {
	return regNet{14, 56, 38.84, 2.4, 16, true}.make(b, c)
}

// RegNetY1600MF makes a RegNetY of 1.6 GFLOPs.
func RegNetY1600MF(b *nn.Maker, c ...Config) *RegNet {
	return regNet{27, 48, 20.71, 2.65, 24, true}.make(b, c)
}

// RegNetY3200MF makes a RegNetY of 3.2 GFLOPs.
func RegNetY3200MF(b *nn.Maker, c ...Config) *RegNet {
	return regNet{21, 80, 42.63, 2.66, 24, true}.make(b, c)
}

// RegNetX400MF makes a RegNetX of 0.4 GFLOPs.
func RegNetX400MF(b *nn.Maker, c ...Config) *RegNet {
	return regNet{22, 24, 24.48, 2.54, 16, false}.make(b, c)
}

// RegNetX800MF makes a RegNetX of 0.8 GFLOPs.
func RegNetX800MF(b *nn.Maker, c ...Config) *RegNet {
	return regNet{16, 56, 35.73, 2.28, 16, false}.make(b, c)
}

// RegNetX1600MF makes a RegNetX of 1.6 GFLOPs.
func RegNetX1600MF(b *nn.Maker, c ...Config) *RegNet {
	return regNet{18, 80, 34.01, 2.25, 24, false}.make(b, c)
}

// RegNetX3200MF makes a RegNetX of 3.2 GFLOPs.
func RegNetX3200MF(b *nn.Maker, c ...Config) *RegNet {
	return regNet{25, 88, 26.31, 2.25, 48, false}.make(b, c)
}
