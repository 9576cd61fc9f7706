package conv

import (
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
)

// stretch is how many positions dots sums before it turns to other rows: what
// they read stays in the first-level cache.
const stretch = 1024

// parts is into how many sums the images of a batch are gathered before those
// are added up. It is fixed, for the result to be.
const parts = 8

// Weight computes w, the gradient of the weight, from x and y, that of the
// output: dot products of rows of y, laid out on the grid of x with zeros in
// between, with runs of x. An Inf or NaN of x next to an edge may therefore
// show in more elements of w than those it has a part in.
func Weight[T float](g *Geometry, x, y, w []T) {
	a := longAxis(g.Y)
	halo := (g.K[a] - 1) * g.Dilation[a] / g.Stride[a]
	var plans []*plan
	for _, b := range bands(0, g.Y[a], halo, (g.CI+g.CO)*g.forward(a, 0, 1).plane()/(1+halo)*sizeOf[T](), minBands(g)) {
		plans = append(plans, g.forward(a, b[0], b[1]))
	}
	offs := make([][]int, len(plans))
	for i, p := range plans {
		offs[i] = distances[T](p.passes[0].taps, g.CI, p.plane())
	}
	ks := kernelsOf[T]()
	items := g.N * len(plans)
	size := g.Groups * g.CO * g.CI * volume(g.K)
	count := max(1, min(parts, items, 1<<24/size))
	sums, block := scratch.Get[T](count * size)
	defer block.Put()
	par.For(count*g.Groups, 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			part, group := i/g.Groups, i%g.Groups
			sum := sums[part*size+group*size/g.Groups:][:size/g.Groups]
			clear(sum)
			for item := items * part / count; item < items*(part+1)/count; item++ {
				k := item % len(plans)
				addWeight(g, ks, plans[k], offs[k], x, y, sum, item/len(plans), group)
			}
		}
	})
	par.For(size, 1<<12, func(lo, hi int) {
		copy(w[lo:hi], sums[lo:hi])
		for p := 1; p < count; p++ {
			more := sums[p*size+lo:][:hi-lo]
			for i, v := range more {
				w[lo+i] += v
			}
		}
	})
}

// addWeight adds to sum, the part of one group, what one band of image n gives.
func addWeight[T float](g *Geometry, ks *kernels[T], p *plan, off []int, x, y, sum []T, n, group int) {
	c := &p.passes[0]
	plane, run := p.plane(), p.run(c.count)
	ld := (run + ks.lanes - 1) / ks.lanes * ks.lanes
	grid, block := scratch.Get[T](g.CI*plane + ks.lanes)
	defer block.Put()
	for i := range g.CI {
		fill(&p.grid, grid[i*plane:], x[((n*g.Groups+group)*g.CI+i)*volume(g.X):][:volume(g.X)])
	}
	clear(grid[g.CI*plane:]) // it meets zeros of y, and must not be NaN
	blocks := (g.CO + ks.yr - 1) / ks.yr
	rows, block := scratch.Get[T](blocks * ks.yr * ld)
	defer block.Put()
	clear(rows)
	for i := range g.CO {
		from := y[((n*g.Groups+group)*g.CO+i)*volume(g.Y):]
		for a := range c.count[0] {
			for b := range c.count[1] {
				at := ((c.first[0]+a)*g.Y[1]+c.first[1]+b)*g.Y[2] + c.first[2]
				copy(rows[i*ld+(a*p.size[1]+b)*p.size[2]:], from[at:][:c.count[2]])
			}
		}
	}
	k := len(off)
	var out [maxSums]T
	var places [maxRuns]int
	for at := 0; at < ld; at += stretch {
		size := min(stretch, ld-at)
		for first := 0; first < k; first += ks.xr {
			runs := copy(places[:ks.xr], off[first:])
			for i := runs; i < ks.xr; i++ {
				places[i] = places[0]
			}
			for b := range blocks {
				ks.dots(size, rows[b*ks.yr*ld+at:], ld, grid[at:], places[:ks.xr], out[:ks.yr*ks.xr])
				for r := range min(ks.yr, g.CO-b*ks.yr) {
					to := sum[(b*ks.yr+r)*k+first:][:runs]
					for i, v := range out[r*ks.xr:][:runs] {
						to[i] += v
					}
				}
			}
		}
	}
}
