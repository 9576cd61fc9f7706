package tensor

import (
	"math"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// A MaskedTensor is a tensor of which only the elements count for which a mask
// holds. Its reductions keep the reduced axes if Keep is set; over no elements
// they give what sums and products start from, and NaN for means.
type MaskedTensor struct {
	t, mask *Tensor // the mask is nil or has t's shape
	Keep    bool    // leave reduced axes with size 1
}

// Masked pairs t with a mask, which broadcasts; nil holds everywhere.
func (t *Tensor) Masked(mask *Tensor) MaskedTensor {
	if mask == nil {
		return MaskedTensor{t: t}
	}
	deviceOf(nil, "masked", []*Tensor{t, mask})
	if _, err := mask.view.Expand(t.view.Shape); err != nil || mask.dtype != dtype.Bool {
		panic(newError("masked", misfit(ErrShape, "want a mask of bools that broadcasts to %v", t.Shape()), t, mask))
	}
	return MaskedTensor{t: t, mask: mask.Expand(t.Shape()...)}
}

// Filled returns the tensor with x where the mask does not hold.
func (m MaskedTensor) Filled(x float64) *Tensor {
	if m.mask == nil {
		return m.t
	}
	return m.mask.Where(m.t, Full(m.t.Device(), m.t.dtype, x))
}

// kept drops nothing, or the axes from the shape.
func (m MaskedTensor) kept(y *Tensor, axes []int) *Tensor {
	if m.Keep {
		return y
	}
	if len(axes) == 0 {
		return y.Reshape()
	}
	return y.Squeeze(axes...)
}

// Count returns how many elements over axes the mask holds for.
func (m MaskedTensor) Count(axes ...int) *Tensor { return m.kept(m.count(axes), axes) }

func (m MaskedTensor) count(axes []int) *Tensor {
	if m.mask == nil {
		return OnesLike(m.t.Detach()).SumKeep(axes...)
	}
	return m.mask.To(m.t.dtype).SumKeep(axes...)
}

// Sum returns the sum over axes (all, without any).
func (m MaskedTensor) Sum(axes ...int) *Tensor { return m.kept(m.Filled(0).SumKeep(axes...), axes) }

// Prod returns the product over axes.
func (m MaskedTensor) Prod(axes ...int) *Tensor {
	return fold(op.Prod, m.Filled(1), m.Keep, axes)
}

// Max returns the largest element over axes, -Inf of none.
func (m MaskedTensor) Max(axes ...int) *Tensor {
	return m.kept(m.Filled(math.Inf(-1)).MaxKeep(axes...), axes)
}

// Min returns the smallest element over axes, +Inf of none.
func (m MaskedTensor) Min(axes ...int) *Tensor {
	return m.kept(m.Filled(math.Inf(1)).MinKeep(axes...), axes)
}

// Mean returns the mean over axes.
func (m MaskedTensor) Mean(axes ...int) *Tensor { return m.kept(m.mean(axes), axes) }

func (m MaskedTensor) mean(axes []int) *Tensor {
	return m.Filled(0).SumKeep(axes...).Div(m.count(axes))
}

// Var returns the variance over axes; see Tensor.Var.
func (m MaskedTensor) Var(correction float64, axes ...int) *Tensor {
	d := MaskedTensor{t: m.t.Sub(m.mean(axes)), mask: m.mask}
	v := d.Filled(0).Square().SumKeep(axes...).Div(m.count(axes).SubScalar(correction).MaximumScalar(0))
	return m.kept(v, axes)
}

// Std returns the square root of Var.
func (m MaskedTensor) Std(correction float64, axes ...int) *Tensor {
	return m.Var(correction, axes...).Sqrt()
}

// Norm returns the p-norm over axes.
func (m MaskedTensor) Norm(p float64, axes ...int) *Tensor {
	x := 0.0
	if math.IsInf(p, -1) {
		x = math.Inf(1)
	}
	return one(op.Norm, op.PNormAttrs{P: p, Axes: own(axes), Keep: m.Keep}, m.Filled(x))
}

// LogSumExp returns the logarithm of the sum of exponentials over axes.
func (m MaskedTensor) LogSumExp(axes ...int) *Tensor {
	return fold(op.LogSumExp, m.Filled(math.Inf(-1)), m.Keep, axes)
}

// Median returns the lower median along an axis, NaN of none.
func (m MaskedTensor) Median(axis int) *Tensor {
	return Apply(nil, op.NanMedian, op.ArgAttrs{Axis: axis, Keep: m.Keep}, m.Filled(math.NaN()))[0]
}

// ArgMax returns the index of the largest element along an axis.
func (m MaskedTensor) ArgMax(axis int) *Tensor {
	return one(op.ArgMax, op.ArgAttrs{Axis: axis, Keep: m.Keep}, m.Filled(math.Inf(-1)))
}

// ArgMin returns the index of the smallest element along an axis.
func (m MaskedTensor) ArgMin(axis int) *Tensor {
	return one(op.ArgMin, op.ArgAttrs{Axis: axis, Keep: m.Keep}, m.Filled(math.Inf(1)))
}

// Softmax is Tensor.Softmax with 0 where the mask does not hold.
func (m MaskedTensor) Softmax(axis int) *Tensor { return m.Filled(math.Inf(-1)).Softmax(axis) }

// LogSoftmax is Tensor.LogSoftmax with -Inf where the mask does not hold.
func (m MaskedTensor) LogSoftmax(axis int) *Tensor { return m.Filled(math.Inf(-1)).LogSoftmax(axis) }

// CumSum returns the running sum along an axis.
func (m MaskedTensor) CumSum(axis int) *Tensor { return m.Filled(0).CumSum(axis) }

// CumProd returns the running product along an axis.
func (m MaskedTensor) CumProd(axis int) *Tensor { return m.Filled(1).CumProd(axis) }

// Normalize divides by the p-norm along an axis, at least eps.
func (m MaskedTensor) Normalize(p float64, axis int, eps float64) *Tensor {
	m.Keep = true
	return m.Filled(0).Div(m.Norm(p, axis).MaximumScalar(eps))
}
