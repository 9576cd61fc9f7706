package opinfo

import (
	"fmt"
	"math"
	"slices"

	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// poolTable has poolings, their inverses, and resizing.
func poolTable() map[string]function {
	m := map[string]function{
		"nn.functional.interpolate.nearest":   resize(op.ResizeNearest),
		"nn.functional.interpolate.linear":    resize(op.ResizeLinear),
		"nn.functional.interpolate.bilinear":  resize(op.ResizeLinear),
		"nn.functional.interpolate.trilinear": resize(op.ResizeLinear),
		"nn.functional.interpolate.bicubic":   resize(op.ResizeCubic),
		"nn.functional.interpolate.area":      area,
		"nn.functional.grid_sample": is(func(c *call) *T {
			s := tensor.Sampler{AlignCorners: c.bool(-1, "align_corners", false)}
			switch c.str(-1, "mode", "bilinear") {
			case "nearest":
				s.Nearest = true
			case "bicubic":
				missing("bicubic")
			}
			s.Padding = map[string]tensor.GridPadding{"zeros": tensor.GridZeros, "border": tensor.GridBorder, "reflection": tensor.GridReflect}[c.str(-1, "padding_mode", "zeros")]
			return c.x().GridSample(c.need(1, "grid"), s)
		}),
		"nn.functional.upsample_nearest":  upsample(op.ResizeNearest),
		"nn.functional.upsample_bilinear": upsample(op.ResizeLinear),
	}
	for n := 1; n <= 3; n++ {
		s := fmt.Sprint(n, "d")
		m["nn.functional.max_pool"+s] = maxPool(n)
		m["nn.functional.avg_pool"+s] = avgPool(n)
		m["nn.functional.max_unpool"+s] = maxUnpool(n)
		m["nn.functional.max_unpool"+s+".grad"] = maxUnpool(n)
		m["nn.functional.adaptive_avg_pool"+s] = func(c *call) []*T {
			return batched(c.x(), n, func(x *T) []*T { return one(x.AdaptiveAvgPool(wide(c.ints(1, "output_size"), n)...)) })
		}
		m["nn.functional.adaptive_max_pool"+s] = func(c *call) []*T {
			c.bool(2, "return_indices", false)
			return batched(c.x(), n, func(x *T) []*T { return two(x.AdaptiveMaxPool(wide(c.ints(1, "output_size"), n)...))[:c.outs] })
		}
	}
	return m
}

func maxPool(n int) function {
	return func(c *call) []*T {
		c.bool(6, "return_indices", false)
		a := op.PoolAttrs{Kernel: wide(c.ints(1, "kernel_size"), n), Stride: wide(c.ints(2, "stride"), n), Pad: wide(c.ints(3, "padding"), n), Dilation: wide(c.ints(4, "dilation"), n), Ceil: c.bool(5, "ceil_mode", false)}
		if len(a.Stride) == 0 {
			a.Stride = nil
		}
		return batched(c.x(), n, func(x *T) []*T { return two(x.MaxPool(a))[:c.outs] })
	}
}

func avgPool(n int) function {
	return func(c *call) []*T {
		a := op.PoolAttrs{Kernel: wide(c.ints(1, "kernel_size"), n), Stride: wide(c.ints(2, "stride"), n), Pad: wide(c.ints(3, "padding"), n), Ceil: c.bool(4, "ceil_mode", false), Divisor: c.int(6, "divisor_override", 0)}
		if len(a.Stride) == 0 {
			a.Stride = nil
		}
		a.ExcludePad = !c.bool(5, "count_include_pad", true)
		return batched(c.x(), n, func(x *T) []*T { return one(x.AvgPool(a)) })
	}
}

// maxUnpool works out the size of the result from the window if it is not given.
func maxUnpool(n int) function {
	return func(c *call) []*T {
		x := c.x()
		kernel, pad := wide(c.ints(2, "kernel_size"), n), wide(c.ints(4, "padding"), n)
		stride := wide(c.ints(3, "stride"), n)
		if stride == nil {
			stride = kernel
		}
		size := c.ints(5, "output_size")
		if size == nil {
			for i := range n {
				size = append(size, (x.Dim(x.Rank()-n+i)-1)*stride[i]-2*pad[i]+kernel[i])
			}
		}
		return one(x.MaxUnpool(c.need(1, "indices"), size[len(size)-n:]...))
	}
}

// spatial returns the sizes asked for, directly or by a factor.
func spatial(c *call, x *T, size []int, factor any) op.ResizeAttrs {
	a := op.ResizeAttrs{Size: wide(size, x.Rank()-2)}
	if len(size) > 0 {
		return a
	}
	for i := range x.Rank() - 2 {
		f := number(factor, 1)
		a.Size = append(a.Size, int(math.Floor(float64(x.Dim(i+2))*f)))
		a.Scales = append(a.Scales, f)
	}
	return a
}

func resize(mode op.ResizeMode) function {
	return func(c *call) []*T {
		factor, _ := c.arg(2, "scale_factor")
		a := spatial(c, c.x(), c.ints(1, "size"), factor)
		a.Mode, a.AlignCorners = mode, c.bool(4, "align_corners", false)
		c.str(3, "mode", "")
		return one(apply(op.Resize, a, c.x()))
	}
}

func upsample(mode op.ResizeMode) function {
	return func(c *call) []*T {
		factor, _ := c.arg(-1, "scale_factor")
		a := spatial(c, c.x(), c.ints(-1, "size"), factor)
		a.Mode, a.AlignCorners = mode, mode == op.ResizeLinear
		return one(apply(op.Resize, a, c.x()))
	}
}

// area is adaptive pooling by its other name.
func area(c *call) []*T {
	factor, _ := c.arg(2, "scale_factor")
	a := spatial(c, c.x(), c.ints(1, "size"), factor)
	c.str(3, "mode", "")
	c.bool(4, "align_corners", false)
	return one(c.x().AdaptiveAvgPool(slices.Clone(a.Size)...))
}
