package conv

import (
	"github.com/hekla-ml/hekla/backend/cpu/internal/gemm"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
)

// A spread says which positions the columns of tiles are. Those of the grid in a row, with the padding between lines,
// are what every tier can do; of lines that are as long as a register or half of one, tiles with packed weights take
// nothing but what is wanted.
type spread struct {
	columns   int // to compute
	from      int // elements of the grid from one tile to the next
	lines     int // in a register
	line, gap int // see kernels.packed
	size      [3]int
}

// spreadOf returns how pass c of p is computed.
func (j *job[T]) spreadOf(p *plan, c *pass) spread {
	lanes, bytes := j.ks.lanes, sizeOf[T]()
	length, line := c.count[2], p.size[2]
	s := spread{columns: volume(c.count), from: j.ks.nr, lines: 1, gap: lanes * bytes, size: c.count}
	switch {
	case !j.packs || c.count[0] > 1 || len(c.taps) == 0:
	case length == lanes && c.count[1] >= 2:
		s.from, s.gap = 2*line, line*bytes
		return s
	case 2*length == lanes && c.count[1] >= 4:
		s.from, s.lines, s.line, s.gap = 4*line, 2, line*bytes, 2*line*bytes
		return s
	}
	s.columns, s.size = p.run(c.count), p.size
	return s
}

// A block is some channels of a group of dst: those of one tile.
type block struct{ first, rows int }

// blocks cuts channels lo <= c < hi as evenly as can be.
func (j *job[T]) blocks(lo, hi int) []block {
	n := (hi - lo + j.ks.mr - 1) / j.ks.mr
	l := make([]block, n)
	for i := range l {
		first := lo + (hi-lo)*i/n
		l[i] = block{first, lo + (hi-lo)*(i+1)/n - first}
	}
	return l
}

// allBlocks lists the blocks of a group.
func (j *job[T]) allBlocks() []block {
	var l []block
	for part := range j.parts {
		l = append(l, j.blocks(j.to*part/j.parts, j.to*(part+1)/j.parts)...)
	}
	return l
}

// hasPacked reports whether there is a tile with packed weights of that height.
func (ks *kernels[T]) hasPacked(rows int) bool {
	return rows < len(ks.packed[0]) && ks.packed[0][rows] != nil
}

// pack lays the weights of a pass out for its tiles: of each block of channels, those of one step after the other.
// They begin at the number of the first channel times that of the steps.
func (j *job[T]) pack(steps []step) ([]T, *scratch.Block) {
	w, mem := scratch.Get[T](j.groups * j.to * len(steps))
	all, turner := j.allBlocks(), gemm.TilerOf[T]()
	size := sizeOf[T]()
	par.For(j.groups*len(all), max(1, 1<<12/(j.ks.mr*max(1, len(steps)))), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			group, b := i/len(all), all[i%len(all)]
			from := j.w[group*j.to*j.from*j.taps+b.first*j.wrow:]
			to := w[(group*j.to+b.first)*len(steps):][:b.rows*len(steps)]
			for i := 0; i < len(steps); {
				n := 1 // steps whose weights lie one after the other
				for i+n < len(steps) && steps[i+n].w == steps[i].w+n*size {
					n++
				}
				turner.Turn(to[i*b.rows:], b.rows, from[steps[i].w/size:], j.wrow, b.rows, n)
				i += n
			}
		}
	})
	return w, mem
}
