package nn

import (
	"fmt"
	"math"

	"github.com/hekla-ml/hekla/tensor"
)

// A FeatureDropout drops whole channels of x [n, c, ...] at once: PyTorch's
// Dropout1d, Dropout2d and Dropout3d.
type FeatureDropout struct{ Dropout }

// FeatureDropout makes a dropout of channels that draws from the maker's stream.
func (b *Maker) FeatureDropout(p float64) *FeatureDropout { return &FeatureDropout{*b.Dropout(p)} }

// Forward returns x with channels dropped, or x itself in evaluation.
func (d *FeatureDropout) Forward(x *tensor.Tensor) *tensor.Tensor {
	if !d.Training() || d.P == 0 {
		return x
	}
	return x.Mul(d.Dropout.Forward(channelOnes(x)))
}

// channelOnes returns ones [n, c, 1, ...].
func channelOnes(x *tensor.Tensor) *tensor.Tensor {
	s := make([]int, x.Rank())
	for i := range s {
		s[i] = 1
		if i < 2 {
			s[i] = x.Dim(i)
		}
	}
	return within(x, tensor.Ones(x.Device(), x.DType(), s...))
}

func (d *FeatureDropout) String() string { return fmt.Sprintf("FeatureDropout(p=%v)", d.P) }

// An AlphaDropout sets elements to the least value of SELU, and scales and shifts
// all, so that mean and variance stay (Klambauer et al. 2017). With Features set
// it drops whole channels. With P 1 all is 0.
type AlphaDropout struct {
	Dropout
	Features bool
}

// AlphaDropout makes a dropout that draws from the maker's stream.
func (b *Maker) AlphaDropout(p float64) *AlphaDropout {
	return &AlphaDropout{Dropout: *b.Dropout(p)}
}

// Forward returns x with elements dropped, or x itself in evaluation.
func (d *AlphaDropout) Forward(x *tensor.Tensor) *tensor.Tensor {
	if !d.Training() || d.P == 0 {
		return x
	}
	if d.P == 1 {
		return d.Dropout.Forward(x) // zeros: nothing is left whose variance could stay
	}
	ones := channelOnes(x)
	if !d.Features {
		ones = within(x, tensor.OnesLike(x.Detach()))
	}
	kept := d.Dropout.Forward(ones).NeScalar(0)
	const least = -1.7580993408473766 // -scale*alpha of SELU
	keep := 1 - d.P
	a := 1 / math.Sqrt(keep*(1+d.P*least*least))
	return x.MaskedFill(kept.LogicalNot(), least).MulScalar(a).AddScalar(-a * d.P * least)
}

func (d *AlphaDropout) String() string { return fmt.Sprintf("AlphaDropout(p=%v)", d.P) }

// An RReLU is a LeakyReLU whose slope is drawn for each element in training, and
// is the mean in evaluation (Xu et al. 2015).
type RReLU struct {
	Lower, Upper float64
	Mode
	gen *tensor.Generator
}

// RReLU makes a layer with slopes from lower to upper; both 0 mean 1/8 and 1/3.
func (b *Maker) RReLU(lower, upper float64) *RReLU {
	if lower == 0 && upper == 0 {
		lower, upper = 1./8, 1./3
	}
	if lower > upper {
		panic(misuse("rrelu", "slopes from %v to %v: want the smaller first", lower, upper))
	}
	return &RReLU{Lower: lower, Upper: upper, gen: b.gen}
}

// Forward returns the activation of x.
func (r *RReLU) Forward(x *tensor.Tensor) *tensor.Tensor {
	if !r.Training() {
		return x.LeakyReLU((r.Lower + r.Upper) / 2)
	}
	slopes := within(x, r.gen.Uniform(x.Device(), x.DType(), r.Lower, r.Upper, x.Shape()...))
	return x.GeScalar(0).Where(x, x.Mul(slopes))
}

func (r *RReLU) String() string { return fmt.Sprintf("RReLU(lower=%v, upper=%v)", r.Lower, r.Upper) }
