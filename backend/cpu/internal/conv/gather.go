package conv

import (
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
)

// Gathers reports whether Forward takes what each tap meets in all images
// together: where there are so few positions that the weights are read hardly
// more than once, and runs along padded rows would be mostly padding.
func Gathers(g *Geometry) bool {
	return g.Groups == 1 && g.N*volume(g.Y) <= 128 && volume(g.Y) <= 64 && g.CI >= 16 && g.CO >= 16
}

// gathered computes a job of one plan and one pass.
func (j *job[T]) gathered(p *plan) {
	c := &p.passes[0]
	size := volume(c.count)
	run := j.n * size
	ld := (run + j.ks.nr - 1) / j.ks.nr * j.ks.nr
	runs, block := scratch.Get[T](j.from*len(c.taps)*ld + j.ks.wideNr)
	defer block.Put()
	j.gather(p, runs, ld)
	// Each term has a run of its own.
	steps := j.stepsOf(c.taps, 0)
	for i := range steps {
		steps[i].x = i * ld * sizeOf[T]()
	}
	blocks := (j.to + j.ks.mr - 1) / j.ks.mr
	par.For(blocks, 1, func(lo, hi int) {
		wide := j.ks.room(run)
		out, block := scratch.Get[T](j.ks.mr * wide)
		defer block.Put()
		j.multiply(out, wide, run, runs, steps, 0, j.to*lo/blocks, j.to*hi/blocks, func(first, rows int) {
			for r := range rows {
				for n := range j.n {
					copy(j.dst[(n*j.to+first+r)*size:][:size], out[r*wide+n*size:])
				}
			}
		})
	})
}

// gather lays out what each tap meets of each channel: a run of the output
// positions of all images, ld elements from the next.
func (j *job[T]) gather(p *plan, runs []T, ld int) {
	c, plane := &p.passes[0], p.plane()
	taps, run := len(c.taps), j.n*volume(c.count)
	par.For(j.from, max(1, 1<<13/(taps*run)), func(lo, hi int) {
		planes, block := scratch.Get[T](j.n * plane)
		defer block.Put()
		for ch := lo; ch < hi; ch++ {
			for n := range j.n {
				fill(&p.grid, planes[n*plane:], j.src[(n*j.from+ch)*j.fromSize:][:j.fromSize])
			}
			for i, t := range c.taps {
				to := runs[(ch*taps+i)*ld:][:ld]
				clear(to[run:])
				for n := range j.n {
					from := planes[n*plane+t.at:]
					for a := range c.count[0] {
						for b := range c.count[1] {
							to = to[few(to, from[(a*p.size[1]+b)*p.size[2]:], c.count[2]):]
						}
					}
				}
			}
		}
	})
}

// few copies n elements, and returns n. Of some sizes that ResNets end with it is
// faster than copy.
func few[T float](to, from []T, n int) int {
	switch n {
	case 2:
		*(*[2]T)(to) = *(*[2]T)(from)
	case 4:
		*(*[4]T)(to) = *(*[4]T)(from)
	case 7:
		*(*[7]T)(to) = *(*[7]T)(from)
	case 8:
		*(*[8]T)(to) = *(*[8]T)(from)
	default:
		copy(to[:n], from)
	}
	return n
}
