package nn

import (
	"fmt"
	"slices"

	"github.com/hekla-ml/hekla/tensor"
)

// A Bilinear layer returns, for each output k, x·Weight[k]·y + Bias[k] of x [...,
// in1] and y [..., in2]: [..., out].
type Bilinear struct {
	Weight *tensor.Tensor // [out, in1, in2]
	Bias   *tensor.Tensor // [out], or nil
}

// Bilinear makes a layer whose weight and bias are drawn evenly from ±1/sqrt(in1).
// Option: NoBias.
func (b *Maker) Bilinear(in1, in2, out int, opts ...Option) *Bilinear {
	o := gather("bilinear", opts, "NoBias")
	bound := invSqrt(in1)
	l := &Bilinear{Weight: b.uniform(bound, out, in1, in2)}
	if !o.noBias {
		l.Bias = b.uniform(bound, out)
	}
	return l
}

// Forward returns the layer's output for x and y, whose leading axes agree.
func (l *Bilinear) Forward(x, y *tensor.Tensor) *tensor.Tensor {
	w := l.Weight.Shape()
	if x.Rank() != y.Rank() || x.Rank() < 1 || !slices.Equal(x.Shape()[:x.Rank()-1], y.Shape()[:x.Rank()-1]) || x.Dim(-1) != w[1] || y.Dim(-1) != w[2] {
		panic(misused("bilinear", []*tensor.Tensor{x, y}, "want the same leading axes and last ones of %d and %d", w[1], w[2]))
	}
	// x·W first: [..., out, in2], then with y.
	weight := l.Weight.Permute(1, 0, 2).Reshape(w[1], w[0]*w[2])
	z := x.MatMul(x.Autocasted(weight)).Unflatten(-1, w[0], w[2]).Mul(y.Unsqueeze(-2)).Sum(-1)
	if l.Bias != nil {
		z = z.Add(l.Bias)
	}
	return z
}

func (l *Bilinear) String() string {
	w := l.Weight.Shape()
	return fmt.Sprintf("Bilinear(in1_features=%d, in2_features=%d, out_features=%d, bias=%s)", w[1], w[2], w[0], truth(l.Bias != nil))
}

// CosineSimilarity returns the cosine of the angle between x and y along an axis,
// with norms kept above Eps. Its zero value takes axis 0: PyTorch's default is 1.
type CosineSimilarity struct {
	Axis int
	Eps  float64 // 0 means 1e-8
}

// Forward returns the cosines; the axis disappears from the shape.
func (c CosineSimilarity) Forward(x, y *tensor.Tensor) *tensor.Tensor {
	return single(x).CosineSimilarity(single(y), c.Axis, orDefault(c.Eps, 1e-8))
}

// PairwiseDistance returns the P-norm of x - y + Eps along the last axis.
type PairwiseDistance struct {
	P    float64 // 0 means 2
	Eps  float64 // 0 means 1e-6
	Keep bool    // keep the axis with size 1
}

// Forward returns the distances.
func (p PairwiseDistance) Forward(x, y *tensor.Tensor) *tensor.Tensor {
	d := single(x).PairwiseDistance(single(y), orDefault(p.P, 2), orDefault(p.Eps, 1e-6))
	if p.Keep {
		d = d.Unsqueeze(-1)
	}
	return d
}
