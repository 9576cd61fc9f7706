package conv

import (
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
)

// inPlace reports whether each channel has a kernel of its own, that keeps the
// size of its planes. Those can be read where they are: with positions counted
// on the plane itself only taps beyond its sides go wrong, and few elements have
// such taps.
func inPlace[T float](g *Geometry, ks *kernels[T]) bool {
	if g.CI != 1 || g.CO != 1 || g.Stride != [3]int{1, 1, 1} || g.X != g.Y || g.X[0] != 1 || g.K[0] != 1 {
		return false
	}
	for a := 1; a < 3; a++ {
		if 2*g.Pad[a] != (g.K[a]-1)*g.Dilation[a] {
			return false
		}
	}
	// What has all its taps fills a vector at least.
	return (g.X[1]-2*g.Pad[1])*g.X[2]-2*g.Pad[2] >= ks.wideNr && g.X[2] > 2*g.Pad[2]
}

// depthwise convolves planes of src to planes of dst. With flipped kernels that is
// the way back.
func depthwise[T float](g *Geometry, ks *kernels[T], src, w, dst []T, flipped bool) {
	taps, plane := volume(g.K), volume(g.X)
	// The steps of rows that lack the first or last rows of the kernel.
	rows := make([][]step, g.X[1])
	for y := range rows {
		if p := g.Pad[1]; y > p && y < g.X[1]-p {
			rows[y] = rows[p]
			continue
		}
		rows[y] = g.rowSteps(y, flipped, sizeOf[T]())
	}
	length := g.X[1] + 2*g.Pad[1] + ks.wideNr // of a column of src, with zeros around it
	columns := g.columnSteps(length, flipped, sizeOf[T]())
	par.For(g.N*g.Groups, max(1, 1<<14/(taps*plane)), func(lo, hi int) {
		mem, block := scratch.Get[T](2*g.Pad[2]*length + ks.room(g.X[1]))
		defer block.Put()
		clear(mem)
		cols, out := mem[:2*g.Pad[2]*length], mem[2*g.Pad[2]*length:]
		for i := lo; i < hi; i++ {
			c := channel[T]{g, ks, src[i*plane:][:plane], w[i%g.Groups*taps:][:taps], dst[i*plane:][:plane]}
			c.convolve(rows)
			c.sides(columns, cols, out, length)
		}
	})
}

// firstTap returns the first row of the kernel that row y of a plane meets.
func (g *Geometry) firstTap(y int) int { return max(0, ceil(g.Pad[1]-y, g.Dilation[1])) }

// rowSteps lists the taps that row y of a plane meets, from the first of them on.
func (g *Geometry) rowSteps(y int, flipped bool, size int) []step {
	var l []step
	first := g.firstTap(y)
	for a := first; a < g.K[1] && y-g.Pad[1]+a*g.Dilation[1] < g.X[1]; a++ {
		for b := range g.K[2] {
			l = append(l, step{((a-first)*g.Dilation[1]*g.X[2] + b*g.Dilation[2]) * size, g.tapAt(a, b, flipped) * size})
		}
	}
	return l
}

// columnSteps lists the taps that the first and then the last columns of a plane
// meet, where as many columns again as these are lie length elements apart.
func (g *Geometry) columnSteps(length int, flipped bool, size int) [][]step {
	l := make([][]step, 2*g.Pad[2])
	for i := range l {
		for a := range g.K[1] {
			for b := range g.K[2] {
				if col := i - g.Pad[2] + b*g.Dilation[2]; col >= 0 && col < len(l) {
					l[i] = append(l[i], step{(col*length + a*g.Dilation[1]) * size, g.tapAt(a, b, flipped) * size})
				}
			}
		}
	}
	return l
}

// tapAt returns the place of a tap in the kernel.
func (g *Geometry) tapAt(a, b int, flipped bool) int {
	if flipped {
		a, b = g.K[1]-1-a, g.K[2]-1-b
	}
	return a*g.K[2] + b
}

// A channel is one plane with its kernel.
type channel[T float] struct {
	*Geometry
	ks          *kernels[T]
	src, w, dst []T
}

// convolve computes all but the sides, which it leaves undefined. A vector may
// reach over the end of its row: the last rows come first, from below, then the
// first from above, and what has all taps last.
func (c *channel[T]) convolve(rows [][]step) {
	h, wide, pad := c.X[1], c.X[2], c.Pad
	for y := h - 1; y >= h-pad[1]; y-- {
		c.span(y, y*wide+pad[2], (y+1)*wide-pad[2], rows[y], true)
	}
	for y := range pad[1] {
		c.span(y, y*wide+pad[2], (y+1)*wide-pad[2], rows[y], false)
	}
	c.span(pad[1], pad[1]*wide+pad[2], (h-pad[1])*wide-pad[2], rows[pad[1]], false)
}

// span computes positions first to last with the taps of row y. If those are less
// than a vector it computes more of them: ahead of first or after last.
func (c *channel[T]) span(y, first, last int, steps []step, ahead bool) {
	nr := c.ks.wideNr
	before := (c.Pad[1]-c.firstTap(y)*c.Dilation[1])*c.X[2] + c.Pad[2] // from where the first tap reads
	for at := first; at < last; at += nr {
		if at+nr > last && (last-first >= nr || ahead) {
			at = last - nr
		}
		c.ks.wide(len(steps), c.w, c.src[at-before:], steps, c.dst[at:], false)
	}
}

// sides computes the first and last elements of every row, as columns.
func (c *channel[T]) sides(steps [][]step, cols, out []T, length int) {
	h, wide, pad := c.X[1], c.X[2], c.Pad[2]
	for side := range 2 {
		first := side * (wide - 2*pad)
		for i := range 2 * pad {
			at := first + i
			for y := range cols[i*length+c.Pad[1]:][:h] {
				cols[i*length+c.Pad[1]+y] = c.src[at]
				at += wide
			}
		}
		for i := side * pad; i < (side+1)*pad; i++ {
			for at := 0; at < h; at += c.ks.wideNr {
				c.ks.wide(len(steps[i]), c.w, cols[at:], steps[i], out[at:], false)
			}
			at := first + i
			for _, v := range out[:h] {
				c.dst[at] = v
				at += wide
			}
		}
	}
}
