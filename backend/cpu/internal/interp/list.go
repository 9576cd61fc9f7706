package interp

import (
	"sort"

	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/shape"
)

// A Run is the operands of one run of a kernel, as Kernel.Run takes them.
type Run struct {
	Shape   []int
	In, Out []Operand
}

// part is a run within RunAll.
type part struct {
	launch
	n     int // elements
	begin int // the block it begins with, counted over all runs
}

// RunAll is Run of each list of operands, in one parallel region. No output may
// be an operand of another run.
func (k *Kernel) RunAll(runs []Run, uniforms []float64) {
	w := k.worker(uniforms)
	parts := make([]part, 0, len(runs))
	var (
		views   = make([]view, 0, len(runs)*(len(k.ins)+len(k.outs)))
		strides []int // of views that have any
		blocks  int
	)
	for i := range runs {
		r := &runs[i]
		n := shape.Numel(r.Shape)
		if n == 0 {
			continue
		}
		p := part{n: n, begin: blocks}
		nested := !w.look(k, r.Shape, r.In, r.Out)
		if nested {
			w.nest(r.Shape, r.In, r.Out)
			p.sizes = append(p.sizes, w.sizes...)
		}
		at := len(views)
		views = append(views, w.views...)
		p.views = views[at:len(views):len(views)]
		for i := range p.views {
			if !nested {
				p.views[i].strides = nil
				continue
			}
			at := len(strides)
			strides = append(strides, p.views[i].strides...)
			p.views[i].strides = strides[at:len(strides):len(strides)]
		}
		parts = append(parts, p)
		blocks += (n + blockSize - 1) / blockSize
	}
	k.release(w)
	run := func(lo, hi int) {
		w := k.worker(uniforms)
		first := sort.Search(len(parts), func(i int) bool { return parts[i].begin > lo }) - 1
		for i := first; i < len(parts) && parts[i].begin < hi; i++ {
			p := &parts[i]
			k.span(w, p.sizes, p.views, max(lo-p.begin, 0)*blockSize, min((hi-p.begin)*blockSize, p.n))
		}
		k.release(w)
	}
	if float64(blocks)*blockSize*k.cost < 2*regionTime {
		run(0, blocks)
		return
	}
	par.For(blocks, max(1, int(regionTime/(k.cost*blockSize))), run)
}
