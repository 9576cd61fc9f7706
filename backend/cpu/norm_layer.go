package cpu

import (
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// layerNorm normalises rows of the last axes.
func layerNorm[T float32 | float64](c *backend.Call, v *vectors[T]) {
	a, _ := c.Attrs.(op.NormAttrs)
	s := c.In[0].Shape
	n := shape.Numel(s[len(s)-max(a.Axes, 1):])
	x, block := contiguous[T](&c.In[0])
	defer block.Put()
	weight, put := optional[T](c, 1)
	defer put()
	bias, put := optional[T](c, 2)
	defer put()
	y, mean, variance := dense[T](&c.Out[0]), dense[T](&c.Out[1]), dense[T](&c.Out[2])
	par.For(len(mean), grain(n), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row, to := x[i*n:][:n], y[i*n:][:n]
			m := v.total(row) / float64(n)
			mean[i] = T(m)
			q := v.squares(row, T(m)) / float64(n)
			variance[i] = T(q)
			if n == 0 {
				continue
			}
			r := 1 / math.Sqrt(q+a.Eps)
			if bias != nil {
				v.normalise(to, row, weight, bias, T(m), T(r))
				continue
			}
			v.centre(to, row, T(m), T(r))
			if weight != nil {
				v.mul(to, to, weight)
			}
		}
	})
}

// rmsNorm divides rows of the last axes by the root of their mean square.
func rmsNorm[T float32 | float64](c *backend.Call, v *vectors[T]) {
	a, _ := c.Attrs.(op.NormAttrs)
	s := c.In[0].Shape
	n := shape.Numel(s[len(s)-max(a.Axes, 1):])
	x, block := contiguous[T](&c.In[0])
	defer block.Put()
	weight, put := optional[T](c, 1)
	defer put()
	y := dense[T](&c.Out[0])
	if len(y) == 0 {
		return
	}
	par.For(len(y)/n, grain(n), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row, to := x[i*n:][:n], y[i*n:][:n]
			v.scale(to, row, T(1/math.Sqrt(v.squares(row, 0)/float64(n)+a.Eps)))
			if weight != nil {
				v.mul(to, to, weight)
			}
		}
	})
}

// rowsPerSum is how many rows add up their gradients of weight and bias one
// after the other; the sums of so many are joined in float64.
const rowsPerSum = 32

// layerNormGrad passes the gradient g back through layerNorm.
func layerNormGrad[T float32 | float64](c *backend.Call, v *vectors[T]) {
	a, _ := c.Attrs.(op.NormGradAttrs)
	s := c.In[0].Shape
	n := shape.Numel(s[len(s)-max(a.Axes, 1):])
	g, x, mean, variance, weight, put := normGradOperands[T](c)
	defer put()
	dx, dweight, dbias := dense[T](&c.Out[0]), dense[T](&c.Out[1]), dense[T](&c.Out[2])
	parts := (len(mean) + rowsPerSum - 1) / rowsPerSum
	var sums []T // of weight and of bias, for each part
	if weight != nil {
		mem, block := scratch.Get[T](2 * parts * n)
		defer block.Put()
		sums = mem
	}
	par.For(parts, grain(rowsPerSum*n), func(lo, hi int) {
		mem, block := scratch.Get[T](n)
		defer block.Put()
		for p := lo; p < hi; p++ {
			var dw, db []T
			if weight != nil {
				dw, db = sums[2*p*n:][:n], sums[(2*p+1)*n:][:n]
				clear(dw)
				clear(db)
			}
			for i := p * rowsPerSum; i < min((p+1)*rowsPerSum, len(mean)); i++ {
				g, x, m := g[i*n:][:n], x[i*n:][:n], mean[i]
				r := 1 / math.Sqrt(float64(variance[i])+a.Eps)
				if weight != nil {
					v.centre(mem, x, m, T(r))
					v.mulAdd(dw, g, mem, dw)
					v.add(db, db, g)
					v.mul(mem, g, weight)
					g = mem
				}
				sum, dot := 0.0, v.products(g, x, m)
				if !a.Uncentred {
					sum = v.total(g)
				}
				v.normGrad(dx[i*n:][:n], g, x, T(sum/float64(n)), m, T(dot*r*r/float64(n)), T(r))
			}
		}
	})
	if weight == nil {
		return
	}
	par.For(n, grain(2*parts), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			w, b := 0.0, 0.0
			for p := range parts {
				w += float64(sums[2*p*n+i])
				b += float64(sums[(2*p+1)*n+i])
			}
			dweight[i], dbias[i] = T(w), T(b)
		}
	})
}
