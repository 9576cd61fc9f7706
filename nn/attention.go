package nn

import (
	"math"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// A MultiheadAttention lets each position of a sequence draw on all positions of
// another, in several subspaces (heads) at once (Vaswani et al. 2017). Sequences
// are [length, n, dim], or with BatchFirst [n, length, dim].
type MultiheadAttention struct {
	// Of query, key and value in one piece [3*dim, dim], or if keys or values
	// have other sizes, one by one.
	InProjWeight, QProjWeight, KProjWeight, VProjWeight *tensor.Tensor

	InProjBias   *tensor.Tensor // [3*dim], or nil
	BiasK, BiasV *tensor.Tensor // [1, 1, dim], one more key and value; or nil
	OutProj      *Linear

	Heads       int
	BatchFirst  bool
	AddZeroAttn bool // add a key and value of zeros
	Dropout     *Dropout
}

// AttentionConfig are the options of MultiheadAttention.
type AttentionConfig struct {
	KDim, VDim  int // sizes of keys and values; 0 means that of queries
	NoBias      bool
	AddBiasKV   bool
	AddZeroAttn bool
	BatchFirst  bool
	Dropout     float64 // of the weights, in training
}

// MultiheadAttention makes an attention for sequences of size dim. Projections
// are drawn by XavierUniform, biases are zeros.
func (b *Maker) MultiheadAttention(dim, heads int, opts ...AttentionConfig) *MultiheadAttention {
	c := only("multiheadattention", opts)
	if heads < 1 || dim%heads != 0 {
		panic(misuse("multiheadattention", "dim %d does not divide into %d heads", dim, heads))
	}
	m := &MultiheadAttention{Heads: heads, BatchFirst: c.BatchFirst, AddZeroAttn: c.AddZeroAttn, Dropout: b.Dropout(c.Dropout)}
	weight := func(out, in int) *tensor.Tensor { return b.drawn(b.Parameter(out, in), XavierUniform) }
	kdim, vdim := c.KDim, c.VDim
	if kdim == 0 {
		kdim = dim
	}
	if vdim == 0 {
		vdim = dim
	}
	if kdim == dim && vdim == dim {
		m.InProjWeight = weight(3*dim, dim)
	} else {
		m.QProjWeight, m.KProjWeight, m.VProjWeight = weight(dim, dim), weight(dim, kdim), weight(dim, vdim)
	}
	var noBias []Option
	if c.NoBias {
		noBias = []Option{NoBias}
	} else {
		m.InProjBias = b.Parameter(3 * dim)
	}
	m.OutProj = b.Linear(dim, dim, noBias...)
	if m.OutProj.Bias != nil {
		Zeros(m.OutProj.Bias)
	}
	if c.AddBiasKV {
		m.BiasK, m.BiasV = b.Parameter(1, 1, dim), b.Parameter(1, 1, dim)
		b.drawn(m.BiasK, XavierNormal)
		b.drawn(m.BiasV, XavierNormal)
	}
	return m
}

// drawn fills a parameter with gain 1, unless the maker is blank.
func (b *Maker) drawn(t *tensor.Tensor, f func(t *tensor.Tensor, g *tensor.Generator, gain float64) *tensor.Tensor) *tensor.Tensor {
	if b.blank {
		return t
	}
	return f(t, b.gen, 1)
}

// Attending are the options of Attend. As in PyTorch, true in a mask of bools
// hides a key; floats are added to the scores.
type Attending struct {
	Mask       *tensor.Tensor // [l, s] or [n*heads, l, s], or nil
	KeyPadding *tensor.Tensor // bools [n, s], or nil
	Causal     bool           // position i sees positions 0 to i only
	Weights    bool           // return the weights of each head too
}

// Forward lets x attend to itself.
func (m *MultiheadAttention) Forward(x *tensor.Tensor) *tensor.Tensor {
	y, _ := m.Attend(x, x, x)
	return y
}

// Attend lets query (length l) draw on value by way of key (length s), and
// returns the result, shaped like query, and if asked for the weights [n, heads,
// l, s].
func (m *MultiheadAttention) Attend(query, key, value *tensor.Tensor, opts ...Attending) (y, weights *tensor.Tensor) {
	o := only("attend", opts)
	if query.Rank() != 3 || key.Rank() != 3 || value.Rank() != 3 {
		panic(misused("attend", []*tensor.Tensor{query, key, value}, "want three axes each"))
	}
	along, batch := 0, 1 // the axes of the sequence and of the batch
	if m.BatchFirst {
		along, batch = 1, 0
	}
	l, n, dim, given := query.Dim(along), query.Dim(batch), m.OutProj.Weight.Dim(0), key.Dim(along)
	if key.Dim(batch) != n || value.Dim(batch) != n || given != value.Dim(along) {
		panic(misused("attend", []*tensor.Tensor{query, key, value}, "want one batch size, and as many values as keys"))
	}
	q, k, v := m.project(query, key, value)
	if m.BiasK != nil {
		k, v = m.append(k, m.BiasK, along, batch), m.append(v, m.BiasV, along, batch)
	}
	if m.AddZeroAttn {
		zero := within(k, tensor.Zeros(q.Device(), q.DType(), 1, 1, dim))
		k, v = m.append(k, zero, along, batch), m.append(v, zero, along, batch)
	}
	dropping := m.Dropout != nil && m.Dropout.P > 0 && m.Dropout.Training()
	causal := o.Causal && !o.Weights && !dropping && k.Dim(along) == given
	if causal { // the op knows it without a mask
		o.Causal = false
	}
	mask := o.mask(n, m.Heads, l, k.Dim(along), given, q)
	split := func(x *tensor.Tensor) *tensor.Tensor { return x.Permute(batch, 2, along, 3) } // [n, heads, length, dim/heads]
	q, k, v = split(q), split(k), split(v)
	if o.Weights || dropping {
		scores := q.MulScalar(1 / math.Sqrt(float64(dim/m.Heads))).MatMul(k.Transpose(-2, -1))
		if mask != nil {
			scores = scores.Add(mask)
		}
		weights = scores.Softmax(-1)
		if dropping {
			weights = m.Dropout.Forward(weights)
		}
		y = weights.MatMul(v)
	} else {
		y = q.Attention(k, v, mask, op.AttentionAttrs{Causal: causal})
	}
	if m.BatchFirst {
		y = y.Permute(0, 2, 1, 3).Reshape(n, l, dim)
	} else {
		y = y.Permute(2, 0, 1, 3).Reshape(l, n, dim)
	}
	return tensor.Observed(m, query, m.OutProj.Forward(y)), weights
}

// append adds x [1, 1, dim] to the end of each sequence of heads.
func (m *MultiheadAttention) append(heads, x *tensor.Tensor, along, batch int) *tensor.Tensor {
	s := append([]int{}, heads.Shape()...)
	s[along] = 1
	return tensor.Concat(along, heads, within(heads, x.Unflatten(2, m.Heads, -1).Expand(s...)))
}

// project maps the sequences into the space of the heads: [..., heads,
// dim/heads].
func (m *MultiheadAttention) project(query, key, value *tensor.Tensor) (q, k, v *tensor.Tensor) {
	dim := m.OutProj.Weight.Dim(0)
	if m.InProjWeight != nil && query == key && sameElements(key, value) {
		all := linear(query, m.InProjWeight, m.InProjBias) // one product instead of three
		parts := unbind(all.Unflatten(2, 3, m.Heads, dim/m.Heads), 2)
		return parts[0], parts[1], parts[2]
	}
	part := func(x, own *tensor.Tensor, i int) *tensor.Tensor {
		w, bias := own, m.InProjBias
		if w == nil {
			w = m.InProjWeight.Slice(0, i*dim, (i+1)*dim)
			defer w.Free()
		}
		if bias != nil {
			bias = bias.Slice(0, i*dim, (i+1)*dim)
			defer bias.Free()
		}
		return linear(x, w, bias).Unflatten(2, m.Heads, -1)
	}
	return part(query, m.QProjWeight, 0), part(key, m.KProjWeight, 1), part(value, m.VProjWeight, 2)
}

// sameElements reports whether t and u are one tensor, or the same view of it.
func sameElements(t, u *tensor.Tensor) bool {
	if t == u {
		return true
	}
	if !equalShapes(t, u) || !t.SharesStorage(u) || t.Offset() != u.Offset() || t.RequiresGrad() != u.RequiresGrad() {
		return false
	}
	for i, s := range t.Strides() {
		if u.Strides()[i] != s {
			return false
		}
	}
	return true
}

// mask joins all masks to one that is added to scores [n, heads, l, s], nil if
// there is none. The last s-given keys are always seen.
func (o Attending) mask(n, heads, l, s, given int, like *tensor.Tensor) *tensor.Tensor {
	var all *tensor.Tensor
	add := func(m *tensor.Tensor) {
		if m.DType() == dtype.Bool {
			zero := within(like, tensor.Zeros(like.Device(), like.DType()))
			never := within(like, tensor.Full(like.Device(), like.DType(), math.Inf(-1)))
			m = m.Where(never, zero)
		}
		if s > given {
			m = pad(m, []int{0, s - given}, PadZeros, 0)
		}
		if all == nil {
			all = m
		} else {
			all = all.Add(m)
		}
	}
	if m := o.Mask; m != nil {
		if r := m.Rank(); r < 2 || m.Dim(-2) != l || m.Dim(-1) != given || r == 3 && m.Dim(0) != n*heads {
			panic(misused("attend", []*tensor.Tensor{m}, "want a mask of [%d, %d] or [%d, %[1]d, %[2]d]", l, given, n*heads))
		} else if r == 3 {
			m = m.Reshape(n, heads, l, given)
		}
		add(m)
	}
	if p := o.KeyPadding; p != nil {
		if !slices.Equal(p.Shape(), []int{n, given}) {
			panic(misused("attend", []*tensor.Tensor{p}, "want a padding of [%d, %d]", n, given))
		}
		add(p.Reshape(n, 1, 1, given))
	}
	if o.Causal {
		add(later(like, l, given))
	}
	return all
}

// later returns a mask [l, s] on like's device that hides later positions.
func later(like *tensor.Tensor, l, s int) *tensor.Tensor {
	rows := within(like, tensor.Arange(like.Device(), dtype.Int64, 0, float64(l), 1))
	columns := within(like, tensor.Arange(like.Device(), dtype.Int64, 0, float64(s), 1))
	return columns.Gt(rows.Unsqueeze(1))
}
