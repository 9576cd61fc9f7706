package cpu

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/conv"
	"github.com/hekla-ml/hekla/backend/cpu/internal/gemm"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

func init() {
	kernels[op.Conv] = func(c *backend.Call) error {
		return convolve(c, c.In[0].Shape, c.In[1].Shape, c.Out[0].Shape, forward[float32], forward[float64])
	}
	kernels[op.ConvTranspose] = func(c *backend.Call) error {
		return convolve(c, c.Out[0].Shape, c.In[1].Shape, c.In[0].Shape, backward[float32], backward[float64])
	}
	kernels[op.ConvWeight] = func(c *backend.Call) error {
		return convolve(c, c.In[0].Shape, c.Out[0].Shape, c.In[1].Shape, weight[float32], weight[float64])
	}
}

// geometry describes a convolution of x with w to y.
func geometry(attrs any, x, w, y []int) *conv.Geometry {
	a, _ := attrs.(op.ConvAttrs)
	g := &conv.Geometry{N: x[0], Groups: max(a.Groups, 1), X: spatial(x), K: spatial(w), Y: spatial(y),
		Stride: perAxis(a.Stride, len(x)-2, 1), Pad: perAxis(a.Pad, len(x)-2, 0), Dilation: perAxis(a.Dilation, len(x)-2, 1)}
	g.CI, g.CO = x[1]/g.Groups, y[1]/g.Groups
	return g
}

// spatial returns the spatial sizes of [n, c, ...] as those of three axes.
func spatial(s []int) [3]int { return perAxis(s[2:], len(s)-2, 1) }

// perAxis returns v, with a number for each of n axes or one for all, for three
// axes; absent is what the missing leading ones get.
func perAxis(v []int, n, absent int) [3]int {
	r := [3]int{absent, absent, absent}
	for i := range n {
		switch len(v) {
		case 0:
		case 1:
			r[3-n+i] = v[0]
		default:
			r[3-n+i] = v[i]
		}
	}
	return r
}

// A convFunc computes out from both operands, all in row-major order.
type convFunc[T any] func(g *conv.Geometry, a, b, out []T)

func convolve(c *backend.Call, x, w, y []int, f32 convFunc[float32], f64 convFunc[float64]) error {
	g := geometry(c.Attrs, x, w, y)
	switch c.Out[0].DType {
	case dtype.Float32:
		convolveAs(c, g, f32)
	case dtype.Float64:
		convolveAs(c, g, f64)
	case dtype.Float16:
		convolveHalf(c, g, f32, fromF16, toF16)
	case dtype.BFloat16:
		convolveHalf(c, g, f32, fromBF16, toBF16)
	default:
		return errOther
	}
	return nil
}

func convolveAs[T any](c *backend.Call, g *conv.Geometry, f convFunc[T]) {
	out := dense[T](&c.Out[0])
	if g.Empty() {
		clear(out)
		return
	}
	a, block := contiguous[T](&c.In[0])
	defer block.Put()
	b, block := contiguous[T](&c.In[1])
	defer block.Put()
	f(g, a, b, out)
}

// convolveHalf computes in float32 and rounds once.
func convolveHalf(c *backend.Call, g *conv.Geometry, f convFunc[float32], from func([]float32, []uint16), to func([]uint16, []float32)) {
	out := dense[uint16](&c.Out[0])
	if g.Empty() {
		clear(out)
		return
	}
	a, block := widen(&c.In[0], from)
	defer block.Put()
	b, block := widen(&c.In[1], from)
	defer block.Put()
	sum, block := scratch.Get[float32](len(out))
	defer block.Put()
	f(g, a, b, sum)
	to(out, sum)
}

// A convolution whose kernel is one element and meets every element of x is a
// matrix product on the channels.
func pointlike(g *conv.Geometry) bool {
	one := [3]int{1, 1, 1}
	return g.K == one && g.Stride == one && g.Pad == [3]int{} && g.Groups == 1 && g.X == g.Y
}

// So is, on the images, one whose kernel covers all of x at once.
func covering(g *conv.Geometry) bool {
	one := [3]int{1, 1, 1}
	return g.Y == one && g.K == g.X && g.Dilation == one && g.Pad == [3]int{} && g.Groups == 1
}

func volume(s [3]int) int { return s[0] * s[1] * s[2] }

func forward[T float32 | float64](g *conv.Geometry, x, w, y []T) {
	p, k := volume(g.X), g.CI*volume(g.K)
	switch {
	case pointlike(g):
		batch(g.N, g.CO, p, g.CI, w, 0, g.CI, 1, x, g.CI*p, p, 1, y, g.CO*p, p, false)
	case covering(g):
		batch(1, g.N, g.CO, k, x, 0, k, 1, w, 0, 1, k, y, 0, g.CO, false)
	default:
		conv.Forward(g, x, w, y)
	}
}

func backward[T float32 | float64](g *conv.Geometry, y, w, x []T) {
	p, k := volume(g.X), g.CI*volume(g.K)
	switch {
	case pointlike(g):
		batch(g.N, g.CI, p, g.CO, w, 0, 1, g.CI, y, g.CO*p, p, 1, x, g.CI*p, p, false)
	case covering(g):
		batch(1, g.N, k, g.CO, y, 0, g.CO, 1, w, 0, k, 1, x, 0, k, false)
	case tiny(g):
		columnBackward(g, y, w, x)
	default:
		conv.Input(g, y, w, x)
	}
}

func weight[T float32 | float64](g *conv.Geometry, x, y, w []T) {
	p, k := volume(g.X), g.CI*volume(g.K)
	switch {
	case pointlike(g):
		for n := range g.N {
			batch(1, g.CO, g.CI, p, y[n*g.CO*p:], 0, p, 1, x[n*g.CI*p:], 0, 1, p, w, 0, g.CI, n > 0)
		}
	case covering(g):
		batch(1, g.CO, k, g.N, y, 0, 1, g.CO, x, 0, k, 1, w, 0, k, false)
	default:
		conv.Weight(g, x, y, w)
	}
}

// batch is gemm.BatchF32 or gemm.BatchF64.
func batch[T float32 | float64](n, m, cols, k int, a []T, abatch, ars, acs int, b []T, bbatch, brs, bcs int, c []T, cbatch, ldc int, acc bool) {
	switch a := any(a).(type) {
	case []float32:
		gemm.BatchF32(n, m, cols, k, a, abatch, ars, acs, any(b).([]float32), bbatch, brs, bcs, any(c).([]float32), cbatch, ldc, acc)
	case []float64:
		gemm.BatchF64(n, m, cols, k, a, abatch, ars, acs, any(b).([]float64), bbatch, brs, bcs, any(c).([]float64), cbatch, ldc, acc)
	}
}
