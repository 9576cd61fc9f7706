package main

import (
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// Sizes of the model for 16,000 samples a second: it hears chunks of 32 ms with
// the last 4 ms before them.
const (
	rate    = 16000
	chunk   = 512
	context = 64
)

// A VAD is Silero's voice activity detector: a short-time Fourier transform as a
// convolution, four convolutions that leave one vector of each chunk, and an LSTM
// from chunk to chunk.
type VAD struct {
	STFTConv                   *nn.Conv1d `nn:"stft_conv"`
	Conv1, Conv2, Conv3, Conv4 *nn.Conv1d
	LSTMCell                   *nn.LSTMCell
	FinalConv                  *nn.Conv1d
}

// NewVAD makes the model; the weights are loaded next.
func NewVAD(b *nn.Maker) *VAD {
	return &VAD{
		STFTConv: b.Conv1d(1, 258, 256, nn.Stride(128), nn.NoBias),
		Conv1:    b.Conv1d(129, 128, 3, nn.Pad(1)), Conv2: b.Conv1d(128, 64, 3, nn.Stride(2), nn.Pad(1)),
		Conv3: b.Conv1d(64, 64, 3, nn.Stride(2), nn.Pad(1)), Conv4: b.Conv1d(64, 128, 3, nn.Pad(1)),
		LSTMCell: b.LSTMCell(128, 128), FinalConv: b.Conv1d(128, 1, 1),
	}
}

// Forward returns the probability of speech in each chunk, [chunks], for chunks
// in their order, each with its context: x [chunks, 576].
func (v *VAD) Forward(x *tensor.Tensor) *tensor.Tensor {
	x = nn.ReflectionPad{Pads: []int{0, 64}}.Forward(x.Unsqueeze(1))
	x = v.STFTConv.Forward(x) // real parts above imaginary parts
	x = x.Slice(1, 0, 129).Square().Add(x.Slice(1, 129, 258).Square()).Sqrt()
	for _, c := range []*nn.Conv1d{v.Conv1, v.Conv2, v.Conv3, v.Conv4} {
		x = c.Forward(x).ReLU()
	}
	var h, c *tensor.Tensor
	all := make([]*tensor.Tensor, x.Dim(0))
	for i := range all {
		h, c = v.LSTMCell.Forward(x.Slice(0, i, i+1).Squeeze(2), h, c)
		all[i] = h
	}
	y := tensor.Concat(0, all...).ReLU().Unsqueeze(2)
	return v.FinalConv.Forward(y).Sigmoid().Flatten(0, -1)
}

// chunks cuts samples into chunks with their contexts, [n, 576]. What is before
// the first and after the last sample is silence.
func chunks(samples []float32) *tensor.Tensor {
	n := (len(samples) + chunk - 1) / chunk
	rows := make([]float32, 0, n*(chunk+context))
	for i := range n {
		for k := i*chunk - context; k < (i+1)*chunk; k++ {
			x := float32(0)
			if k >= 0 && k < len(samples) {
				x = samples[k]
			}
			rows = append(rows, x)
		}
	}
	return tensor.From(tensor.CPU(), rows, n, chunk+context)
}
