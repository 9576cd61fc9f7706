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
	halo := (g.K[a] - 1) * g.Dilation[a] / g.Stride[a]
	for _, b := range bands(0, g.Y[a], halo, g.CI*g.forward(a, 0, 1).plane()/(1+halo)*sizeOf[T](), occupying(g)) {
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
	halo := (g.K[a] - 1) * g.Dilation[a] / g.Stride[a]
	lo, hi := g.cells(a)
	for _, b := range bands(lo, hi, halo, g.CO*g.backward(a, lo, lo+1).plane()/(1+halo)*sizeOf[T](), occupying(g)) {
		j.plans = append(j.plans, g.backward(a, b[0], b[1]))
	}
	j.run()
}

// occupying is minBands where each element is summed up on its own, so that the
// bands may follow the number of threads: two for each, as every band reads all
// weights.
func occupying(g *Geometry) int {
	items := g.N * g.Groups
	if want := 2 * par.Workers(); items < want && g.macs() >= 1<<20 {
		return (want + items - 1) / items
	}
	return 1
}

// minBands returns in how many bands a lone image is cut, to occupy threads.
func minBands(g *Geometry) int {
	items := g.N * g.Groups
	if items >= 16 || g.macs() < 1<<20 {
		return 1
	}
	return (16 + items - 1) / items
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
}

func (j *job[T]) run() {
	// Weights in the order that tile reads them: for each pass, group and block
	// of mr output channels, all taps of all input channels.
	type packed struct {
		w   []T
		off []int
	}
	weights := make([][]packed, len(j.plans))
	var total int
	for _, p := range j.plans {
		for _, c := range p.passes {
			total += j.groups * j.to * j.from * len(c.taps)
		}
	}
	mem, block := scratch.Get[T](total)
	defer block.Put()
	for i, p := range j.plans {
		for k, c := range p.passes {
			size := j.groups * j.to * j.from * len(c.taps)
			if i > 0 && sameTaps(c.taps, j.plans[0], k) {
				weights[i] = append(weights[i], packed{weights[0][k].w, distances[T](c.taps, j.from, p.plane())})
				continue
			}
			var pw packed
			pw.w, mem = mem[:size:size], mem[size:]
			pw.off = distances[T](c.taps, j.from, p.plane())
			j.pack(pw.w, c.taps)
			weights[i] = append(weights[i], pw)
		}
	}
	items := j.n * j.groups * len(j.plans)
	par.For(items, 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			p := j.plans[i%len(j.plans)]
			ng := i / len(j.plans)
			n, group := ng/j.groups, ng%j.groups
			plane := p.plane()
			src, block := scratch.Get[T](j.from*plane + j.ks.nr)
			for c := range j.from {
				fill(&p.grid, src[c*plane:], j.src[((n*j.groups+group)*j.from+c)*j.fromSize:][:j.fromSize])
			}
			clear(src[j.from*plane:])
			for k := range p.passes {
				pw := &weights[i%len(j.plans)][k]
				size := j.to * j.from * len(p.passes[k].taps)
				j.pass(p, &p.passes[k], src, pw.w[group*size:][:size], pw.off, n, group)
			}
			block.Put()
		}
	})
}

// blocks returns in how many tiles' heights the channels of a group of dst are
// cut, as evenly as can be.
func (j *job[T]) blocks() int { return (j.to + j.ks.mr - 1) / j.ks.mr }

func (j *job[T]) block(i int) (first, rows int) {
	n := j.blocks()
	first = j.to * i / n
	return first, j.to*(i+1)/n - first
}

// sameTaps reports whether pass k of p multiplies with the same weights.
func sameTaps(taps []tap, p *plan, k int) bool {
	if k >= len(p.passes) || len(p.passes[k].taps) != len(taps) {
		return false
	}
	for i, t := range p.passes[k].taps {
		if t.w != taps[i].w {
			return false
		}
	}
	return true
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

// pack orders the weights of the given taps.
func (j *job[T]) pack(dst []T, taps []tap) {
	k, blocks := j.from*len(taps), j.blocks()
	par.For(j.groups*blocks, max(1, 1<<14/max(j.ks.mr*k, 1)), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			group := i / blocks
			first, rows := j.block(i % blocks)
			to := dst[(group*j.to+first)*k:][:rows*k]
			for r := range rows {
				// A group's part of w is its channels of y, which lead, whichever
				// of the two sides is dst.
				w := j.w[group*j.to*j.from*j.taps+(first+r)*j.wrow:]
				at := r
				for c := range j.from {
					for _, t := range taps {
						to[at] = w[c*j.wcol+t.w]
						at += rows
					}
				}
			}
		}
	})
}

// pass computes one pass for all channels of a group.
func (j *job[T]) pass(p *plan, c *pass, src, w []T, off []int, n, group int) {
	ks, k := j.ks, len(off)
	run := p.run(c.count)
	ld := (run + ks.nr - 1) / ks.nr * ks.nr
	out, block := scratch.Get[T](ks.mr * ld)
	defer block.Put()
	for i := range j.blocks() {
		first, rows := j.block(i)
		if k == 0 {
			clear(out)
		} else {
			for at := 0; at < run; at += ks.nr {
				ks.tile(rows, k, w[first*k:], src[at:], off, out[at:], ld)
			}
		}
		for r := range rows {
			j.store(p, c, out[r*ld:], j.dst[((n*j.groups+group)*j.to+first+r)*volume(j.shape):])
		}
	}
}

// store moves the elements of a pass to their plane.
func (j *job[T]) store(p *plan, c *pass, out, dst []T) {
	for a := range c.count[0] {
		for b := range c.count[1] {
			row := out[(a*p.size[1]+b)*p.size[2]:][:c.count[2]]
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
