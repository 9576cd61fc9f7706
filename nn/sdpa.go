package nn

import (
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// DotProduct are the options of ScaledDotProductAttention.
type DotProduct struct {
	Mask    *tensor.Tensor // broadcasts to [..., l, s]; true in bools lets a key be seen, floats are added to the scores
	Causal  bool           // query i sees keys 0 to i only
	Scale   float64        // of q·k; 0 means 1/sqrt(e)
	Grouped bool           // axis -3 of q is a multiple of that of k and v, whose heads serve groups of q's
	Dropout *Dropout       // of the weights, in training; or nil
}

// ScaledDotProductAttention returns softmax(q·k*Scale + Mask)·v for q [..., l,
// e], k [..., s, e] and v [..., s, d]: [..., l, d]. A query that may see no key
// gets 0. As in PyTorch, and unlike in Attending, true in a mask lets a key be
// seen.
func ScaledDotProductAttention(q, k, v *tensor.Tensor, opts ...DotProduct) *tensor.Tensor {
	o := only("scaleddotproductattention", opts)
	a := op.AttentionAttrs{Causal: o.Causal, Scale: o.Scale, Grouped: o.Grouped}
	if d := o.Dropout; d != nil && d.Training() && d.P > 0 {
		return o.dropping(q, k, v)
	}
	return q.Attention(k, v, o.Mask, a)
}

// dropping computes the weights by themselves: attention to the identity.
func (o DotProduct) dropping(q, k, v *tensor.Tensor) *tensor.Tensor {
	drop := o.Dropout
	o.Dropout = nil
	s := k.Dim(-2)
	eye := within(k, tensor.Eye(k.Device(), k.DType(), s, s))
	sizes := append(append([]int{}, k.Shape()[:k.Rank()-2]...), s, s)
	weights := drop.Forward(ScaledDotProductAttention(q, k, within(k, eye.Expand(sizes...)), o))
	if o.Grouped && k.Dim(-3) != q.Dim(-3) {
		v = v.Repeat(v.Rank()-3, q.Dim(-3)/k.Dim(-3))
	}
	return weights.MatMul(v)
}
