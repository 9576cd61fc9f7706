package cpu

import (
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// channels is how the channels of x [n, c, ...] lie in memory: count of them, in
// each of batch images a row of n elements.
type channels[T float32 | float64] struct{ batch, count, n int }

func channelsOf[T float32 | float64](v *backend.View) *channels[T] {
	return &channels[T]{v.Shape[0], v.Shape[1], shape.Numel(v.Shape[2:])}
}

// size is the number of elements of a channel.
func (l *channels[T]) size() int { return l.batch * l.n }

// gathers reports whether rows are so short that a copy of a channel to one row
// costs less than calls for each.
func (l *channels[T]) gathers() bool { return l.n < 512 && l.batch > 1 }

// rows appends the rows of a channel of x to list: as they lie or, gathered, one
// in mem.
func (l *channels[T]) rows(list [][]T, x []T, ch int, mem []T) [][]T {
	if l.gathers() {
		for b := range l.batch {
			copy(mem[b*l.n:][:l.n], x[(b*l.count+ch)*l.n:])
		}
		return append(list, mem[:l.size()])
	}
	for b := range l.batch {
		list = append(list, x[(b*l.count+ch)*l.n:][:l.n])
	}
	return list
}

// each calls f with the rows of each channel of the operands in and of out,
// which f sets, on several threads.
func (l *channels[T]) each(out []T, in [][]T, f func(ch int, out [][]T, in [][][]T)) {
	par.For(l.count, grain(l.size()), func(lo, hi int) {
		mem, block := scratch.Get[T]((len(in) + 1) * l.size())
		defer block.Put()
		lists := make([][][]T, len(in)+1)
		for ch := lo; ch < hi; ch++ {
			for i, x := range in {
				lists[i+1] = l.rows(lists[i+1][:0], x, ch, mem[(i+1)*l.size():])
			}
			if !l.gathers() {
				lists[0] = l.rows(lists[0][:0], out, ch, nil)
				f(ch, lists[0], lists[1:])
				continue
			}
			lists[0] = append(lists[0][:0], mem[:l.size()])
			f(ch, lists[0], lists[1:])
			for b := range l.batch {
				copy(out[(b*l.count+ch)*l.n:][:l.n], mem[b*l.n:])
			}
		}
	})
}

// batchNorm normalises the channels of [n, c, ...], one after the other.
func batchNorm[T float32 | float64](c *backend.Call, v *vectors[T]) {
	a, _ := c.Attrs.(op.NormAttrs)
	l := channelsOf[T](&c.In[0])
	x, block := contiguous[T](&c.In[0])
	defer block.Put()
	weight, put := optional[T](c, 1)
	defer put()
	bias, put := optional[T](c, 2)
	defer put()
	y, mean, variance := dense[T](&c.Out[0]), dense[T](&c.Out[1]), dense[T](&c.Out[2])
	count := float64(l.size())
	l.each(y, [][]T{x}, func(ch int, y [][]T, in [][][]T) {
		m, q := 0.0, 0.0
		for _, row := range in[0] {
			m += v.total(row)
		}
		m /= count
		for _, row := range in[0] {
			q += v.squares(row, T(m))
		}
		q /= count
		mean[ch], variance[ch] = T(m), T(q)
		v.shifted(y, in[0], m, a.Eps+q, ch, weight, bias)
	})
}

// batchNormEval is batchNorm with a given mean and variance.
func batchNormEval[T float32 | float64](c *backend.Call, v *vectors[T]) {
	a, _ := c.Attrs.(op.NormAttrs)
	l := channelsOf[T](&c.In[0])
	x, block := contiguous[T](&c.In[0])
	defer block.Put()
	mean, block := contiguous[T](&c.In[1])
	defer block.Put()
	variance, block := contiguous[T](&c.In[2])
	defer block.Put()
	weight, put := optional[T](c, 3)
	defer put()
	bias, put := optional[T](c, 4)
	defer put()
	y := dense[T](&c.Out[0])
	// Each row is read once: there is nothing to gain from gathering.
	par.For(l.batch*l.count, grain(l.n), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			ch := i % l.count
			v.shifted([][]T{y[i*l.n:][:l.n]}, [][]T{x[i*l.n:][:l.n]}, float64(mean[ch]), float64(variance[ch])+a.Eps, ch, weight, bias)
		}
	})
}

// shifted sets the rows y to those of x, normalised, scaled and shifted as
// channel ch is: (x - m) / sqrt(q) * weight + bias, if there are those.
func (v *vectors[T]) shifted(y, x [][]T, m, q float64, ch int, weight, bias []T) {
	scale, shift := 1/math.Sqrt(q), 0.0
	if weight != nil {
		scale *= float64(weight[ch])
	}
	if bias != nil {
		shift = float64(bias[ch])
	}
	for b, row := range x {
		// The mean goes first: x may be large beside its spread.
		v.centreScale(y[b], row, T(m), T(scale), T(shift))
	}
}

// batchNormGrad passes the gradient g back through batchNorm.
func batchNormGrad[T float32 | float64](c *backend.Call, v *vectors[T]) {
	a, _ := c.Attrs.(op.NormGradAttrs)
	l := channelsOf[T](&c.In[0])
	g, x, mean, variance, weight, put := normGradOperands[T](c)
	defer put()
	dx, dweight, dbias := dense[T](&c.Out[0]), dense[T](&c.Out[1]), dense[T](&c.Out[2])
	count := float64(l.size())
	l.each(dx, [][]T{g, x}, func(ch int, dx [][]T, in [][][]T) {
		m := mean[ch]
		sum, dot := 0.0, 0.0 // of g, and of g*(x - m)
		for b, row := range in[0] {
			sum += v.total(row)
			dot += v.products(row, in[1][b], m)
		}
		r := 1 / math.Sqrt(float64(variance[ch])+a.Eps)
		scale := r
		if weight != nil {
			scale *= float64(weight[ch])
			dweight[ch], dbias[ch] = T(dot*r), T(sum)
		}
		for b, row := range in[0] {
			v.normGrad(dx[b], row, in[1][b], T(sum/count), m, T(dot*r*r/count), T(scale))
		}
	})
}
