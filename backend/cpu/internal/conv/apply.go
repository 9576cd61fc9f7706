package conv

import (
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
)

// Forward computes y from x and w.
func Forward[T float](g *Geometry, x, w, y []T) {
	taps := volume(g.K)
	a := longAxis(g.Y)
	j := job[T]{ks: kernelsOf[T](), n: g.N, groups: g.Groups, from: g.CI, to: g.CO, fromSize: volume(g.X), shape: g.Y,
		src: x, dst: y, w: w, taps: taps, wrow: g.CI * taps, wcol: taps}
	if inPlace(g, j.ks) {
		depthwise(g, j.ks, x, w, y, false)
		return
	}
	if columned(g) {
		j.columns(g.forward(a, 0, g.Y[a]))
		return
	}
	halo := (g.K[a] - 1) * g.Dilation[a] / g.Stride[a]
	perCell := g.CI * g.forward(a, 0, 1).plane() / (1 + halo) * sizeOf[T]()
	least := j.share(g, perCell*(g.Y[a]+halo))
	for _, b := range bands(0, g.Y[a], halo, perCell, least) {
		j.plans = append(j.plans, g.forward(a, b[0], b[1]))
	}
	j.run()
}

// Input computes x, the gradient of the input, from y, that of the output.
func Input[T float](g *Geometry, y, w, x []T) {
	taps := volume(g.K)
	a := longAxis(g.X)
	j := job[T]{ks: kernelsOf[T](), n: g.N, groups: g.Groups, from: g.CO, to: g.CI, fromSize: volume(g.Y), shape: g.X,
		src: y, dst: x, w: w, taps: taps, wrow: taps, wcol: g.CI * taps}
	if inPlace(g, j.ks) {
		depthwise(g, j.ks, y, w, x, true)
		return
	}
	lo, hi := g.cells(a)
	halo := (g.K[a] - 1) * g.Dilation[a] / g.Stride[a]
	perCell := g.CO * g.backward(a, lo, lo+1).plane() / (1 + halo) * sizeOf[T]()
	least := j.share(g, perCell*(hi-lo+halo))
	for _, b := range bands(lo, hi, halo, perCell, least) {
		j.plans = append(j.plans, g.backward(a, b[0], b[1]))
	}
	j.run()
}

// A job computes dst [n, groups*to, shape...] from src [n, groups*from, ...].
type job[T float] struct {
	ks                  *kernels[T]
	n, groups, from, to int
	fromSize            int    // elements of a plane of src
	shape               [3]int // of a plane of dst
	src, dst, w         []T
	taps                int // of the kernel
	wrow, wcol          int // strides of w: from one channel of dst, and of src, to the next
	plans               []*plan
	parts               int // into which the channels of a group of dst are cut, at least 1
}

// share sees to it that there are two items for each thread, if that pays: of
// images too few it cuts either the channels of dst, where the weights outweigh
// an image of size bytes, or the image, into as many bands as it returns. As
// each element is summed up on its own the cuts may follow the number of threads.
func (j *job[T]) share(g *Geometry, size int) (bands int) {
	j.parts = 1
	items := g.N * g.Groups
	want := 2 * par.Workers()
	if items >= want || g.macs() < 1<<18 {
		return 1
	}
	if want = (want + items - 1) / items; j.from*j.to*j.taps*sizeOf[T]() <= size {
		return want
	}
	j.parts = min(want, (j.to+j.ks.mr-1)/j.ks.mr)
	return 1
}

// termsOf is how many terms of a sum a tile takes at once: their weights and
// runs stay in the first-level cache from tile to tile.
func termsOf[T float]() int { return 1152 / sizeOf[T]() }

// stepsOf lists the steps of a pass: for each channel of src, from one to the
// next plane bytes, all taps.
func (j *job[T]) stepsOf(taps []tap, plane int) []step {
	size := sizeOf[T]()
	l := make([]step, 0, j.from*len(taps))
	for c := range j.from {
		for _, t := range taps {
			l = append(l, step{(c*plane + t.at) * size, (c*j.wcol + t.w) * size})
		}
	}
	return l
}

func (j *job[T]) run() {
	steps := make([][][]step, len(j.plans))
	for i, p := range j.plans {
		for k, c := range p.passes {
			if i > 0 && p.sameTaps(k, j.plans[0]) {
				steps[i] = append(steps[i], steps[0][k])
				continue
			}
			steps[i] = append(steps[i], j.stepsOf(c.taps, p.plane()))
		}
	}
	items := j.n * j.groups * len(j.plans) * j.parts
	par.For(items, 1, func(lo, hi int) {
		var block *scratch.Block
		defer func() { block.Put() }()
		var src []T
		filled := -1 // which copy src holds
		for i := lo; i < hi; i++ {
			at := i / j.parts
			p := j.plans[at%len(j.plans)]
			ng := at / len(j.plans)
			if at != filled {
				block.Put()
				src, block = j.grid(p, ng)
				filled = at
			}
			part := i % j.parts
			for k := range p.passes {
				j.pass(p, k, src, steps[at%len(j.plans)][k], ng/j.groups, ng%j.groups, j.to*part/j.parts, j.to*(part+1)/j.parts)
			}
		}
	})
}

// grid copies what plan p reads of image and group ng.
func (j *job[T]) grid(p *plan, ng int) ([]T, *scratch.Block) {
	plane := p.plane()
	src, block := scratch.Get[T](j.from*plane + j.ks.wideNr)
	for c := range j.from {
		fill(&p.grid, src[c*plane:], j.src[(ng*j.from+c)*j.fromSize:][:j.fromSize])
	}
	clear(src[j.from*plane:])
	return src, block
}

// pass computes pass k of plan p for channels lo <= c < hi of a group of dst.
func (j *job[T]) pass(p *plan, k int, src []T, steps []step, n, group, lo, hi int) {
	c := &p.passes[k]
	run := p.run(c.count)
	ld := j.ks.room(run)
	out, block := scratch.Get[T](j.ks.mr * ld)
	defer block.Put()
	j.multiply(out, ld, run, src, steps, group, lo, hi, func(first, rows int) {
		for r := range rows {
			j.store(c, p.size, out[r*ld:], j.dst[((n*j.groups+group)*j.to+first+r)*volume(j.shape):])
		}
	})
}

// multiply computes run elements, of rows ld apart, for channels lo <= c < hi of
// a group of dst, some channels at a time, and calls done with which out holds.
func (j *job[T]) multiply(out []T, ld, run int, src []T, steps []step, group, lo, hi int, done func(first, rows int)) {
	ks, terms := j.ks, termsOf[T]()
	// A group's part of w is its channels of y, which lead, whichever of the two
	// sides is dst.
	w := j.w[group*j.to*j.from*j.taps:]
	blocks := (hi - lo + ks.mr - 1) / ks.mr // as even as can be
	for i := range blocks {
		first := lo + (hi-lo)*i/blocks
		rows := lo + (hi-lo)*(i+1)/blocks - first
		if len(steps) == 0 {
			clear(out)
		}
		w := w[first*j.wrow:]
		for from := 0; from < len(steps); from += terms {
			some := steps[from:min(from+terms, len(steps))]
			if rows == 1 {
				for at := 0; at < run; at += ks.wideNr {
					ks.wide(len(some), w, src[at:], some, out[at:], from > 0)
				}
				continue
			}
			for at := 0; at < run; at += ks.nr {
				ks.tile(rows, len(some), w, j.wrow, src[at:], some, out[at:], ld, from > 0)
			}
		}
		done(first, rows)
	}
}

// store moves the elements of a pass, in rows of a grid of the given size, to
// their plane.
func (j *job[T]) store(c *pass, size [3]int, out, dst []T) {
	for a := range c.count[0] {
		for b := range c.count[1] {
			row := out[(a*size[1]+b)*size[2]:][:c.count[2]]
			to := dst[((c.first[0]+a*c.step[0])*j.shape[1]+c.first[1]+b*c.step[1])*j.shape[2]+c.first[2]:]
			if s := c.step[2]; s != 1 {
				for i, v := range row {
					to[i*s] = v
				}
				continue
			}
			copy(to, row)
		}
	}
}
