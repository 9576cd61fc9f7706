package nn

import (
	"fmt"

	"github.com/hekla-ml/hekla/tensor"
)

// Flatten merges the axes from Start to End, both included. Zeros mean 1 and
// -1: all but the batch axis.
type Flatten struct{ Start, End int }

func (f Flatten) bounds() (start, end int) {
	start, end = f.Start, f.End
	if start == 0 {
		start = 1
	}
	if end == 0 {
		end = -1
	}
	return start, end
}

// Forward returns x with the axes merged.
func (f Flatten) Forward(x *tensor.Tensor) *tensor.Tensor { return x.Flatten(f.bounds()) }

func (f Flatten) String() string {
	start, end := f.bounds()
	return fmt.Sprintf("Flatten(start_dim=%d, end_dim=%d)", start, end)
}

// Unflatten splits an axis into the given sizes, one of which may be -1.
type Unflatten struct {
	Axis  int
	Sizes []int
}

// Forward returns x with the axis split.
func (u Unflatten) Forward(x *tensor.Tensor) *tensor.Tensor { return x.Unflatten(u.Axis, u.Sizes...) }

func (u Unflatten) String() string {
	return fmt.Sprintf("Unflatten(dim=%d, unflattened_size=%s)", u.Axis, tuple(u.Sizes))
}

// PixelShuffle turns x [..., c*Factor*Factor, h, w] into [..., c, h*Factor,
// w*Factor].
type PixelShuffle struct{ Factor int }

// Forward returns x with channels moved to pixels.
func (p PixelShuffle) Forward(x *tensor.Tensor) *tensor.Tensor {
	r, n := p.Factor, x.Rank()
	if n < 3 {
		panic(misused("pixelshuffle", []*tensor.Tensor{x}, "want [..., c, h, w]"))
	}
	y := x.Unflatten(n-3, -1, r, r) // [..., c, r, r, h, w]
	axes := upTo(n - 3)
	y = y.Permute(append(axes, n-3, n, n-2, n+1, n-1)...) // [..., c, h, r, w, r]
	return y.Flatten(n-2, n-1).Flatten(n-1, n)
}

// PixelUnshuffle turns x [..., c, h*Factor, w*Factor] into [..., c*Factor*Factor,
// h, w].
type PixelUnshuffle struct{ Factor int }

// Forward returns x with pixels moved to channels.
func (p PixelUnshuffle) Forward(x *tensor.Tensor) *tensor.Tensor {
	r, n := p.Factor, x.Rank()
	if n < 3 {
		panic(misused("pixelunshuffle", []*tensor.Tensor{x}, "want [..., c, h, w]"))
	}
	y := x.Unflatten(n-1, -1, r).Unflatten(n-2, -1, r) // [..., c, h, r, w, r]
	axes := upTo(n - 3)
	y = y.Permute(append(axes, n-3, n-1, n+1, n-2, n)...) // [..., c, r, r, h, w]
	return y.Flatten(n-3, n-1)
}

func upTo(n int) []int {
	l := make([]int, n)
	for i := range l {
		l[i] = i
	}
	return l
}

// ChannelShuffle divides the channels of x [n, c, ...] into groups and deals
// them out anew: one of each group in turn.
type ChannelShuffle struct{ Groups int }

// Forward returns x with channels reordered.
func (c ChannelShuffle) Forward(x *tensor.Tensor) *tensor.Tensor {
	return x.Unflatten(1, c.Groups, -1).Transpose(1, 2).Flatten(1, 2)
}
