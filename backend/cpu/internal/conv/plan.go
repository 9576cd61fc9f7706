package conv

import (
	"slices"
	"unsafe"
)

// A plan computes one band of an operand from planes of the other one.
type plan struct {
	grid
	passes []pass
}

// A pass computes the elements first + i*step, i < count, of each axis.
type pass struct {
	first, step, count [3]int
	taps               []tap
}

// A tap multiplies number w of the kernel with what lies at distance at.
type tap struct{ w, at int }

// sameTaps reports whether pass k of p and of q meets the same taps at the same
// distances.
func (p *plan) sameTaps(k int, q *plan) bool {
	return p.plane() == q.plane() && k < len(q.passes) && slices.Equal(p.passes[k].taps, q.passes[k].taps)
}

// eachTap calls f with every tap of the kernel, in order.
func (g *Geometry) eachTap(f func(i int, q [3]int)) {
	i := 0
	for a := range g.K[0] {
		for b := range g.K[1] {
			for c := range g.K[2] {
				f(i, [3]int{a, b, c})
				i++
			}
		}
	}
}

// forward returns the plan for output positions lo <= p < hi of axis a.
func (g *Geometry) forward(a, lo, hi int) *plan {
	p := &plan{grid: grid{from: g.X, stride: g.Stride, pad: g.Pad}}
	c := pass{step: [3]int{1, 1, 1}, count: g.Y}
	c.first[a], c.count[a] = lo, hi-lo
	p.pad[a] -= lo * g.Stride[a]
	for i := range p.size {
		p.size[i] = c.count[i] + (g.K[i]-1)*g.Dilation[i]/g.Stride[i]
	}
	g.eachTap(func(i int, q [3]int) {
		for a := range q {
			q[a] *= g.Dilation[a]
		}
		c.taps = append(c.taps, tap{i, p.at(q)})
	})
	p.passes = []pass{c}
	return p
}

// backward returns the plan for elements u = U*stride + r - pad of the input,
// for every phase r and lo <= U < hi on axis a. Such an element meets the taps
// q with q*dilation = r modulo stride, at U - (q*dilation - r)/stride.
func (g *Geometry) backward(a, lo, hi int) *plan {
	p := &plan{grid: grid{from: g.Y, stride: [3]int{1, 1, 1}}}
	var low, high [3]int // range of U that any phase needs
	for i := range low {
		low[i], high[i] = g.cells(i)
	}
	low[a], high[a] = lo, hi
	for i := range low {
		p.pad[i] = (g.K[i]-1)*g.Dilation[i]/g.Stride[i] - low[i]
		p.size[i] = high[i] + p.pad[i]
	}
	for i := range volume(g.Stride) {
		r := [3]int{i / g.Stride[2] / g.Stride[1], i / g.Stride[2] % g.Stride[1], i % g.Stride[2]}
		c := pass{step: g.Stride}
		var start [3]int
		for k := range r {
			// From the first U at or above low with an element inside, to the last.
			start[k] = max(low[k], ceil(g.Pad[k]-r[k], g.Stride[k]))
			c.first[k] = start[k]*g.Stride[k] + r[k] - g.Pad[k]
			c.count[k] = max(0, min(high[k], ceil(g.X[k]+g.Pad[k]-r[k], g.Stride[k]))-start[k])
		}
		if volume(c.count) == 0 {
			continue
		}
		g.eachTap(func(i int, q [3]int) {
			var u [3]int
			for k := range q {
				far := q[k]*g.Dilation[k] - r[k]
				if far%g.Stride[k] != 0 {
					return
				}
				u[k] = start[k] - far/g.Stride[k] + p.pad[k]
			}
			c.taps = append(c.taps, tap{i, p.at(u)})
		})
		p.passes = append(p.passes, c)
	}
	return p
}

// cells returns the range of U on axis a: see backward.
func (g *Geometry) cells(a int) (lo, hi int) {
	return g.Pad[a] / g.Stride[a], (g.X[a]-1+g.Pad[a])/g.Stride[a] + 1
}

func ceil(n, d int) int {
	if n <= 0 {
		return -(-n / d)
	}
	return (n + d - 1) / d
}

// bandBytes bounds the copies one thread works from: most of a second-level
// cache.
const bandBytes = 512 << 10

// bands cuts the range lo <= p < hi of an axis so that a grid, of perCell bytes
// for each step along the axis and halo more steps, stays below bandBytes,
// and into at least least parts if a part keeps more cells than the halo.
func bands(lo, hi, halo, perCell, least int) [][2]int {
	n := hi - lo
	size := max(1, halo+1, bandBytes/max(perCell, 1)-halo)
	if least > 1 {
		size = min(size, max(halo+1, (n+least-1)/least))
	}
	parts := (n + size - 1) / size
	l := make([][2]int, 0, parts)
	for i := range parts {
		l = append(l, [2]int{lo + n*i/parts, lo + n*(i+1)/parts})
	}
	return l
}

// longAxis returns the first axis of s that has several elements, or the last.
func longAxis(s [3]int) int {
	for a, n := range s {
		if n > 1 {
			return a
		}
	}
	return 2
}

func sizeOf[T any]() int { var x T; return int(unsafe.Sizeof(x)) }
