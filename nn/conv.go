package nn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
	"github.com/hekla-ml/hekla/tensor"
)

// A Conv convolves x [n, in, ...] with Weight [out, in/groups, ...kernel] over
// its one to three spatial axes and adds Bias [out] (or nil): [n, out, ...]. The
// batch axis may be missing. An axis of size s gets the size
// floor((s + 2*pad - dilation*(kernel-1) - 1) / stride) + 1. As in PyTorch the
// kernel is not turned round.
type Conv struct {
	Weight *tensor.Tensor
	Bias   *tensor.Tensor

	Attrs   op.ConvAttrs
	PadMode PadMode // how the padding is filled
	Same    bool    // pad so that sizes stay; Attrs.Pad does not count
}

// The convolutions by their number of spatial axes.
type (
	// Conv1d is a Conv over x [n, in, length].
	Conv1d = Conv
	// Conv2d is a Conv over x [n, in, height, width].
	Conv2d = Conv
	// Conv3d is a Conv over x [n, in, depth, height, width].
	Conv3d = Conv
)

// Conv1d makes a convolution over x [n, in, length], with weight and bias drawn
// evenly from ±1/sqrt(in/groups*kernel). Options: Kernel, Stride, Pad, Same,
// Padding, Dilation, Groups, NoBias.
func (b *Maker) Conv1d(in, out, kernel int, opts ...Option) *Conv1d {
	return b.conv(1, in, out, kernel, opts)
}

// Conv2d makes a convolution over x [n, in, height, width]; see Conv1d.
func (b *Maker) Conv2d(in, out, kernel int, opts ...Option) *Conv2d {
	return b.conv(2, in, out, kernel, opts)
}

// Conv3d makes a convolution over x [n, in, depth, height, width]; see Conv1d.
func (b *Maker) Conv3d(in, out, kernel int, opts ...Option) *Conv3d {
	return b.conv(3, in, out, kernel, opts)
}

func (b *Maker) conv(axes, in, out, kernel int, opts []Option) *Conv {
	name := fmt.Sprintf("conv%dd", axes)
	o := gather(name, opts, "Kernel", "Stride", "Pad", "Same", "Padding", "Dilation", "Groups", "NoBias")
	if o.groups < 1 || in%o.groups != 0 || out%o.groups != 0 {
		panic(misuse(name, "%d and %d channels do not divide into %d groups", in, out, o.groups))
	}
	size := append([]int{out, in / o.groups}, o.window(name, axes, kernel)...)
	c := &Conv{Attrs: o.convAttrs(name, axes), PadMode: o.padMode, Same: o.same}
	if c.Same && slices.Max(c.Attrs.Stride) > 1 {
		panic(misuse(name, "Same with stride %v: want 1", c.Attrs.Stride))
	}
	bound := invSqrt(shape.Numel(size[1:]))
	c.Weight = b.uniform(bound, size...)
	if !o.noBias {
		c.Bias = b.uniform(bound, out)
	}
	return c
}

func (o *options) window(name string, axes, kernel int) []int {
	if o.kernel == nil {
		o.kernel = []int{kernel}
	}
	return each(name, "Kernel", o.kernel, axes, 1)
}

func (o *options) convAttrs(name string, axes int) op.ConvAttrs {
	return op.ConvAttrs{
		Stride: each(name, "Stride", o.stride, axes, 1), Pad: each(name, "Pad", o.pad, axes, 0),
		Dilation: each(name, "Dilation", o.dilation, axes, 1), Groups: o.groups,
	}
}

// each returns l with a number for each of n axes.
func each(layer, name string, l []int, n, absent int) []int {
	switch len(l) {
	case 0:
		return slices.Repeat([]int{absent}, n)
	case 1:
		return slices.Repeat(l, n)
	case n:
		return slices.Clone(l)
	}
	panic(misuse(layer, "%s%v: want one number, or one for each of %d axes", name, l, n))
}

// Forward returns the convolution of x.
func (c *Conv) Forward(x *tensor.Tensor) *tensor.Tensor {
	return tensor.Observed(c, x, c.forward(x))
}

func (c *Conv) forward(x *tensor.Tensor) *tensor.Tensor {
	axes := c.Weight.Rank() - 2
	return batched("conv", x, axes, func(x *tensor.Tensor) *tensor.Tensor {
		a := c.Attrs
		if !c.Same && c.PadMode == PadZeros {
			return plus(x.Conv(c.Weight, a), c.Bias)
		}
		pads := make([]int, 0, 2*axes)
		for i := range axes {
			before, after := a.Pad[i], a.Pad[i]
			if c.Same {
				all := a.Dilation[i] * (c.Weight.Dim(i+2) - 1)
				before, after = all/2, all-all/2
			}
			pads = append(pads, before, after)
		}
		a.Pad = nil
		padded := pad(x, pads, c.PadMode, 0)
		y := plus(padded.Conv(c.Weight, a), c.Bias)
		if padded != x {
			padded.Free()
		}
		return y
	})
}

func (c *Conv) String() string {
	w := c.Weight.Shape()
	return describeConv("Conv", w[1]*max(c.Attrs.Groups, 1), w[0], w[2:], c.Attrs, c.Bias == nil)
}

// A ConvTranspose is the transposed convolution of x [n, in, ...] with Weight
// [in, out/groups, ...kernel], plus Bias [out] (or nil): [n, out, ...]. It turns
// shapes back: an axis of size s gets the size
// (s-1)*stride - 2*pad + dilation*(kernel-1) + outpad + 1. The batch axis may be
// missing.
type ConvTranspose struct {
	Weight *tensor.Tensor
	Bias   *tensor.Tensor

	Attrs op.ConvAttrs
}

// The transposed convolutions by their number of spatial axes.
type (
	// ConvTranspose1d is a ConvTranspose over x [n, in, length].
	ConvTranspose1d = ConvTranspose
	// ConvTranspose2d is a ConvTranspose over x [n, in, height, width].
	ConvTranspose2d = ConvTranspose
	// ConvTranspose3d is a ConvTranspose over x [n, in, depth, height, width].
	ConvTranspose3d = ConvTranspose
)

// ConvTranspose1d makes a transposed convolution over x [n, in, length]. Options:
// Kernel, Stride, Pad, OutPad, Dilation, Groups, NoBias.
func (b *Maker) ConvTranspose1d(in, out, kernel int, opts ...Option) *ConvTranspose1d {
	return b.convTranspose(1, in, out, kernel, opts)
}

// ConvTranspose2d makes a transposed convolution over x [n, in, height, width];
// see ConvTranspose1d.
func (b *Maker) ConvTranspose2d(in, out, kernel int, opts ...Option) *ConvTranspose2d {
	return b.convTranspose(2, in, out, kernel, opts)
}

// ConvTranspose3d makes a transposed convolution over x [n, in, depth, height,
// width]; see ConvTranspose1d.
func (b *Maker) ConvTranspose3d(in, out, kernel int, opts ...Option) *ConvTranspose3d {
	return b.convTranspose(3, in, out, kernel, opts)
}

func (b *Maker) convTranspose(axes, in, out, kernel int, opts []Option) *ConvTranspose {
	name := fmt.Sprintf("convtranspose%dd", axes)
	o := gather(name, opts, "Kernel", "Stride", "Pad", "OutPad", "Dilation", "Groups", "NoBias")
	if o.groups < 1 || in%o.groups != 0 || out%o.groups != 0 {
		panic(misuse(name, "%d and %d channels do not divide into %d groups", in, out, o.groups))
	}
	size := append([]int{in, out / o.groups}, o.window(name, axes, kernel)...)
	c := &ConvTranspose{Attrs: o.convAttrs(name, axes)}
	c.Attrs.OutPad = each(name, "OutPad", o.outPad, axes, 0)
	bound := invSqrt(shape.Numel(size[1:])) // PyTorch takes out for in here
	c.Weight = b.uniform(bound, size...)
	if !o.noBias {
		c.Bias = b.uniform(bound, out)
	}
	return c
}

// Forward returns the transposed convolution of x.
func (c *ConvTranspose) Forward(x *tensor.Tensor) *tensor.Tensor {
	return tensor.Observed(c, x, batched("convtranspose", x, c.Weight.Rank()-2, func(x *tensor.Tensor) *tensor.Tensor {
		return plus(x.ConvTranspose(c.Weight, c.Attrs), c.Bias)
	}))
}

func (c *ConvTranspose) String() string {
	w := c.Weight.Shape()
	return describeConv("ConvTranspose", w[0], w[1]*max(c.Attrs.Groups, 1), w[2:], c.Attrs, c.Bias == nil)
}

func describeConv(name string, in, out int, kernel []int, a op.ConvAttrs, noBias bool) string {
	var b strings.Builder
	n := len(kernel)
	fmt.Fprintf(&b, "%s%dd(%d, %d, kernel_size=%s, stride=%s", name, n, in, out, tuple(kernel), tuple(each(name, "Stride", a.Stride, n, 1)))
	for _, p := range []struct {
		name   string
		l      []int
		absent int
	}{{"padding", a.Pad, 0}, {"dilation", a.Dilation, 1}, {"output_padding", a.OutPad, 0}} {
		l := each(name, p.name, p.l, n, p.absent)
		if slices.ContainsFunc(l, func(k int) bool { return k != p.absent }) {
			fmt.Fprintf(&b, ", %s=%s", p.name, tuple(l))
		}
	}
	if a.Groups > 1 {
		fmt.Fprintf(&b, ", groups=%d", a.Groups)
	}
	if noBias {
		b.WriteString(", bias=False")
	}
	return b.String() + ")"
}

// plus adds bias [c] (or nil) to y [n, c, ...] and frees y.
func plus(y, bias *tensor.Tensor) *tensor.Tensor {
	if bias == nil {
		return y
	}
	s := slices.Repeat([]int{1}, y.Rank()-1)
	s[0] = -1
	wide := y.Autocasted(bias).Reshape(s...)
	z := y.Add(wide)
	wide.Free()
	y.Free()
	return z
}

// batched calls f on x [n, c, ...] with the given number of spatial axes, and
// on x [c, ...] as a batch of one.
func batched(name string, x *tensor.Tensor, axes int, f func(x *tensor.Tensor) *tensor.Tensor) *tensor.Tensor {
	switch x.Rank() {
	case axes + 2:
		return f(x)
	case axes + 1:
		return f(x.Unsqueeze(0)).Squeeze(0)
	}
	panic(misused(name, []*tensor.Tensor{x}, "want [n, c, ...] or [c, ...] with %d spatial axes", axes))
}
