package interp

import (
	"sort"
	"sync"

	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/shape"
)

// A list is the runs of RunAll.
type list struct {
	parts   []part
	views   []view
	strides []int // of those views that have any
	sizes   []int // of the loops of all parts
}

// A part is one run.
type part struct {
	n      int // elements
	begin  int // the block it begins with, counted over all runs
	views  int // its first in list.views
	nested bool
	sizes  [2]int // where in list.sizes
}

var listPool = sync.Pool{New: func() any { return new(list) }}

// RunAll is Run of n lists of operands, in one parallel region. operands returns
// a list, which is not looked at any more when it is asked for the next. No
// output may be an operand of another run.
func (k *Kernel) RunAll(n int, operands func(i int) (s []int, in, out []Operand), uniforms []float64) {
	l := listPool.Get().(*list)
	defer l.put()
	w := k.worker(uniforms)
	blocks, elements := 0, 0
	for i := range n {
		s, in, out := operands(i)
		size := shape.Numel(s)
		if size == 0 {
			continue
		}
		l.parts = append(l.parts, part{n: size, begin: blocks, views: len(l.views), nested: !w.look(k, s, in, out)})
		l.add(w, s, in, out)
		blocks += (size + blockSize - 1) / blockSize
		elements += size
	}
	k.release(w)
	time := float64(elements) * k.cost
	if time < 2*regionTime {
		k.parts(l, 0, blocks, uniforms)
		return
	}
	// Blocks of small runs are not full: what counts is their time on average.
	par.For(blocks, max(1, int(regionTime*float64(blocks)/time)), func(lo, hi int) { k.parts(l, lo, hi, uniforms) })
}

// add keeps what look found of the last part.
func (l *list) add(w *worker, s []int, in, out []Operand) {
	p := &l.parts[len(l.parts)-1]
	if p.nested {
		w.nest(s, in, out)
		p.sizes[0] = len(l.sizes)
		l.sizes = append(l.sizes, w.sizes...)
		p.sizes[1] = len(l.sizes)
	}
	l.views = append(l.views, w.views...)
	for i := range l.views[p.views:] {
		v := &l.views[p.views+i]
		if !p.nested {
			v.strides = nil
			continue
		}
		at := len(l.strides)
		l.strides = append(l.strides, v.strides...)
		v.strides = l.strides[at:len(l.strides):len(l.strides)]
	}
}

// parts runs blocks [lo, hi) of all.
func (k *Kernel) parts(l *list, lo, hi int, uniforms []float64) {
	w := k.worker(uniforms)
	first := sort.Search(len(l.parts), func(i int) bool { return l.parts[i].begin > lo }) - 1
	operands := len(k.ins) + len(k.outs)
	for i := max(first, 0); i < len(l.parts) && l.parts[i].begin < hi; i++ {
		p := &l.parts[i]
		views := l.views[p.views:][:operands]
		k.span(w, l.sizes[p.sizes[0]:p.sizes[1]], views, max(lo-p.begin, 0)*blockSize, min((hi-p.begin)*blockSize, p.n))
	}
	k.release(w)
}

// put gives l back, holding on to no memory of operands.
func (l *list) put() {
	clear(l.views)
	l.parts, l.views, l.strides, l.sizes = l.parts[:0], l.views[:0], l.strides[:0], l.sizes[:0]
	listPool.Put(l)
}
