package cpu

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
	"github.com/hekla-ml/hekla/backend/cpu/internal/vec"
	"github.com/hekla-ml/hekla/op"
)

// avgPooling is what the kernels of average pooling need of an element type.
type avgPooling[T float32 | float64] struct {
	add   func(dst, a, b []T)
	splat func(dst []T, x T)
	wide  func(dst []float64, a []T) []float64 // in float64, in dst if need be
}

var (
	avgPooling32 = avgPooling[float32]{vec.AddF32, vec.SplatF32, func(dst []float64, a []float32) []float64 {
		vec.F32ToF64(dst[:len(a)], a)
		return dst[:len(a)]
	}}
	avgPooling64 = avgPooling[float64]{vec.AddF64, vec.SplatF64, func(_, a []float64) []float64 { return a }}
)

func avgPool(axes [3][]span, a op.PoolAttrs) kernel {
	return floatKernel(
		func(c *backend.Call, _ *vectors[float32]) { avgPooling32.forward(c, &axes, a) },
		func(c *backend.Call, _ *vectors[float64]) { avgPooling64.forward(c, &axes, a) })
}

func avgPoolTranspose(axes [3][]span, a op.PoolAttrs) kernel {
	return floatKernel(
		func(c *backend.Call, _ *vectors[float32]) { avgPooling32.transpose(c, &axes, a) },
		func(c *backend.Call, _ *vectors[float64]) { avgPooling64.transpose(c, &axes, a) })
}

// divisor returns what the sum of a window is divided by.
func divisor(a op.PoolAttrs, z, y, x *span) float64 {
	switch {
	case a.Divisor != 0:
		return float64(a.Divisor)
	case a.ExcludePad:
		return float64(z.n * y.n * x.n)
	}
	return float64(z.padded * y.padded * x.padded)
}

// forward adds up in float64, as thousands of equal elements would round one way:
// first rows above each other, then along the row that leaves.
func (k *avgPooling[T]) forward(c *backend.Call, axes *[3][]span, a op.PoolAttrs) {
	x, block := contiguous[T](&c.In[0])
	defer block.Put()
	y := dense[T](&c.Out[0])
	count, from := planes(&c.In[0])
	_, to := planes(&c.Out[0])
	rows, cols := inner2(&c.In[0])
	par.For(count, grain(from/2+to*2), func(lo, hi int) {
		mem, block := scratch.Get[float64](from + cols)
		defer block.Put()
		for p := lo; p < hi; p++ {
			plane, y := k.wide(mem[cols:], x[p*from:][:from]), y[p*to:][:to]
			for i := range axes[0] {
				for j := range axes[1] {
					zs, ys := &axes[0][i], &axes[1][j]
					if len(axes[2]) == 1 && ys.n == rows && axes[2][0].n == cols { // one run
						xs := &axes[2][0]
						y[0], y = T(sumOf(plane[zs.first*rows*cols:][:zs.n*rows*cols])/divisor(a, zs, ys, xs)), y[1:]
						continue
					}
					row := sumOfRows(mem[:cols], plane, rows, zs, ys)
					for o := range axes[2] {
						xs := &axes[2][o]
						y[o] = T(sumOf(row[xs.first:][:xs.n]) / divisor(a, zs, ys, xs))
					}
					y = y[len(axes[2]):]
				}
			}
		}
	})
}

// sumOfRows returns the sum of the rows of a plane that a window covers, in row if
// they are several.
func sumOfRows(row, plane []float64, rows int, zs, ys *span) []float64 {
	var sum []float64
	for i := range zs.n {
		for j := range ys.n {
			next := plane[((zs.first+i)*rows+ys.first+j)*len(row):][:len(row)]
			if sum == nil {
				sum = next
				continue
			}
			vec.AddF64(row, sum, next)
			sum = row
		}
	}
	if sum == nil {
		clear(row)
		return row
	}
	return sum
}

func sumOf(a []float64) float64 {
	if len(a) >= 16 {
		return vec.ReduceSumF64(a)
	}
	sum := 0.0
	for _, v := range a {
		sum += v
	}
	return sum
}

// transpose spreads the windows of one row of results along a row of their
// gradient, which is then added to each row of the plane that they cover.
func (k *avgPooling[T]) transpose(c *backend.Call, axes *[3][]span, a op.PoolAttrs) {
	g, block := contiguous[T](&c.In[0])
	defer block.Put()
	x := dense[T](&c.Out[0])
	count, from := planes(&c.In[0])
	_, to := planes(&c.Out[0])
	rows, cols := inner2(&c.Out[0])
	par.For(count, grain(from*2+to/2), func(lo, hi int) {
		row, block := scratch.Get[T](cols)
		defer block.Put()
		for p := lo; p < hi; p++ {
			plane, g := x[p*to:][:to], g[p*from:][:from]
			if from == 1 && axes[0][0].n*axes[1][0].n*axes[2][0].n == to {
				k.splat(plane, g[0]/T(divisor(a, &axes[0][0], &axes[1][0], &axes[2][0])))
				continue
			}
			clear(plane)
			for i := range axes[0] {
				for j := range axes[1] {
					zs, ys := &axes[0][i], &axes[1][j]
					clear(row)
					for o := range axes[2] {
						xs := &axes[2][o]
						v := g[o] / T(divisor(a, zs, ys, xs))
						for t := range xs.n {
							row[xs.first+t] += v
						}
					}
					g = g[len(axes[2]):]
					for z := range zs.n {
						for y := range ys.n {
							to := plane[((zs.first+z)*rows+ys.first+y)*cols:][:cols]
							k.add(to, to, row)
						}
					}
				}
			}
		}
	})
}
