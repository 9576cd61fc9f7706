package nn

import (
	"math"

	"github.com/hekla-ml/hekla/shape"
	"github.com/hekla-ml/hekla/tensor"
)

// Initializers overwrite the elements of a tensor, a parameter too, and return
// it.

// Uniform draws evenly from lo <= x < hi.
func Uniform(t *tensor.Tensor, g *tensor.Generator, lo, hi float64) *tensor.Tensor {
	return refill(t, g.Uniform(t.Device(), t.DType(), lo, hi, t.Shape()...))
}

// Normal draws from the normal distribution.
func Normal(t *tensor.Tensor, g *tensor.Generator, mean, std float64) *tensor.Tensor {
	return refill(t, g.Normal(t.Device(), t.DType(), mean, std, t.Shape()...))
}

// TruncNormal draws from the normal distribution, cut off below lo and above hi.
func TruncNormal(t *tensor.Tensor, g *tensor.Generator, mean, std, lo, hi float64) *tensor.Tensor {
	// Uniform numbers through the inverse of the distribution function.
	cdf := func(x float64) float64 { return (1 + math.Erf((x-mean)/std/math.Sqrt2)) / 2 }
	u := g.Uniform(t.Device(), t.DType(), 2*cdf(lo)-1, 2*cdf(hi)-1, t.Shape()...)
	return refill(t, u.Erfinv().MulScalar(std*math.Sqrt2).AddScalar(mean).Clamp(lo, hi))
}

// Constant sets all elements to x.
func Constant(t *tensor.Tensor, x float64) *tensor.Tensor {
	at := t.Detach()
	at.Fill(x)
	at.Free()
	return t
}

// Zeros sets all elements to 0.
func Zeros(t *tensor.Tensor) *tensor.Tensor { return Constant(t, 0) }

// Ones sets all elements to 1.
func Ones(t *tensor.Tensor) *tensor.Tensor { return Constant(t, 1) }

// Kaiming are the options of KaimingUniform and KaimingNormal. Zeros mean the
// gain of a ReLU and to keep the scale forward.
type Kaiming struct {
	Slope  float64 // of the LeakyReLU that follows, below 0
	Gain   float64 // of what follows, instead of that of a LeakyReLU
	FanOut bool    // keep the scale of gradients instead of that of values
}

func (k Kaiming) std(t *tensor.Tensor) float64 {
	in, out := fans(t)
	if k.FanOut {
		in = out
	}
	return orDefault(k.Gain, math.Sqrt(2/(1+k.Slope*k.Slope))) / math.Sqrt(in)
}

// KaimingUniform draws evenly from ±gain*sqrt(3/fan), so that the scale of values
// passes a weight [out, in, ...kernel] and the activation after it (He et al.
// 2015). fan is in*kernel, with FanOut out*kernel; gain is sqrt(2/(1 + Slope²))
// unless it is given. It panics if the weight has less than two axes.
func KaimingUniform(t *tensor.Tensor, g *tensor.Generator, opts ...Kaiming) *tensor.Tensor {
	bound := math.Sqrt(3) * only("kaiminguniform", opts).std(t)
	return Uniform(t, g, -bound, bound)
}

// KaimingNormal is KaimingUniform with a normal distribution, of deviation
// gain/sqrt(fan).
func KaimingNormal(t *tensor.Tensor, g *tensor.Generator, opts ...Kaiming) *tensor.Tensor {
	return Normal(t, g, 0, only("kaimingnormal", opts).std(t))
}

// XavierUniform draws evenly from ±gain*sqrt(6/(fanin + fanout)), so that a weight
// [out, in, ...kernel] keeps the scale of values and gradients alike, times gain
// (Glorot and Bengio 2010). fanin is in*kernel, fanout out*kernel. It panics if the
// weight has less than two axes.
func XavierUniform(t *tensor.Tensor, g *tensor.Generator, gain float64) *tensor.Tensor {
	bound := math.Sqrt(3) * xavier(t, gain)
	return Uniform(t, g, -bound, bound)
}

// XavierNormal is XavierUniform with a normal distribution, of deviation
// gain*sqrt(2/(fanin + fanout)).
func XavierNormal(t *tensor.Tensor, g *tensor.Generator, gain float64) *tensor.Tensor {
	return Normal(t, g, 0, xavier(t, gain))
}

func xavier(t *tensor.Tensor, gain float64) float64 {
	in, out := fans(t)
	return gain * math.Sqrt(2/(in+out))
}

// fans returns how many inputs each output of a weight [out, in, ...] depends
// on, and how many outputs depend on each input.
func fans(t *tensor.Tensor) (in, out float64) {
	s := t.Shape()
	if len(s) < 2 {
		panic(misused("init", []*tensor.Tensor{t}, "want a weight with at least two axes"))
	}
	field := float64(shape.Numel(s[2:]))
	return float64(s[1]) * field, float64(s[0]) * field
}

func refill(t, from *tensor.Tensor) *tensor.Tensor {
	assign(t, from)
	from.Free()
	return t
}
