package gemm

import (
	"runtime"
	"sync/atomic"

	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
)

// maxNC bounds the packed block of B to maxNC columns, and with kc its memory.
const maxNC = 4096

// finishColumns is how many columns of a block are finished together: enough for a call, few enough to stay in the
// second-level cache.
const finishColumns = 512

// multiplyBlocked is the blocked algorithm of Goto and van de Geijn ("Anatomy of high-performance matrix
// multiplication", 2008), as one parallel region. The work is a list of stages, one per block [kc, nc] of B: a stage
// packs the block, then multiplies it with blocks of rows of A. Threads claim tasks in the order of the list, and
// a task waits only for tasks before it, which someone has claimed: so some thread can always go on.
func multiplyBlocked[T float](ks *kernels[T], pool *scratch[T], p *product[T], mayShare bool) {
	j := pool.get()
	j.ks, j.product = ks, *p
	workers := 1
	if mayShare && p.m*p.n >= ks.share/p.k {
		workers = par.Workers()
	}
	j.plan(workers)
	if workers = min(workers, j.blocks); workers > 1 {
		par.For(workers, 1, j.body)
	} else {
		j.work(0)
	}
	j.product = product[T]{} // hold on to no one's memory
	pool.put(j)
}

// job is the state of one blocked multiplication.
type job[T float] struct {
	product[T]
	ks           *kernels[T]
	packA, packB bool
	kc, nc       int // size of a block of B
	mb, nb       int // size of a block of C
	rowBlocks    int
	depth        int // stages per column block: blocks of k
	stages       int
	piece        int // columns of B in a pack task: a few panels
	pieces       int // pack tasks per stage
	blocks       int // multiplication tasks per stage

	next   atomic.Int64   // next unclaimed task
	abort  atomic.Bool    // a task panicked: nobody may wait for it
	packed []atomic.Int32 // per stage, pack tasks done
	done   []atomic.Int32 // per stage, multiplication tasks done
	level  []atomic.Int32 // per block, stages done

	bbuf [2][]T // packed blocks of B, of even and odd stages
	abuf [][]T  // packed rows of A, per worker

	body func(lo, hi int) // work as a value, made once
}

// plan decides what is packed and how the work is cut.
func (j *job[T]) plan(workers int) {
	ks := j.ks
	// Packing B costs a pass over it, and pays if it is read by several tiles or only by columns. Where the tile's rows
	// are read many times from a small B, the cache serves as well, but less so rows a page or more apart.
	tall := 12 * ks.mr
	if ks.full != nil {
		tall = 3 * ks.mr
		if j.brs >= 1024 {
			tall = 2 * ks.mr
		}
	}
	j.packB = !j.panels && (j.bcs != 1 || j.m > tall && j.k*j.n > 16<<10)
	// A tile reads A by single elements, so packing only gathers far-apart lines.
	j.packA = j.n > 2*ks.nr && j.k*j.m > 8<<10

	j.kc = j.k
	if j.packA || j.packB || j.panels {
		j.depth = (j.k + ks.kc - 1) / ks.kc
		j.kc = ((j.k+j.depth-1)/j.depth + 7) &^ 7
	}
	j.depth = (j.k + j.kc - 1) / j.kc
	j.nc = min(j.n, maxNC/ks.nr*ks.nr)
	j.stages = j.depth * ((j.n + j.nc - 1) / j.nc)
	j.pieces = 0
	if j.packB {
		j.piece = 128 / ks.nr * ks.nr
		j.pieces = (j.nc + j.piece - 1) / j.piece
	}

	// Cut rows first, since that repeats no packing of A, and leave each task at least two tiles high; then columns.
	want := 1
	if workers > 1 {
		want = 4 * workers
	}
	tiles := (j.m + ks.mr - 1) / ks.mr
	rowBlocks := max(min(want, tiles/2), (j.m+ks.mc-1)/ks.mc, 1)
	j.mb = (tiles + rowBlocks - 1) / rowBlocks * ks.mr
	j.rowBlocks = (j.m + j.mb - 1) / j.mb
	panels := (j.nc + ks.nr - 1) / ks.nr
	colBlocks := max(min((want+j.rowBlocks-1)/j.rowBlocks, panels/2), 1)
	j.nb = (panels + colBlocks - 1) / colBlocks * ks.nr
	j.blocks = j.rowBlocks * ((j.nc + j.nb - 1) / j.nb)

	j.next.Store(0)
	j.abort.Store(false)
	j.packed = zeroed(j.packed, j.stages)
	j.done = zeroed(j.done, j.stages)
	j.level = zeroed(j.level, j.blocks)
	for len(j.abuf) < workers {
		j.abuf = append(j.abuf, nil)
	}
	if j.packB {
		size := panels * ks.nr * j.kc
		j.bbuf[0] = grown(j.bbuf[0], size)
		if j.stages > 1 {
			j.bbuf[1] = grown(j.bbuf[1], size)
		}
	}
}

// work claims tasks until none is left, as worker w.
func (j *job[T]) work(w int) {
	finished := false
	defer func() {
		if !finished {
			j.abort.Store(true)
		}
	}()
	perStage := j.pieces + j.blocks
	for total := j.stages * perStage; ; {
		t := int(j.next.Add(1)) - 1
		if t >= total || j.abort.Load() {
			break
		}
		s, i := t/perStage, t%perStage
		if i < j.pieces {
			if s >= 2 { // the buffer was that of stage s-2
				j.wait(&j.done[s-2], j.blocks)
			}
			j.packPiece(s, i)
			j.packed[s].Add(1)
			continue
		}
		i -= j.pieces
		j.wait(&j.packed[s], j.pieces)
		j.wait(&j.level[i], s)
		j.block(s, i, w)
		j.level[i].Store(int32(s + 1))
		j.done[s].Add(1)
	}
	finished = true
}

// wait polls until c reaches n. The tasks waited for are running, and short.
func (j *job[T]) wait(c *atomic.Int32, n int) {
	for spins := 1; int(c.Load()) < n && !j.abort.Load(); spins++ {
		if spins&127 == 0 {
			runtime.Gosched()
		}
	}
}

// at returns where the block of B of stage s begins, and its size.
func (j *job[T]) at(s int) (p0, j0, kc, nc int) {
	p0, j0 = s%j.depth*j.kc, s/j.depth*j.nc
	return p0, j0, min(j.kc, j.k-p0), min(j.nc, j.n-j0)
}

// packPiece packs piece i of stage s. Panels of nr columns lie one after the other, each [kc, nr].
func (j *job[T]) packPiece(s, i int) {
	p0, j0, kc, nc := j.at(s)
	nr, buf := j.ks.nr, j.bbuf[s&1]
	if first, end := i*j.piece, min((i+1)*j.piece, nc); j.bcs == 1 {
		// Read along the rows of B: a panel's width of each would be too little for the prefetcher.
		if j.ks.copyPanels != nil {
			for ; end-first >= 4*nr; first += 4 * nr {
				j.ks.copyPanels(buf[first*kc:], nr*kc, j.b[p0*j.brs+j0+first:], j.brs, kc)
			}
		}
		for p := range kc {
			row := j.b[(p0+p)*j.brs+j0:]
			for x := first; x < end; x += nr {
				copy(buf[x*kc+p*nr:][:min(nr, end-x)], row[x:])
			}
		}
		return
	}
	for x := i * j.piece; x < min((i+1)*j.piece, nc); x += nr {
		j.ks.pack(buf[x*kc:], nr, j.b[p0*j.brs+(j0+x)*j.bcs:], j.bcs, j.brs, min(nr, nc-x), kc)
	}
}

// block adds the product of stage s to block i of C, as worker w.
func (j *job[T]) block(s, i, w int) {
	p0, j0, kc, nc := j.at(s)
	ks := j.ks
	mr, nr := ks.mr, ks.nr
	y0, x0 := i%j.rowBlocks*j.mb, i/j.rowBlocks*j.nb
	y1, x1 := min(y0+j.mb, j.m), min(x0+j.nb, nc)
	if x0 >= x1 { // the last column block is narrower than the others
		return
	}
	var abuf []T
	if j.packA {
		abuf = grown(j.abuf[w], j.mb*kc)
		j.abuf[w] = abuf
		for y := y0; y < y1; y += mr {
			ks.pack(abuf[(y-y0)*kc:], mr, j.a[y*j.ars+p0*j.acs:], j.ars, j.acs, min(mr, y1-y), kc)
		}
	}
	acc := j.acc || p0 > 0
	if p0 == 0 && j.bias != nil {
		for y := y0; y < y1; y++ {
			copy(j.c[y*j.ldc+j0+x0:][:x1-x0], j.bias[j0+x0:])
		}
		acc = true
	}
	full := ks.full != nil && j.packA && (j.packB || j.panels)
	panel := nr * kc // from one to the next
	if j.panels {
		panel = nr * j.k
	}
	each := ks.fetched(kc)
	then := j.then
	if p0+kc < j.k {
		then = nil
	}
	finished := x0
	for x := x0; x < x1; x += nr {
		cols := min(nr, x1-x)
		var b []T
		brs := nr
		switch {
		case j.packB:
			b = j.bbuf[s&1][x*kc:]
		case j.panels:
			b = j.b[(j0+x)*j.k+p0*nr:]
		default:
			b, brs = j.b[p0*j.brs+j0+x:], j.brs
		}
		for y := y0; y < y1; y += mr {
			rows := min(mr, y1-y)
			c := j.c[y*j.ldc+j0+x:]
			switch {
			case full && rows == mr && cols == nr:
				next, ahead := c, b
				if y+mr < y1 { // the tile below, or the first of the next columns
					next = j.c[(y+mr)*j.ldc+j0+x:]
				} else if x+nr < x1 {
					next = j.c[y0*j.ldc+j0+x+nr:]
				}
				if x+nr < x1 { // each tile of these columns fetches a part of the next panel
					ahead = b[panel+min((y-y0)/mr*each, nr*kc-1):]
				}
				ks.full(kc, abuf[(y-y0)*kc:], b, c, j.ldc, next, ahead, acc)
			case j.packA:
				ks.tile(rows, cols, kc, abuf[(y-y0)*kc:], 1, mr, b, brs, c, j.ldc, acc)
			default:
				ks.tile(rows, cols, kc, j.a[y*j.ars+p0*j.acs:], j.ars, j.acs, b, brs, c, j.ldc, acc)
			}
		}
		if done := x + cols; done-finished >= finishColumns || done == x1 {
			finish(then, j.c[y0*j.ldc+j0+finished:], y1-y0, done-finished, j.ldc)
			finished = done
		}
	}
}
