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
	parts               int  // into which the channels of a group of dst are cut, at least 1
	packs               bool // weights, for all blocks have tiles that want them packed
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

// packedFrom is the number of columns from which weights are packed, as they are read so many times 32 columns.
const packedFrom = 512

func (j *job[T]) run() {
	columns := 0
	for _, p := range j.plans {
		columns += j.n * p.plane()
	}
	j.packs = columns >= packedFrom
	for _, b := range j.allBlocks() {
		j.packs = j.packs && j.ks.hasPacked(b.rows)
	}
	ways := make([][]*way[T], len(j.plans))
	for i, p := range j.plans {
		for k := range p.passes {
			if i > 0 && p.sameTaps(k, j.plans[0]) {
				v := *ways[0][k]
				v.spread, v.block = j.spreadOf(p, &p.passes[k]), nil
				ways[i] = append(ways[i], &v)
				continue
			}
			v := j.way(p, &p.passes[k])
			defer v.block.Put()
			ways[i] = append(ways[i], v)
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
			for k, v := range ways[at%len(j.plans)] {
				j.pass(&p.passes[k], v, src, ng, j.to*part/j.parts, j.to*(part+1)/j.parts)
			}
		}
	})
}

// A way is how a pass is computed.
type way[T float] struct {
	spread
	steps   []step
	offsets []int // of steps in src, for packed weights
	w       []T   // packed, or nil
	block   *scratch.Block
}

func (j *job[T]) way(p *plan, c *pass) *way[T] {
	v := &way[T]{spread: j.spreadOf(p, c), steps: j.stepsOf(c.taps, p.plane())}
	if j.packs {
		v.offsets = make([]int, len(v.steps))
		for i, s := range v.steps {
			v.offsets[i] = s.x
		}
		v.w, v.block = j.pack(v.steps)
	}
	return v
}

// grid copies what plan p reads of image and group ng.
func (j *job[T]) grid(p *plan, ng int) ([]T, *scratch.Block) {
	plane := p.plane()
	// Tiles may reach over the end.
	src, block := scratch.Get[T](j.from*plane + max(j.ks.wideNr, 3*p.size[2]+j.ks.nr))
	for c := range j.from {
		fill(&p.grid, src[c*plane:], j.src[(ng*j.from+c)*j.fromSize:][:j.fromSize])
	}
	clear(src[j.from*plane:])
	return src, block
}

// pass computes pass c, the way v, of image and group ng, for channels lo <= c < hi.
func (j *job[T]) pass(c *pass, v *way[T], src []T, ng, lo, hi int) {
	plane := volume(j.shape)
	dst := j.dst[ng*j.to*plane:]
	// Tiles that cover planes exactly write them.
	direct := v.size == j.shape && c.step == [3]int{1, 1, 1} && plane%j.ks.nr == 0
	ld := plane
	var out []T
	if !direct {
		var block *scratch.Block
		ld = j.ks.room(v.columns)
		out, block = scratch.Get[T](j.ks.mr * ld)
		defer block.Put()
	}
	for _, b := range j.blocks(lo, hi) {
		if direct {
			out = dst[b.first*plane:]
		}
		j.multiply(out, ld, v, src, ng%j.groups, b)
		if direct {
			continue
		}
		for r := range b.rows {
			j.store(c, v.size, out[r*ld:], dst[(b.first+r)*plane:])
		}
	}
}

// multiply computes the columns of v for a block of a group of dst, in rows of out that are ld apart.
func (j *job[T]) multiply(out []T, ld int, v *way[T], src []T, group int, b block) {
	ks, terms := j.ks, termsOf[T]()
	if len(v.steps) == 0 {
		for r := range b.rows {
			clear(out[r*ld:][:v.columns])
		}
	}
	// A group's part of w is its channels of y, which lead, whichever of the two
	// sides is dst.
	w := j.w[group*j.to*j.from*j.taps+b.first*j.wrow:]
	for from := 0; from < len(v.steps); from += terms {
		some := v.steps[from:min(from+terms, len(v.steps))]
		switch {
		case v.w != nil:
			kernel := ks.packed[v.lines-1][b.rows]
			w := &v.w[(group*j.to+b.first)*len(v.steps)+from*b.rows]
			for at, x := 0, 0; at < v.columns; at, x = at+ks.nr, x+v.from {
				kernel(len(some), w, &src[x], &v.offsets[from], &out[at], ld, number(from > 0), v.line, v.gap)
			}
		case b.rows == 1:
			for at := 0; at < v.columns; at += ks.wideNr {
				ks.wide(len(some), w, src[at:], some, out[at:], from > 0)
			}
		default:
			for at := 0; at < v.columns; at += ks.nr {
				ks.tile(b.rows, len(some), w, j.wrow, src[at:], some, out[at:], ld, from > 0)
			}
		}
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
