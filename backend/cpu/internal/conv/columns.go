package conv

import (
	"github.com/hekla-ml/hekla/backend/cpu/internal/gemm"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
)

// Where planes are small, runs along padded rows are mostly padding, and weights are read over and over. What the taps
// of each channel meet in several images together then becomes a matrix, a row for each term and a column for each
// position, laid out as the product reads it.

// columned reports whether Forward goes by columns.
func columned(g *Geometry) bool {
	size := volume(g.Y)
	return g.Groups == 1 && g.CI >= 16 && g.CO >= 16 && (size < 36 || size <= 64 && g.N*size <= 128)
}

// columnedWeight reports whether Weight does, as its sums are short, or runs mostly zeros.
func columnedWeight(g *Geometry) bool {
	size := volume(g.Y)
	return g.Groups == 1 && g.CI >= 16 && g.CO >= 16 && (size <= 256 || g.N*size <= 512)
}

// chunkElements bounds the matrix for one product, which is to stay in a second-level cache.
const chunkElements = 1 << 18

// chunks returns into how many parts, of images, the matrix is cut that has that many elements for each of them.
func chunks(images, each int) int {
	return (images + max(1, chunkElements/max(1, each)) - 1) / max(1, chunkElements/max(1, each))
}

// columns computes a job of one plan and one pass by products.
func (j *job[T]) columns(p *plan) {
	parts := chunks(j.n, volume(j.shape)*j.from*j.taps)
	body := func(lo, hi int) {
		for i := lo; i < hi; i++ {
			j.chunk(p, j.n*i/parts, j.n*(i+1)/parts)
		}
	}
	if parts >= 2*par.Workers() {
		par.For(parts, 1, body)
	} else {
		body(0, parts) // each is shared out
	}
}

// chunk computes images first to last.
func (j *job[T]) chunk(p *plan, first, last int) {
	t := gemm.TilerOf[T]()
	size, terms := volume(j.shape), j.from*j.taps
	run := (last - first) * size
	panels, block := scratch.Get[T](t.Size(terms, run))
	defer block.Put()
	gather(&gathering[T]{p: p, c: &p.passes[0], src: j.src, channels: j.from, planeSize: j.fromSize, first: first, last: last, to: panels, width: t.Width()})
	if last-first == 1 {
		t.Product(j.to, run, terms, j.w, terms, panels, j.dst[first*j.to*size:], size)
		return
	}
	out, block := scratch.Get[T](j.to * run)
	defer block.Put()
	t.Product(j.to, run, terms, j.w, terms, panels, out, run)
	par.For(j.to*(last-first), max(1, 1<<13/size), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			copy(j.dst[(first*j.to+i)*size:][:size], out[i%j.to*run+i/j.to*size:])
		}
	})
}

// gathering says which matrix to gather: what the taps of a pass meet in the channels of images first to last.
type gathering[T float] struct {
	p           *plan
	c           *pass
	src         []T
	channels    int
	planeSize   int // of src
	first, last int
	to          []T
	width       int // of the panels that the matrix is laid out in; 0: by rows
	ld          int // from one row to the next, if by rows
}

// gather fills g.to.
func gather[T float](g *gathering[T]) {
	plane, taps := g.p.plane(), len(g.c.taps)
	rows, images := g.channels*taps, g.last-g.first
	run := images * volume(g.c.count)
	par.For(g.channels, max(1, 1<<13/max(1, taps*run)), func(lo, hi int) {
		mem, block := scratch.Get[T](images*plane + run)
		defer block.Put()
		planes, line := mem[:images*plane], mem[images*plane:]
		for ch := lo; ch < hi; ch++ {
			for n := range images {
				fill(&g.p.grid, planes[n*plane:], g.src[((g.first+n)*g.channels+ch)*g.planeSize:][:g.planeSize])
			}
			for i, t := range g.c.taps {
				row := ch*taps + i
				if g.width == 0 {
					g.row(g.to[row*g.ld:][:run], planes, t.at, plane)
					continue
				}
				g.row(line, planes, t.at, plane)
				pieces(g.to[row*g.width:], rows*g.width, line, g.width)
			}
		}
	})
}

// row gathers what a tap meets in planes.
func (g *gathering[T]) row(to, planes []T, tap, plane int) {
	count, size := g.c.count, g.p.size
	for n := range g.last - g.first {
		for a := range count[0] {
			lines(to, planes[n*plane+a*size[1]*size[2]+tap:], size[2], count[2], count[1])
			to = to[count[1]*count[2]:]
		}
	}
}

// linesPortable copies count lines of length elements, stride elements apart, one after the other.
func linesPortable[T float](dst, src []T, stride, length, count int) {
	for i := range count {
		copy(dst[i*length:][:length], src[i*stride:])
	}
}

// piecesPortable copies pieces of width elements of src to places stride elements apart.
func piecesPortable[T float](dst []T, stride int, src []T, width int) {
	for i := 0; i*width < len(src); i++ {
		copy(dst[i*stride:][:width], src[i*width:])
	}
}

// columnWeight is Weight by products with the matrix of Forward, whose rows are contiguous here.
func columnWeight[T float](g *Geometry, x, y, w []T) {
	a := longAxis(g.Y)
	p := g.forward(a, 0, g.Y[a])
	c := &p.passes[0]
	size, terms := volume(g.Y), g.CI*len(c.taps)
	parts := chunks(g.N, size*terms)
	for i := range parts {
		n, n1 := g.N*i/parts, g.N*(i+1)/parts
		run := (n1 - n) * size
		ld := run | 16 // rows whose distance is a power of two would take the same places in the caches
		mem, block := scratch.Get[T]((terms + g.CO) * ld)
		runs, rows, rs := mem[:terms*ld], mem[terms*ld:], ld
		gather(&gathering[T]{p: p, c: c, src: x, channels: g.CI, planeSize: volume(g.X), first: n, last: n1, to: runs, ld: ld})
		if n1-n == 1 {
			rows, rs = y[n*g.CO*size:], size
		} else {
			par.For(g.CO*(n1-n), max(1, 1<<13/size), func(lo, hi int) {
				for i := lo; i < hi; i++ {
					copy(rows[i%g.CO*ld+i/g.CO*size:][:size], y[(n*g.CO+i)*size:])
				}
			})
		}
		gemm.TilerOf[T]().Strided(g.CO, terms, run, rows, rs, 1, runs, 1, ld, w, terms, n > 0)
		block.Put()
	}
}
