package conv

import (
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
)

// stretch is how many positions dots sums before it turns to other rows: what
// they read stays in the first-level cache.
const stretch = 1024

// minBands returns in how many bands a lone image is cut, to occupy threads.
func minBands(g *Geometry) int {
	items := g.N * g.Groups
	if items >= 16 || g.macs() < 1<<20 {
		return 1
	}
	return (16 + items - 1) / items
}

// distances lists where the factors of a position lie, in bytes.
func distances[T float](taps []tap, from, plane int) []int {
	off := make([]int, 0, from*len(taps))
	for c := range from {
		for _, t := range taps {
			off = append(off, (c*plane+t.at)*sizeOf[T]())
		}
	}
	return off
}

// parts is into how many sums the images of a batch are gathered before those
// are added up. It is fixed, for the result to be.
const parts = 8

// Weight computes w, the gradient of the weight, from x and y, that of the
// output: dot products of rows of y, laid out on the grid of x with zeros in
// between, with runs of x. An Inf or NaN of x next to an edge may therefore
// show in more elements of w than those it has a part in. Of small planes it
// does not, but there, as in PyTorch, an Inf of y makes NaN with the padding.
func Weight[T float](g *Geometry, x, y, w []T) {
	if columnedWeight(g) {
		columnWeight(g, x, y, w)
		return
	}
	a := longAxis(g.Y)
	halo := (g.K[a] - 1) * g.Dilation[a] / g.Stride[a]
	var plans []*plan
	for _, b := range bands(0, g.Y[a], halo, (g.CI+g.CO)*g.forward(a, 0, 1).plane()/(1+halo)*sizeOf[T](), minBands(g)) {
		plans = append(plans, g.forward(a, b[0], b[1]))
	}
	ks := kernelsOf[T]()
	// Runs too short for dots to be worth their end go together with those of
	// other images.
	batch := 1
	if p := plans[0]; len(plans) == 1 && p.run(p.passes[0].count) < stretch/2 {
		batch = min(g.N, stretch/p.plane()+1)
	}
	items := (g.N + batch - 1) / batch * len(plans)
	size := g.Groups * g.CO * g.CI * volume(g.K)
	count := max(1, min(parts, items, 1<<21/size))
	// Channels of y are cut where that leaves too little to share out, each part
	// with a copy of x of its own.
	cuts := 1
	if count*g.Groups < parts {
		cuts = max(1, min(parts/count/g.Groups, g.CO/32))
	}
	offs := make([][]int, len(plans))
	for i, p := range plans {
		offs[i] = distances[T](p.passes[0].taps, g.CI, batch*p.plane())
	}
	sums, block := scratch.Get[T](count * size)
	defer block.Put()
	par.For(count*g.Groups*cuts, 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			part, group, cut := i/cuts/g.Groups, i/cuts%g.Groups, i%cuts
			first, last := g.CO*cut/cuts, g.CO*(cut+1)/cuts
			row := g.CI * volume(g.K)
			sum := sums[part*size+(group*g.CO+first)*row:][:(last-first)*row]
			clear(sum)
			for item := items * part / count; item < items*(part+1)/count; item++ {
				k, n := item%len(plans), item/len(plans)*batch
				s := slab[T]{g, ks, plans[k], offs[k], n, min(n+batch, g.N), batch, group, first, last}
				s.add(x, y, sum)
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

// A slab is one band of images first to last, and channels from to to of y.
type slab[T float] struct {
	*Geometry
	ks                 *kernels[T]
	p                  *plan
	off                []int
	first, last, batch int
	group, from, to    int
}

// add adds to sum what the slab gives.
func (s *slab[T]) add(x, y, sum []T) {
	g, ks, p := s.Geometry, s.ks, s.p
	c := &p.passes[0]
	plane := p.plane()
	run := (s.last-s.first-1)*plane + p.run(c.count)
	ld := (run + ks.lanes - 1) / ks.lanes * ks.lanes
	// Of each channel the images lie one after the other.
	grid, block := scratch.Get[T](g.CI*s.batch*plane + ks.lanes)
	defer block.Put()
	for i := range g.CI {
		for n := s.first; n < s.last; n++ {
			fill(&p.grid, grid[(i*s.batch+n-s.first)*plane:], x[((n*g.Groups+s.group)*g.CI+i)*volume(g.X):][:volume(g.X)])
		}
		// What zeros of y may meet must not be NaN.
		clear(grid[(i*s.batch+s.last-s.first)*plane : (i+1)*s.batch*plane])
	}
	clear(grid[g.CI*s.batch*plane:])
	channels := s.to - s.from
	blocks := (channels + ks.yr - 1) / ks.yr
	rows, block := scratch.Get[T](blocks * ks.yr * ld)
	defer block.Put()
	clear(rows)
	for i := range channels {
		for n := s.first; n < s.last; n++ {
			from := y[((n*g.Groups+s.group)*g.CO+s.from+i)*volume(g.Y):]
			to := rows[i*ld+(n-s.first)*plane:]
			for a := range c.count[0] {
				for b := range c.count[1] {
					at := ((c.first[0]+a)*g.Y[1]+c.first[1]+b)*g.Y[2] + c.first[2]
					copy(to[(a*p.size[1]+b)*p.size[2]:], from[at:][:c.count[2]])
				}
			}
		}
	}
	k := len(s.off)
	var out [maxSums]T
	var places [maxRuns]int
	for at := 0; at < ld; at += stretch {
		size := min(stretch, ld-at)
		for first := 0; first < k; first += ks.xr {
			runs := copy(places[:ks.xr], s.off[first:])
			for i := runs; i < ks.xr; i++ {
				places[i] = places[0]
			}
			for b := range blocks {
				ks.dots(size, rows[b*ks.yr*ld+at:], ld, grid[at:], places[:ks.xr], out[:ks.yr*ks.xr])
				for r := range min(ks.yr, channels-b*ks.yr) {
					to := sum[(b*ks.yr+r)*k+first:][:runs]
					for i, v := range out[r*ks.xr:][:runs] {
						to[i] += v
					}
				}
			}
		}
	}
}
