package nn_test

import (
	"errors"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// TestRefuse makes calls whose operands fit by accident at most: by broadcasting
// where nobody meant it, or by an index into the neighbouring row. PyTorch refuses
// all of them, and so must we, with an error and not a crash.
func TestRefuse(t *testing.T) {
	b := nn.On(tensor.CPU(), dtype.Float32, 1)
	f := func(sizes ...int) *tensor.Tensor { return tensor.Ones(tensor.CPU(), dtype.Float32, sizes...) }
	i := func(x float64, sizes ...int) *tensor.Tensor {
		return tensor.Full(tensor.CPU(), dtype.Int64, x, sizes...)
	}
	for name, call := range map[string]func(){
		"prelu: weights of 2 axes":          func() { (&nn.PReLU{Weight: f(2, 2)}).Forward(f(3, 4, 5)) },
		"prelu: 1 channel, 9 weights":       func() { (&nn.PReLU{Weight: f(9)}).Forward(f(2, 1, 3)) },
		"prelu: 9 weights for a vector":     func() { (&nn.PReLU{Weight: f(9)}).Forward(f(9)) },
		"prelu: 9 weights for a number":     func() { (&nn.PReLU{Weight: f(9)}).Forward(f()) },
		"marginranking: target of a row":    func() { nn.MarginRanking(f(5, 4), f(5, 4), f(4)) },
		"marginranking: larger target":      func() { nn.MarginRanking(f(1, 4), f(1, 4), f(5, 4)) },
		"cosineembedding: target of 2 axes": func() { nn.CosineEmbedding(f(5, 4), f(5, 4), f(5, 1)) },
		"cosineembedding: one target":       func() { nn.CosineEmbedding(f(5, 4), f(5, 4), f(1)) },
		"tripletmargin: positive of a row":  func() { nn.TripletMargin(f(5, 4), f(4), f(5, 4)) },
		"tripletmargin: negative of a row":  func() { nn.TripletMargin(f(5, 4), f(5, 4), f(4)) },
		"multimargin: one target of 5":      func() { nn.MultiMargin(f(5, 4), i(0, 1)) },
		"multimargin: class 4 of 4":         func() { nn.MultiMargin(f(5, 4), i(4, 5)).Item() },
		"multimargin: 3 weights":            func() { nn.MultiMargin(f(5, 4), i(0, 5), nn.MultiMarginLoss{Weight: f(3)}) },
		"multimargin: exponent 3":           func() { nn.MultiMargin(f(5, 4), i(0, 5), nn.MultiMarginLoss{P: 3}) },
		"multilabelmargin: class 4 of 4":    func() { nn.MultiLabelMargin(f(5, 4), i(4, 5, 4)) },
		"multilabelmargin: 3 axes":          func() { nn.MultiLabelMargin(f(2, 5, 4), i(0, 2, 5, 4)) },
		"multilabelsoftmargin: weight":      func() { nn.MultiLabelSoftMargin(f(4), f(4), nn.MultiLabelSoftMarginLoss{Weight: f(2, 4)}) },
		"bce: larger weight":                func() { nn.BCE(f(4), f(4), nn.BinaryLoss{Weight: f(2, 4)}) },
		"bcewithlogits: larger weight":      func() { nn.BCEWithLogits(f(4), f(4), nn.BinaryLoss{Weight: f(2, 4)}) },
		"bcewithlogits: larger posweight":   func() { nn.BCEWithLogits(f(4), f(4), nn.BinaryLoss{PosWeight: f(2, 4)}) },
		"gaussiannll: variance of a column": func() { nn.GaussianNLL(f(5, 4), f(5, 4), f(1, 4)) },
		"gaussiannll: larger variance":      func() { nn.GaussianNLL(f(4), f(4), f(2, 4)) },
		"smoothl1: beta -1":                 func() { nn.SmoothL1(f(4), f(4), nn.SmoothL1Loss{Beta: -1}) },
		"huber: delta -1":                   func() { nn.Huber(f(4), f(4), nn.HuberLoss{Delta: -1}) },
		"crossentropy: smoothing 2":         func() { nn.CrossEntropy(f(4, 3), i(0, 4), nn.ClassLoss{LabelSmoothing: 2}) },
		"crossentropy: one target of 4":     func() { nn.CrossEntropy(f(4, 3), i(0, 1)) },
		"crossentropy: class 3 of 3":        func() { nn.CrossEntropy(f(4, 3), i(3, 4)).Item() },
		"crossentropy: 2 weights":           func() { nn.CrossEntropy(f(4, 3), i(0, 4), nn.ClassLoss{Weight: f(2)}) },
		"crossentropy: probabilities":       func() { nn.CrossEntropy(f(4, 3), f(1, 3)) },
		"ctc: label 3 of 3":                 func() { nn.CTC(f(5, 1, 3), i(3, 1, 2), []int{5}, []int{2}) },
		"ctc: blank 3 of 3":                 func() { nn.CTC(f(5, 1, 3), i(1, 1, 2), []int{5}, []int{2}, nn.CTCLoss{Blank: 3}) },
		"ctc: 9 steps of 5":                 func() { nn.CTC(f(5, 1, 3), i(1, 1, 2), []int{9}, []int{2}) },
		"ctc: 4 labels of 2":                func() { nn.CTC(f(5, 1, 3), i(1, 1, 2), []int{5}, []int{4}) },
		"ctc: -1 labels":                    func() { nn.CTC(f(5, 1, 3), i(1, 1, 2), []int{5}, []int{-1}) },
		"attention: batch of the keys":      func() { b.MultiheadAttention(4, 2).Attend(f(3, 2, 4), f(5, 1, 4), f(5, 1, 4)) },
		"attention: batch of the values":    func() { b.MultiheadAttention(4, 2).Attend(f(3, 2, 4), f(5, 2, 4), f(5, 1, 4)) },
		"attention: lengths":                func() { b.MultiheadAttention(4, 2).Attend(f(3, 2, 4), f(5, 2, 4), f(6, 2, 4)) },
		"attention: mask of a column": func() {
			b.MultiheadAttention(4, 2).Attend(f(3, 2, 4), f(5, 2, 4), f(5, 2, 4), nn.Attending{Mask: f(3, 1)})
		},
		"attention: mask of a row": func() {
			b.MultiheadAttention(4, 2).Attend(f(3, 2, 4), f(5, 2, 4), f(5, 2, 4), nn.Attending{Mask: f(5)})
		},
		"attention: padding of one": func() {
			b.MultiheadAttention(4, 2).Attend(f(3, 2, 4), f(5, 2, 4), f(5, 2, 4), nn.Attending{KeyPadding: f(1, 5)})
		},
		"attention: transposed padding": func() {
			b.MultiheadAttention(4, 2).Attend(f(3, 2, 4), f(5, 2, 4), f(5, 2, 4), nn.Attending{KeyPadding: f(5, 2)})
		},
		"attention: 4 axes":                 func() { b.MultiheadAttention(4, 2).Attend(f(3, 2, 4, 4), f(3, 2, 4, 4), f(3, 2, 4, 4)) },
		"attention: heads":                  func() { b.MultiheadAttention(5, 2) },
		"rnn: state of one":                 func() { b.RNN(4, 3).Forward(f(5, 2, 4), f(1, 1, 3)) },
		"rnn: width":                        func() { b.RNN(4, 3).Forward(f(5, 2, 1), nil) },
		"rnncell: state of one":             func() { b.RNNCell(4, 3).Forward(f(2, 4), f(1, 3)) },
		"rnncell: width":                    func() { b.RNNCell(4, 3).Forward(f(2, 1), nil) },
		"lstmcell: state of one":            func() { b.LSTMCell(4, 3).Forward(f(2, 4), f(2, 3), f(1, 3)) },
		"grucell: 3 axes":                   func() { b.GRUCell(4, 3).Forward(f(2, 2, 4), nil) },
		"batchnorm: 1 channel":              func() { b.BatchNorm2d(3).Forward(f(2, 1, 4, 4)) },
		"groupnorm: 1 channel":              func() { b.GroupNorm(3, 3).Forward(f(2, 1, 4)) },
		"groupnorm: 6 channels, made for 3": func() { b.GroupNorm(3, 3).Forward(f(2, 6, 4)) },
		"groupnorm: 3 groups of 4":          func() { b.GroupNorm(3, 4) },
		"instancenorm: 1 value":             func() { b.InstanceNorm1d(3).Forward(f(2, 3, 1)) },
		"rmsnorm: width":                    func() { b.RMSNorm(3).Forward(f(2, 1)) },
		"linear: width":                     func() { b.Linear(3, 2).Forward(f(2, 1)) },
		"bilinear: rows":                    func() { b.Bilinear(3, 2, 2).Forward(f(4, 3), f(1, 2)) },
		"conv2d: channels":                  func() { b.Conv2d(3, 2, 1).Forward(f(2, 1, 4, 4)) },
		"conv2d: axes":                      func() { b.Conv2d(3, 2, 1).Forward(f(2, 3, 4)) },
		"conv1d: window":                    func() { b.Conv1d(3, 2, 5).Forward(f(2, 3, 4)) },
		"convtranspose2d: channels":         func() { b.ConvTranspose2d(3, 2, 1).Forward(f(2, 1, 4, 4)) },
		"maxpool1d: 4 axes":                 func() { nn.MaxPool1d{Kernel: 2}.Forward(f(2, 3, 4, 4)) },
		"maxpool2d: 5 axes":                 func() { nn.MaxPool2d{Kernel: 2}.Forward(f(2, 3, 4, 4, 4)) },
		"maxpool2d: 2 axes":                 func() { nn.MaxPool2d{Kernel: 2}.Forward(f(4, 4)) },
		"avgpool3d: 6 axes":                 func() { nn.AvgPool3d{Kernel: 2}.Forward(f(1, 2, 3, 4, 4, 4)) },
		"maxpool2d: padding over half":      func() { nn.MaxPool2d{Kernel: 2, Pad: 2}.Forward(f(2, 3, 4, 4)) },
		"avgpool2d: kernel of 3 axes":       func() { nn.AvgPool2d{PerAxis: op.PoolAttrs{Kernel: []int{2, 2, 2}}}.Forward(f(2, 3, 4, 4)) },
		"adaptiveavgpool2d: 5 axes":         func() { nn.AdaptiveAvgPool2d{Size: []int{2, 2}}.Forward(f(2, 3, 4, 4, 4)) },
		"maxunpool2d: indices":              func() { nn.MaxUnpool2d{Kernel: 2}.Forward(f(1, 1, 2, 2), i(0, 1, 1, 2, 1)) },
		"maxunpool2d: index 16 of 16":       func() { nn.MaxUnpool2d{Kernel: 2}.Forward(f(1, 1, 2, 2), i(16, 1, 1, 2, 2)).Float64s() },
		"fold: blocks":                      func() { nn.Fold{Size: []int{4, 4}, Kernel: []int{2, 2}}.Forward(f(1, 4, 7)) },
		"reflectionpad: whole width":        func() { nn.ReflectionPad{Pads: []int{4, 4}}.Forward(f(1, 1, 4)) },
		"pixelshuffle: 6 channels by 2":     func() { nn.PixelShuffle{Factor: 2}.Forward(f(1, 6, 2, 2)) },
		"pixelshuffle: factor 0":            func() { nn.PixelShuffle{}.Forward(f(1, 6, 2, 2)) },
		"pixelshuffle: 2 axes":              func() { nn.PixelShuffle{Factor: 2}.Forward(f(4, 4)) },
		"pixelunshuffle: 3 rows by 2":       func() { nn.PixelUnshuffle{Factor: 2}.Forward(f(1, 1, 3, 4)) },
		"channelshuffle: 4 by 3":            func() { nn.ChannelShuffle{Groups: 3}.Forward(f(1, 4, 2)) },
		"glu: 3 channels":                   func() { nn.GLU{}.Forward(f(2, 3)) },
		"embedding: row 4 of 4":             func() { b.Embedding(4, 2).Forward(i(4, 3)).Float64s() },
		"embedding: row -1":                 func() { b.Embedding(4, 2).Forward(i(-1, 3)).Float64s() },
		"embedding: floats":                 func() { b.Embedding(4, 2).Forward(f(3)) },
		"embeddingbag: offsets over the end": func() {
			b.EmbeddingBag(4, 2, nn.BagSum).ForwardOffsets(i(0, 3), i(9, 2), nil)
		},
		"cosinesimilarity: sizes":   func() { nn.CosineSimilarity{}.Forward(f(2, 3), f(2, 4)) },
		"pairwisedistance: sizes":   func() { nn.PairwiseDistance{}.Forward(f(2, 3), f(2, 4)) },
		"dropout: no p":             func() { (&nn.Dropout{P: -1}).Forward(f(2)) },
		"rrelu: bounds":             func() { b.RReLU(2, 1) },
		"upsample: nothing":         func() { nn.Upsample{}.Forward(f(1, 1, 4, 4)) },
		"localresponsenorm: size 0": func() { nn.LocalResponseNorm{}.Forward(f(1, 2, 3)) },
		"transformer: batch": func() {
			b.Transformer(4, 2, 1, 1).Transform(f(3, 2, 4), f(3, 1, 4), nn.Attending{}, nn.Attending{}, nn.Attending{})
		},
		"sdpa: batch": func() { nn.ScaledDotProductAttention(f(2, 2, 3, 4), f(3, 2, 5, 4), f(3, 2, 5, 4)) },
		"sdpa: width": func() { nn.ScaledDotProductAttention(f(2, 2, 3, 4), f(2, 2, 5, 1), f(2, 2, 5, 4)) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if r := recover(); r != nil {
					t.Errorf("panic: %v", r)
				}
			}()
			err := tensor.Try(func() error { call(); return nil })
			if e := (*tensor.Error)(nil); !errors.As(err, &e) {
				t.Errorf("got %v, want a *tensor.Error", err)
			}
		})
	}
}
