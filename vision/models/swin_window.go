package models

import (
	"math"

	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// windowAttention is attention of the pixels of a window to each other, with a
// learned bias for each difference of places.
type windowAttention struct {
	RelativePositionBiasTable *tensor.Tensor // [(2*window-1)², heads]
	RelativePositionIndex     *tensor.Tensor `nn:"buffer"` // [window⁴], rows of the table
	QKV                       *nn.Linear     `nn:"qkv"`
	Proj                      *nn.Linear

	heads, window, shift int
}

func newWindowAttention(b *nn.Maker, dim, heads, window, shift int) *windowAttention {
	w := &windowAttention{
		RelativePositionBiasTable: b.Parameter((2*window-1)*(2*window-1), heads),
		QKV:                       b.Linear(dim, 3*dim), Proj: b.Linear(dim, dim),
		heads: heads, window: window, shift: shift,
	}
	if !b.IsBlank() {
		truncNormal(b, 0.02)(w.RelativePositionBiasTable)
	}
	n := window * window
	index := make([]int64, 0, n*n)
	for i := range n {
		for k := range n {
			dy, dx := i/window-k/window+window-1, i%window-k%window+window-1
			index = append(index, int64(dy*(2*window-1)+dx))
		}
	}
	w.RelativePositionIndex = tensor.From(b.Device(), index, n*n)
	return w
}

// Forward lets the pixels of x [n, h, w, c] attend to their windows.
func (a *windowAttention) Forward(x *tensor.Tensor) *tensor.Tensor {
	n, h, w, c := x.Dim(0), x.Dim(1), x.Dim(2), x.Dim(3)
	size := a.window
	rows, cols := (h+size-1)/size, (w+size-1)/size
	x = x.Pad([]int{0, 0, 0, 0}, []int{0, rows*size - h, cols*size - w, 0}, 0)
	down, right := a.shift, a.shift
	if rows == 1 { // one window: there is nothing to shift to
		down = 0
	}
	if cols == 1 {
		right = 0
	}
	x = roll(x, -down, -right)
	// [n, rows, size, cols, size, c] to windows [n, rows*cols, size*size, c]
	x = x.Reshape(n, rows, size, cols, size, c).Permute(0, 1, 3, 2, 4, 5).Reshape(n*rows*cols, size*size, c)

	qkv := a.QKV.Forward(x).Unflatten(2, 3, a.heads, c/a.heads).Permute(2, 0, 3, 1, 4) // [3, windows, heads, pixels, dim]
	bias := a.bias()                                                                   // [heads, pixels, pixels]
	if down+right > 0 {
		mask := a.mask(x, rows, cols, down, right) // [rows*cols, 1, pixels, pixels]
		bias = tensor.Concat(0, repeated(bias.Add(mask), n)...)
	}
	y := qkv.Select(0, 0).Attention(qkv.Select(0, 1), qkv.Select(0, 2), bias, op.AttentionAttrs{})
	y = a.Proj.Forward(y.Transpose(1, 2).Reshape(n*rows*cols, size*size, c))

	y = y.Reshape(n, rows, cols, size, size, c).Permute(0, 1, 3, 2, 4, 5).Reshape(n, rows*size, cols*size, c)
	return roll(y, down, right).Slice(1, 0, h).Slice(2, 0, w)
}

func repeated(t *tensor.Tensor, n int) []*tensor.Tensor {
	l := make([]*tensor.Tensor, n)
	for i := range l {
		l[i] = t
	}
	return l
}

func roll(x *tensor.Tensor, down, right int) *tensor.Tensor {
	if down != 0 {
		x = x.Roll(1, down)
	}
	if right != 0 {
		x = x.Roll(2, right)
	}
	return x
}

func (a *windowAttention) bias() *tensor.Tensor {
	n := a.window * a.window
	return a.RelativePositionBiasTable.IndexSelect(0, a.RelativePositionIndex).Reshape(n, n, a.heads).Permute(2, 0, 1)
}

// mask hides from each other pixels that only the shift brought into one window:
// -100 is added to their scores.
func (a *windowAttention) mask(like *tensor.Tensor, rows, cols, down, right int) *tensor.Tensor {
	size := a.window
	region := func(i, all, shift int) int { // of a row or column
		switch {
		case i < all-size:
			return 0
		case i < all-shift:
			return 1
		}
		return 2
	}
	n := size * size
	hidden := make([]float32, 0, rows*cols*n*n)
	for w := range rows * cols {
		at := make([]int, n)
		for p := range n {
			at[p] = 3*region(w/cols*size+p/size, rows*size, down) + region(w%cols*size+p%size, cols*size, right)
		}
		for _, i := range at {
			for _, k := range at {
				hidden = append(hidden, float32(-100*math.Min(1, math.Abs(float64(i-k)))))
			}
		}
	}
	m := tensor.From(like.Device(), hidden, rows*cols, 1, n, n).To(like.DType())
	tensor.Inherit([]*tensor.Tensor{like}, []*tensor.Tensor{m})
	return m
}
