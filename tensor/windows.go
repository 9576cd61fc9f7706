package tensor

import (
	"slices"

	"github.com/hekla-ml/hekla/op"
)

// Patches returns the windows of t [n, c, ...spatial] as columns: [n,
// c*kernel..., windows], what a convolution multiplies its weights with. Stride
// and dilation are 1 where nil, padding 0.
func (t *Tensor) Patches(a op.ConvAttrs, kernel ...int) *Tensor {
	k := len(kernel)
	if t.Rank() != k+2 {
		panic(newError("patches", misfit(ErrShape, "want [n, c] and %d spatial axes", k), t))
	}
	each := func(l []int, absent int) []int {
		if l == nil {
			return slices.Repeat([]int{absent}, k)
		}
		if len(l) != k {
			panic(newError("patches", misfit(ErrAttr, "%d numbers for %d spatial axes", len(l), k), t))
		}
		return l
	}
	stride, dilation := each(a.Stride, 1), each(a.Dilation, 1)
	pad := append([]int{0, 0}, each(a.Pad, 0)...)
	x := t.Pad(pad, pad, 0)
	for i := range k {
		reach := dilation[i]*(kernel[i]-1) + 1
		if kernel[i] <= 0 || stride[i] <= 0 || dilation[i] <= 0 || reach > x.Dim(2+i) {
			panic(newError("patches", misfit(ErrAttr, "a window of %d by %d, dilated by %d, over axis %d of size %d", kernel[i], stride[i], dilation[i], 2+i, x.Dim(2+i)), t))
		}
		x = x.Unfold(2+i, reach, stride[i]).SliceStep(-1, 0, End, dilation[i])
	}
	// [n, c, out..., kernel...] to [n, c, kernel..., out...]
	order := []int{0, 1}
	for i := range k {
		order = append(order, 2+k+i)
	}
	for i := range k {
		order = append(order, 2+i)
	}
	rows, columns := t.Dim(1), 1
	for i := range k {
		rows *= kernel[i]
		columns *= x.Dim(2 + i)
	}
	return x.Permute(order...).Reshape(t.Dim(0), rows, columns)
}

// MaxUnpool puts each element of t [n, c, ...] at its index among the spatial
// elements of a result of the given spatial sizes, zeros elsewhere: what undoes
// MaxPool as far as possible.
func (t *Tensor) MaxUnpool(indices *Tensor, sizes ...int) *Tensor {
	deviceOf(nil, "maxunpool", []*Tensor{t, indices})
	lead := t.Rank() - len(sizes)
	if lead < 0 || !slices.Equal(t.Shape(), indices.Shape()) {
		panic(newError("maxunpool", misfit(ErrShape, "want an index for each element, and at most %d sizes", t.Rank()), t, indices))
	}
	n := 1
	for _, s := range sizes {
		n *= s
	}
	flat := append(own(t.Shape()[:lead]), -1)
	zeros := Zeros(t.Device(), t.dtype, append(own(t.Shape()[:lead]), n)...)
	zeros.join(t.arena)
	return zeros.Scatter(-1, indices.Reshape(flat...), t.Reshape(flat...)).Reshape(append(own(t.Shape()[:lead]), sizes...)...)
}

// LocalResponseNorm divides t [n, c, ...] by (k + alpha*m)**beta, where m is
// the mean square of size neighbouring channels.
func (t *Tensor) LocalResponseNorm(size int, alpha, beta, k float64) *Tensor {
	if t.Rank() < 3 || size <= 0 {
		panic(newError("localresponsenorm", misfit(ErrShape, "want [n, c, ...] and at least one channel, not %d", size), t))
	}
	before, after := make([]int, t.Rank()), make([]int, t.Rank())
	before[1], after[1] = size/2, (size-1)/2
	m := t.Square().Pad(before, after, 0).Unfold(1, size, 1).Mean(-1)
	return t.Div(m.MulScalar(alpha).AddScalar(k).PowScalar(beta))
}
