package nn

import (
	"math"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/tensor"
)

// MarginLoss are the options of the losses with a margin.
type MarginLoss struct {
	Margin    *float64 // nil means the loss's own default
	Reduction Reduction
}

func (o MarginLoss) margin(def float64) float64 {
	if o.Margin != nil {
		return *o.Margin
	}
	return def
}

// HingeEmbedding returns the mean of x where y is 1, and of max(0, Margin - x)
// where y is -1. The margin is 1 by default.
func HingeEmbedding(x, y *tensor.Tensor, opts ...MarginLoss) *tensor.Tensor {
	o := only("hingeembedding", opts)
	sameShape("hingeembedding", x, y)
	return o.Reduction.of(hingeEmbedding.Apply([]float64{o.margin(1)}, x, y.To(x.DType()))[0])
}

var hingeEmbedding = tensor.NewKernel(2, 1, func(in, margin []pointwise.Value) []pointwise.Value {
	x, y := in[0], in[1]
	zero, one := pointwise.Const(0), pointwise.Const(1)
	far := y.Ne(one).Select(positive(margin[0].Sub(x)), zero)
	near := y.Ne(pointwise.Const(-1)).Select(x, zero)
	return []pointwise.Value{far.Add(near)}
})

// positive is max(x, 0), with derivative 1 at 0, as PyTorch's clamp has it.
func positive(x pointwise.Value) pointwise.Value {
	return x.Lt(pointwise.Const(0)).Select(pointwise.Const(0), x)
}

// MarginRanking returns the mean of max(0, Margin - y*(a - b)): y is 1 where a
// should be the larger, -1 where b should. The margin is 0 by default.
func MarginRanking(a, b, y *tensor.Tensor, opts ...MarginLoss) *tensor.Tensor {
	o := only("marginranking", opts)
	sameShape("marginranking", a, b)
	sameShape("marginranking", a, y)
	return o.Reduction.of(ranking.Apply([]float64{o.margin(0)}, a, b, y.To(a.DType()))[0])
}

var ranking = tensor.NewKernel(3, 1, func(in, margin []pointwise.Value) []pointwise.Value {
	return []pointwise.Value{positive(in[2].Neg().Mul(in[0].Sub(in[1])).Add(margin[0]))}
})

// SoftMargin returns the mean of log(1 + exp(-y*x)), y being 1 or -1.
func SoftMargin(x, y *tensor.Tensor, r ...Reduction) *tensor.Tensor {
	return only("softmargin", r).of(same("softmargin", softMargin, x, y.To(x.DType())))
}

var softMargin = kernel2(func(x, y pointwise.Value) pointwise.Value { return y.Neg().Mul(x).Exp().Log1p() })

// CosineEmbedding returns the mean of 1 - cos(a, b) where y is 1, and of max(0,
// cos(a, b) - Margin) where it is -1. a and b are [n, dim] or [dim]. The margin is
// 0 by default.
func CosineEmbedding(a, b, y *tensor.Tensor, opts ...MarginLoss) *tensor.Tensor {
	o := only("cosineembedding", opts)
	sameShape("cosineembedding", a, b)
	ab, aa, bb := a.Mul(b).Sum(-1), a.Square().Sum(-1).AddScalar(1e-12), b.Square().Sum(-1).AddScalar(1e-12)
	cos := ab.Div(aa.Mul(bb).Sqrt())
	sameShape("cosineembedding", cos, y)
	return o.Reduction.of(cosineEmbedding.Apply([]float64{o.margin(0)}, cos, y.To(a.DType()))[0])
}

var cosineEmbedding = tensor.NewKernel(2, 1, func(in, margin []pointwise.Value) []pointwise.Value {
	cos, y := in[0], in[1]
	zero, one := pointwise.Const(0), pointwise.Const(1)
	near := y.Eq(one).Select(one.Sub(cos), zero)
	far := y.Eq(pointwise.Const(-1)).Select(positive(cos.Sub(margin[0])), zero)
	return []pointwise.Value{near.Add(far)}
})

// TripletMargin returns the mean of max(0, |a-p| - |a-n| + Margin), distances
// along the last axis between an anchor a, a positive p and a negative n. The
// margin is 1 by default.
func TripletMargin(a, p, n *tensor.Tensor, opts ...MarginLoss) *tensor.Tensor {
	o := only("tripletmargin", opts)
	sameShape("tripletmargin", a, p)
	sameShape("tripletmargin", a, n)
	distance := func(b *tensor.Tensor) *tensor.Tensor { // PyTorch adds 1e-6 to each difference
		return a.Sub(b).AddScalar(1e-6).Square().Sum(-1).Sqrt()
	}
	return o.Reduction.of(triplet.Apply([]float64{o.margin(1)}, distance(p), distance(n))[0])
}

var triplet = tensor.NewKernel(2, 1, func(in, margin []pointwise.Value) []pointwise.Value {
	return []pointwise.Value{positive(in[0].Sub(in[1]).Add(margin[0]))}
})

// TripletLoss are the options of TripletMarginWithDistance.
type TripletLoss struct {
	// Distance of two batches, element by element; nil means PairwiseDistance{}.
	Distance  func(x, y *tensor.Tensor) *tensor.Tensor
	Margin    *float64 // nil means 1
	Swap      bool     // the negative is as near as it is to a or p, whichever is nearer (Balntas et al. 2016)
	Reduction Reduction
}

// TripletMarginWithDistance is TripletMargin with any distance, and with PyTorch's
// swap. Other norms are distances too: PairwiseDistance{P: 1}.Forward.
func TripletMarginWithDistance(a, p, n *tensor.Tensor, opts ...TripletLoss) *tensor.Tensor {
	o := only("tripletmargin", opts)
	if o.Distance == nil {
		o.Distance = PairwiseDistance{}.Forward
	}
	near, far := o.Distance(a, p), o.Distance(a, n)
	sameShape("tripletmargin", near, far)
	if o.Swap {
		far = far.Minimum(o.Distance(p, n))
	}
	return o.Reduction.of(triplet.Apply([]float64{MarginLoss{Margin: o.Margin}.margin(1)}, near, far)[0])
}

// MultiMarginLoss are the options of MultiMargin.
type MultiMarginLoss struct {
	P         int            // exponent, 1 or 2; 0 means 1
	Margin    *float64       // nil means 1
	Weight    *tensor.Tensor // of the classes, [c]; or nil
	Reduction Reduction
}

// MultiMargin returns the mean over classes j other than y of max(0, Margin -
// x[y] + x[j])**P, for x [n, c] or [c] and class numbers y [n].
func MultiMargin(x, y *tensor.Tensor, opts ...MultiMarginLoss) *tensor.Tensor {
	o := only("multimargin", opts)
	single := y.Rank() == 0
	if x.Rank() == 1 {
		x = x.Unsqueeze(0)
	}
	if x.Rank() != 2 || y.Rank() > 1 || y.Numel() != x.Dim(0) || o.P < 0 || o.P > 2 {
		panic(misused("multimargin", []*tensor.Tensor{x, y}, "P of %d: want [n, c], n classes and an exponent of 1 or 2", o.P))
	}
	y = y.Reshape(-1, 1)
	classes := x.Dim(1)
	margin := MarginLoss{Margin: o.Margin}.margin(1)
	own := tensor.Apply(nil, op.Gather, op.AxisAttrs{Axis: 1}, x, y)[0]
	z := x.Sub(own).AddScalar(margin)
	z = tensor.Map(positive, z)
	if o.P == 2 {
		z = z.Square()
	}
	if o.Weight != nil {
		weight := within(x, within(x, o.Weight.Unsqueeze(0)).Expand(x.Dim(0), classes))
		z = z.Mul(tensor.Apply(nil, op.Gather, op.AxisAttrs{Axis: 1}, weight, y)[0])
	}
	numbers := within(x, tensor.Arange(x.Device(), dtype.Int64, 0, float64(classes), 1))
	loss := z.MaskedFill(y.Eq(numbers), 0).Sum(1).DivScalar(float64(classes))
	if single {
		loss = loss.Squeeze(0)
	}
	return o.Reduction.of(loss)
}

// MultiLabelSoftMarginLoss are the options of MultiLabelSoftMargin.
type MultiLabelSoftMarginLoss struct {
	Weight    *tensor.Tensor // of the classes, [c]; or nil
	Reduction Reduction
}

// MultiLabelSoftMargin returns the mean cross entropy of each class by itself,
// for logits x [..., c] and targets y of 0 or 1.
func MultiLabelSoftMargin(x, y *tensor.Tensor, opts ...MultiLabelSoftMarginLoss) *tensor.Tensor {
	o := only("multilabelsoftmargin", opts)
	sameShape("multilabelsoftmargin", x, y)
	loss := x.BCEWithLogits(y.To(x.DType()))
	if o.Weight != nil {
		loss = loss.Mul(fitting("multilabelsoftmargin", loss, o.Weight))
	}
	return o.Reduction.of(loss.Mean(-1))
}

// MultiLabelMargin returns, for x [n, c] or [c], the mean over target classes t
// and other classes j of max(0, 1 - x[t] + x[j]), the sum divided by c. y lists
// the target classes, up to the first negative number.
func MultiLabelMargin(x, y *tensor.Tensor, r ...Reduction) *tensor.Tensor {
	sameShape("multilabelmargin", x, y)
	if x.Rank() != 1 && x.Rank() != 2 {
		panic(misused("multilabelmargin", []*tensor.Tensor{x, y}, "want [n, c] or [c]"))
	}
	single := x.Rank() == 1
	if single {
		x, y = x.Unsqueeze(0), y.Unsqueeze(0)
	}
	n, c := x.Dim(0), x.Dim(1)
	// Which entries of y count, and which classes they name: found on the host.
	labels := y.Float64s()
	counts, isTarget, class := make([]bool, n*c), make([]bool, n*c), make([]int64, n*c)
	for i := range n {
		for k, l := range labels[i*c : (i+1)*c] {
			if l < 0 {
				break
			} else if l >= float64(c) {
				panic(misused("multilabelmargin", []*tensor.Tensor{x, y}, "class %v of row %d: want one below %d", l, i, c))
			}
			counts[i*c+k], isTarget[i*c+int(l)], class[i*c+k] = true, true, int64(l)
		}
	}
	own := tensor.Apply(nil, op.Gather, op.AxisAttrs{Axis: 1}, x, within(x, tensor.From(x.Device(), class, n, c)))[0]
	z := x.Unsqueeze(1).Sub(own.Unsqueeze(2)).AddScalar(1) // [n, target, class]
	z = tensor.Map(positive, z)
	target := within(x, tensor.From(x.Device(), isTarget, n, 1, c))
	pairs := within(x, tensor.From(x.Device(), counts, n, c, 1)).LogicalAnd(target.LogicalNot())
	loss := z.MaskedFill(pairs.LogicalNot(), 0).Sum(1, 2).DivScalar(float64(c))
	if single {
		loss = loss.Squeeze(0)
	}
	return only("multilabelmargin", r).of(loss)
}

// PoissonNLLLoss are the options of PoissonNLL.
type PoissonNLLLoss struct {
	Rate      bool    // x is the rate itself, not its logarithm
	Full      bool    // add Stirling's approximation of log(y!)
	Eps       float64 // Rate: added to x in its logarithm; 0 means 1e-8
	Reduction Reduction
}

// PoissonNLL returns the mean of e**x - y·x, the negative log likelihood of counts
// y under Poisson distributions with the logarithms of their rates given as x, but
// for a constant. With Rate it is x - y·log(x + Eps).
func PoissonNLL(x, y *tensor.Tensor, opts ...PoissonNLLLoss) *tensor.Tensor {
	o := only("poissonnll", opts)
	sameShape("poissonnll", x, y)
	var loss *tensor.Tensor
	if o.Rate {
		loss = x.Sub(y.Mul(x.AddScalar(orDefault(o.Eps, 1e-8)).Log()))
	} else {
		loss = x.Exp().Sub(y.Mul(x))
	}
	if o.Full {
		loss = loss.Add(tensor.Map(stirling, y))
	}
	return o.Reduction.of(loss)
}

func stirling(y pointwise.Value) pointwise.Value {
	s := y.Mul(y.Log()).Sub(y).Add(y.Mul(pointwise.Const(2 * math.Pi)).Log().Mul(pointwise.Const(0.5)))
	return y.Le(pointwise.Const(1)).Select(pointwise.Const(0), s)
}
