package tensor

import "github.com/hekla-ml/hekla/op"

// Layouts are channel-first: x is [n, c, spatial...] with one to three spatial
// axes.

// Conv returns the convolution (cross-correlation, as everywhere in deep
// learning) of t [n, ci, ...] with w [co, ci/groups, ...kernel]: [n, co, ...].
// The zero attributes mean stride 1, no padding, one group.
func (t *Tensor) Conv(w *Tensor, a op.ConvAttrs) *Tensor { return one(op.Conv, a, t, w) }

// ConvTranspose returns the transposed convolution of t [n, ci, ...] with w
// [ci, co/groups, ...kernel]: [n, co, ...].
func (t *Tensor) ConvTranspose(w *Tensor, a op.ConvAttrs) *Tensor {
	return one(op.ConvTranspose, a, t, w)
}

// MaxPool returns the largest element of each window over the spatial axes, and
// its int64 index among the spatial elements of its channel.
func (t *Tensor) MaxPool(a op.PoolAttrs) (values, indices *Tensor) {
	return two(op.MaxPool, a, t)
}

// AvgPool returns the mean of each window over the spatial axes.
func (t *Tensor) AvgPool(a op.PoolAttrs) *Tensor { return one(op.AvgPool, a, t) }

// AdaptiveAvgPool averages windows chosen so that the spatial axes get the
// given sizes; -1 keeps a size.
func (t *Tensor) AdaptiveAvgPool(sizes ...int) *Tensor {
	return one(op.AdaptiveAvgPool, op.AdaptiveAttrs{Size: own(sizes)}, t)
}

// AdaptiveMaxPool is AdaptiveAvgPool with the largest element, and its index.
func (t *Tensor) AdaptiveMaxPool(sizes ...int) (values, indices *Tensor) {
	return two(op.AdaptiveMaxPool, op.AdaptiveAttrs{Size: own(sizes)}, t)
}

// Linear returns t [..., in] times w [out, in] transposed, plus bias [out], which
// may be nil: [..., out].
func (t *Tensor) Linear(w, bias *Tensor) *Tensor { return one(op.Linear, nil, affine(t, w, bias)...) }

// LinearThen is Linear followed by an activation, which needs no pass over memory of
// its own. Where a gradient may be wanted GELU takes one all the same: its gradient
// reads what it was computed from. Integers are refused.
func (t *Tensor) LinearThen(w, bias *Tensor, e op.Epilogue) *Tensor {
	in := affine(t, w, bias)
	if act := e.Op(); act != nil && e != op.EpilogueReLU && recorded(in) {
		y := one(op.Linear, nil, in...)
		defer y.Free() // the record keeps its elements
		return one(act, nil, y)
	}
	return one(op.Linear, op.LinearAttrs{Then: e}, in...)
}

// Attention returns softmax(t·k * Scale + mask)·v for queries t [..., l, e], keys
// k [..., s, e] and values v [..., s, d]: [..., l, d]. The mask, bools that say
// which keys count or floats to add, broadcasts to [..., l, s]; nil is none. A
// query that may see no key gets 0. Leading axes broadcast.
func (t *Tensor) Attention(k, v, mask *Tensor, a op.AttentionAttrs) *Tensor {
	if mask == nil {
		return one(op.Attention, a, t, k, v)
	}
	return one(op.Attention, a, t, k, v, mask)
}

// LSTM runs one layer of long short-term memory over a sequence: t [steps, n,
// 4*h] is the input's part of its gates (input, forget, new, output) with all
// biases, w [4*h, h] the recurrent weights, h and c [n, h] the state before it.
// It returns the h and the c of all steps, [steps, n, h].
func (t *Tensor) LSTM(w, h, c *Tensor, a op.RecurrentAttrs) (hs, cs *Tensor) {
	res := Apply(nil, op.LSTM, a, t, w, h, c)
	res[2].Free()
	return res[0], res[1]
}

// GRU runs one layer of gated recurrent units over a sequence: t [steps, n, 3*h]
// is the input's part of its gates (reset, update, new) with its biases, w [3*h,
// h] the recurrent weights, bias [3*h] theirs, which may be nil, and h [n, h] the
// state before it. It returns the h of all steps, [steps, n, h].
func (t *Tensor) GRU(w, bias, h *Tensor, a op.RecurrentAttrs) *Tensor {
	hs, gates := two(op.GRU, a, affine(t, w, h, bias)...)
	gates.Free()
	return hs
}

// RNN runs one layer of plain recurrent units over a sequence: t [steps, n, h] is
// the input's part with all biases, w [h, h] the recurrent weights, and h [n, h]
// the state before it. It returns the h of all steps, [steps, n, h].
func (t *Tensor) RNN(w, h *Tensor, a op.RecurrentAttrs) *Tensor { return one(op.RNN, a, t, w, h) }

// Softmax returns e**t divided by its sum along an axis.
func (t *Tensor) Softmax(axis int) *Tensor { return one(op.Softmax, op.AxisAttrs{Axis: axis}, t) }

// LogSoftmax returns the logarithm of Softmax, without its overflow.
func (t *Tensor) LogSoftmax(axis int) *Tensor {
	return one(op.LogSoftmax, op.AxisAttrs{Axis: axis}, t)
}

// LogSumExp returns the logarithm of the sum of e**t over axes, which disappear
// from the shape.
func (t *Tensor) LogSumExp(axes ...int) *Tensor { return fold(op.LogSumExp, t, false, axes) }

// LayerNorm normalises over the last axes to mean 0 and variance 1, then scales
// by weight and shifts by bias; either may be nil, but bias needs a weight.
func (t *Tensor) LayerNorm(axes int, eps float64, weight, bias *Tensor) *Tensor {
	return one(op.LayerNorm, op.NormAttrs{Axes: axes, Eps: eps}, affine(t, weight, bias)...)
}

// RMSNorm divides by the root of the mean square over the last axes, then
// scales by weight, which may be nil.
func (t *Tensor) RMSNorm(axes int, eps float64, weight *Tensor) *Tensor {
	return one(op.RMSNorm, op.NormAttrs{Axes: axes, Eps: eps}, affine(t, weight, nil)...)
}

// GroupNorm normalises groups of channels of each image of t [n, c, ...].
func (t *Tensor) GroupNorm(groups int, eps float64, weight, bias *Tensor) *Tensor {
	return one(op.GroupNorm, op.NormAttrs{Groups: groups, Eps: eps}, affine(t, weight, bias)...)
}

// BatchNorm normalises each channel of t [n, c, ...] by its own mean and biased
// variance, which it returns too, shape [c].
func (t *Tensor) BatchNorm(eps float64, weight, bias *Tensor) (y, mean, variance *Tensor) {
	r := Apply(nil, op.BatchNorm, op.NormAttrs{Eps: eps}, affine(t, weight, bias)...)
	return r[0], r[1], r[2]
}

// BatchNormEval normalises each channel of t [n, c, ...] by a given mean and
// variance, shape [c].
func (t *Tensor) BatchNormEval(mean, variance *Tensor, eps float64, weight, bias *Tensor) *Tensor {
	return one(op.BatchNormEval, op.NormAttrs{Eps: eps}, affine(t, mean, variance, weight, bias)...)
}

// affine lists the operands of a normalisation; missing ones at the end are
// left out.
func affine(t *Tensor, optional ...*Tensor) []*Tensor {
	l := []*Tensor{t}
	for _, u := range optional {
		if u == nil {
			break
		}
		l = append(l, u)
	}
	return l
}

func two(o *op.Op, attrs any, in ...*Tensor) (a, b *Tensor) {
	r := Apply(nil, o, attrs, in...)
	return r[0], r[1]
}
