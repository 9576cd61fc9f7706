package interp

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
	"github.com/hekla-ml/hekla/backend/cpu/internal/strided"
	"github.com/hekla-ml/hekla/shape"
)

// Constants of the tree in which elements are joined; it depends on shapes and
// layouts only, never on the number of threads.
const (
	chunkElements = 64 * blockSize // of a long row, a multiple of what block returns, joined by one goroutine
	chunkRows     = 256            // of a tall column
	baseRows      = 8              // joined one after the other, then pairwise
	enoughTasks   = 64             // keep all goroutines busy without chunks
	minColumns    = 32             // from which columns are joined side by side
)

// A reduction is one call of Reduce. The elements are walked as outer × fold ×
// inner: inner is 1 if rows are joined along memory, else the columns that lie
// side by side.
type reduction struct {
	launch
	fold            Fold
	outer, n, inner int            // sizes
	chunk, chunks   int            // of n
	class           class          // of the result's register
	partial         unsafe.Pointer // [chunks][outer*inner]
	identity        int            // place of the input that is the result as it is, or -1
}

// Reduce folds the single result of the program over the given axes of shape
// s. Inputs are stretched to s; out has the shape of s with the axes of size 1 or
// left out. The result is divided by over unless that is 0. Errors of a sum
// grow with the logarithm of the number of elements.
func (k *Kernel) Reduce(f Fold, s, axes []int, over float64, in []Operand, out Operand, uniforms []float64) {
	if len(k.outs) != 1 || len(in) != len(k.ins) {
		panic(fmt.Sprintf("interp: reduce with %d inputs and %d outputs, want %d and 1", len(in), len(k.outs), len(k.ins)))
	}
	c := k.outs[0].class
	if joins[c][f] == nil {
		panic(fmt.Sprintf("interp: no fold %d of class %d", f, c))
	}
	r := &reduction{launch: launch{k: k, uniforms: uniforms}, fold: f, class: c, identity: -1, inner: 1, outer: 1, n: 1}
	rows := r.trailing(s, axes, in)
	var order []int
	if !rows {
		order = r.order(s, axes)
	}
	count := r.outer * r.inner
	if count == 0 {
		return
	}
	r.split()
	size := c.size()
	words, b := scratch.Get[uint64]((r.chunks*count*size + 7) / 8)
	defer b.Put()
	r.partial = unsafe.Pointer(&words[0])
	if r.n == 0 {
		for i := range count {
			var t [blockSize * 8]byte
			splat(unsafe.Pointer(&t), c, neutral(f, c))
			copy(slice[byte](unsafe.Add(r.partial, i*size), size), t[:size])
		}
	} else {
		if !rows {
			r.look(s, order, in)
		}
		r.shortcut()
		r.all()
		for step := 1; step < r.chunks; step *= 2 {
			for i := 0; i+step < r.chunks; i += 2 * step {
				x, y := unsafe.Add(r.partial, i*count*size), unsafe.Add(r.partial, (i+step)*count*size)
				joins[c][f](x, x, y, nil, count)
			}
		}
	}
	r.finish(s, axes, over, out, count)
}

// trailing prepares the common case that the last axes are folded of inputs
// that lie in row-major order, and reports whether it is that.
func (r *reduction) trailing(s, axes []int, in []Operand) bool {
	first := len(s) - len(axes)
	for i, a := range axes {
		if a != first+i {
			return false
		}
	}
	if shape.Numel(s) == 0 {
		return false
	}
	w := r.k.worker(r.uniforms)
	defer r.k.release(w)
	if !w.look(r.k, s, in, nil) {
		return false
	}
	r.outer, r.n = shape.Numel(s[:first]), shape.Numel(s[first:])
	r.views = append(r.views, w.views...)
	r.views = append(r.views, view{}) // the output is not written in place
	return true
}

// order chooses how to walk: the axes in the order to loop over them.
func (r *reduction) order(s, axes []int) (order []int) {
	last := len(s)
	for last > 0 && !slices.Contains(axes, last-1) {
		last--
		r.inner *= s[last]
	}
	if last == 0 || r.inner < minColumns { // nothing to fold, or thin columns
		last, r.inner = len(s), 1
	}
	for i := range last {
		if !slices.Contains(axes, i) {
			order = append(order, i)
			r.outer *= s[i]
		}
	}
	for i := range last {
		if slices.Contains(axes, i) {
			order = append(order, i)
			r.n *= s[i]
		}
	}
	for i := last; i < len(s); i++ {
		order = append(order, i)
	}
	return order
}

// split cuts a long fold into chunks, if there is little else to share out.
func (r *reduction) split() {
	r.chunk = max(r.n, 1)
	limit, tasks := chunkElements, r.outer
	if r.inner > 1 {
		limit, tasks = chunkRows, r.outer*((r.inner+blockSize-1)/blockSize)
	}
	if r.n > limit && tasks < enoughTasks {
		r.chunk = limit
	}
	r.chunks = max(1, (r.n+r.chunk-1)/r.chunk)
}

// look describes the inputs, with axes in the order of the walk.
func (r *reduction) look(s, order []int, in []Operand) {
	k := r.k
	walked := make([]int, len(order))
	for i, a := range order {
		walked[i] = s[a]
	}
	of := func(o []int) []int {
		t := make([]int, len(order))
		for i, a := range order {
			t[i] = o[a]
		}
		return t
	}
	var strides [][]int
	for i := range in {
		p, o := &k.ins[i], &in[i]
		v := view{size: p.dtype.Size()}
		st := shape.Strides(walked)
		if p.used {
			st = of(o.Strides)
			v.base = unsafe.Pointer(&o.Mem[o.Offset*v.size])
			v.dense = shape.View{Shape: walked, Strides: st}.IsContiguous()
			v.fixed = !v.dense && fixed(walked, st)
		}
		r.views, strides = append(r.views, v), append(strides, st)
	}
	r.views = append(r.views, view{}) // the output is not written in place
	strides = append(strides, shape.Strides(walked))
	if k.index[0] >= 0 || k.index[1] >= 0 {
		// The index counts in the order of s, not of the walk.
		r.views, strides = append(r.views, view{size: 1}), append(strides, of(shape.Strides(s)))
	}
	n, _ := strided.Coalesce(walked, strides...)
	r.sizes = n.Sizes
	for i := range r.views {
		r.views[i].strides = n.Strides[i]
	}
}

// shortcut finds the input that is the result as it is: a sum of what is in
// memory needs no copy.
func (r *reduction) shortcut() {
	k := r.k
	if len(k.steps) == 1 && k.steps[0].d == uint16(k.outs[0].place) {
		for i := range k.ins {
			if p := &k.ins[i]; p.used && k.steps[0].a == uint16(p.place) && k.steps[0].isCopy {
				r.identity = p.place
			}
		}
	}
}

// all computes the partial results.
func (r *reduction) all() {
	perBlock := 1
	if r.inner > 1 {
		width := r.width()
		blocks := (r.inner + width - 1) / width
		tasks := r.outer * r.chunks * blocks
		grain := regionTime / (r.k.cost * float64(r.chunk*min(r.inner, width)))
		share(tasks, grain, func(lo, hi int) {
			w := r.k.worker(r.uniforms)
			r.k.prepare(w, r.views, blockSize)
			var t tree
			for i := lo; i < hi; i++ {
				r.columns(w, &t, i/blocks/r.chunks, i/blocks%r.chunks, i%blocks*width, width)
			}
			r.k.release(w)
		})
		return
	}
	if r.n <= blockSize {
		perBlock = blockSize / r.n
	}
	tasks := (r.outer + perBlock - 1) / perBlock * r.chunks
	grain := regionTime / (r.k.cost * float64(r.chunk*perBlock))
	share(tasks, grain, func(lo, hi int) {
		w := r.k.worker(r.uniforms)
		r.k.prepare(w, r.views, blockSize)
		var t tree
		for i := lo; i < hi; i++ {
			if perBlock > 1 {
				r.short(w, i*perBlock, min((i+1)*perBlock, r.outer))
			} else {
				r.row(w, &t, i/r.chunks, i%r.chunks)
			}
		}
		r.k.release(w)
	})
}

func share(tasks int, grain float64, f func(lo, hi int)) {
	par.Sweep(tasks, max(1, int(min(grain, 1<<30))), f)
}

// values runs the program on elements [lo, lo+n) of the walk and returns them.
func (r *reduction) values(w *worker, lo, n int) unsafe.Pointer {
	if r.identity >= 0 {
		r.k.load(w, r.sizes, r.views, lo, n)
		return w.at[r.identity]
	}
	r.k.block(w, r.sizes, r.views, lo, n)
	return w.at[r.k.outs[0].place]
}

// short folds whole rows, several in a block.
func (r *reduction) short(w *worker, from, to int) {
	p, size := r.values(w, from*r.n, (to-from)*r.n), r.class.size()
	if f := shortRows[r.class][r.fold]; f != nil && r.n <= 32 {
		f(unsafe.Add(r.partial, from*size), p, to-from, r.n)
		return
	}
	f := closes[r.class][r.fold]
	for i := from; i < to; i++ { // p is not stepped: after the last row it would point past its block
		f(unsafe.Add(r.partial, i*size), unsafe.Add(p, (i-from)*r.n*size), r.n)
	}
}

// row folds a chunk of one row: blocks by closes, those pairwise.
func (r *reduction) row(w *worker, t *tree, o, chunk int) {
	lo := o*r.n + chunk*r.chunk
	hi := min(lo+r.chunk, (o+1)*r.n)
	t.start(r.class.size(), joins[r.class][r.fold], 1)
	size := r.block()
	for ; lo < hi; lo += size {
		n := min(size, hi-lo)
		closes[r.class][r.fold](t.next(), r.values(w, lo, n), n)
		t.push()
	}
	size = r.class.size()
	copy(slice[byte](unsafe.Add(r.partial, (chunk*r.outer+o)*size), size), slice[byte](t.close(), size))
}

// block returns how many elements are folded by one call: more if they are
// there in memory already.
func (r *reduction) block() int {
	if r.identity >= 0 {
		for i := range r.k.ins {
			if p := &r.k.ins[i]; p.place == r.identity && p.direct && r.views[i].dense {
				return 8 * blockSize
			}
		}
	}
	return blockSize
}

// width returns how many columns are folded side by side: more if that leaves
// enough to share out, as processors fetch ahead along rows.
func (r *reduction) width() int {
	wide := r.block() / 2
	if r.outer*r.chunks*(r.inner/wide) < enoughTasks/2 {
		return blockSize
	}
	return max(wide, blockSize)
}

// columns folds a chunk of rows of up to width columns side by side.
func (r *reduction) columns(w *worker, t *tree, o, chunk, col, width int) {
	n := min(width, r.inner-col)
	lo, hi := chunk*r.chunk, min((chunk+1)*r.chunk, r.n)
	size := r.class.size()
	join := joins[r.class][r.fold]
	t.start(size, join, n)
	for i := lo; i < hi; {
		acc := t.next()
		for j := range min(baseRows, hi-i) {
			p := r.values(w, (o*r.n+i+j)*r.inner+col, n)
			if j == 0 {
				copy(slice[byte](acc, n*size), slice[byte](p, n*size))
			} else {
				join(acc, acc, p, nil, n)
			}
		}
		i += min(baseRows, hi-i)
		t.push()
	}
	to := unsafe.Add(r.partial, ((chunk*r.outer+o)*r.inner+col)*size)
	copy(slice[byte](to, n*size), slice[byte](t.close(), n*size))
}

// A tree joins vectors pairwise as they come: like the bits of a counter, level
// i holds the join of 2^i of them or nothing.
type tree struct {
	levels [][]uint64
	count  int
	size   int
	n      int
	join   prim
}

func (t *tree) start(size int, join prim, n int) { t.count, t.size, t.join, t.n = 0, size, join, n }

func (t *tree) level(i int) unsafe.Pointer {
	for len(t.levels) <= i {
		t.levels = append(t.levels, nil)
	}
	if len(t.levels[i])*8 < t.n*t.size {
		t.levels[i] = make([]uint64, (t.n*t.size+7)/8)
	}
	return unsafe.Pointer(&t.levels[i][0])
}

// next returns where the next vector is to be put: above all levels in use.
func (t *tree) next() unsafe.Pointer { return t.level(t.depth()) }

// depth counts the vectors held: one for each set bit.
func (t *tree) depth() int {
	d := 0
	for c := t.count; c > 0; c &= c - 1 {
		d++
	}
	return d
}

// push takes the vector that was put at next, and joins as carries go.
func (t *tree) push() {
	d := t.depth()
	for c := t.count; c&1 == 1; c >>= 1 {
		x, y := t.level(d-1), t.level(d)
		t.join(x, x, y, nil, t.n)
		d--
	}
	t.count++
}

// close joins what is left, and returns it.
func (t *tree) close() unsafe.Pointer {
	for d := t.depth() - 1; d > 0; d-- {
		x, y := t.level(d-1), t.level(d)
		t.join(x, x, y, nil, t.n)
	}
	return t.level(0)
}

// finish divides, converts and stores the result.
func (r *reduction) finish(s, axes []int, over float64, out Operand, count int) {
	r.divide(over, count)
	p := &r.k.outs[0]
	size := p.dtype.Size()
	v := view{base: unsafe.Pointer(&out.Mem[out.Offset*size]), size: size}
	if out.IsContiguous() {
		for lo := 0; lo < count; lo += blockSize { // what conversions can take
			n := min(blockSize, count-lo)
			stores[p.dtype][p.class](unsafe.Add(v.base, lo*size), unsafe.Add(r.partial, lo*r.class.size()), n)
		}
		return
	}
	kept := make([]int, 0, len(s))
	strides := make([]int, 0, len(s))
	for i, d := range s {
		if slices.Contains(axes, i) {
			continue
		}
		at := len(kept)
		if len(out.Shape) == len(s) {
			at = i
		}
		kept, strides = append(kept, d), append(strides, out.Strides[at])
	}
	nest, _ := strided.Coalesce(kept, strides)
	v.strides = nest.Strides[0]
	last := len(nest.Sizes) - 1
	var raw [8 * blockSize]byte
	t := unsafe.Pointer(&raw)
	for lo := 0; lo < count; lo += blockSize {
		n := min(blockSize, count-lo)
		src := unsafe.Add(r.partial, lo*r.class.size())
		stores[p.dtype][p.class](t, src, n)
		rows(nest.Sizes, &v, lo, n, func(at, from, m int) {
			put(unsafe.Add(v.base, at*size), unsafe.Add(t, from*size), v.strides[last], m, size)
		})
	}
}

func (r *reduction) divide(over float64, count int) {
	switch {
	case over == 0:
	case r.class == f32:
		for i, s := 0, slice[float32](r.partial, count); i < count; i++ {
			s[i] /= float32(over)
		}
	case r.class == f64:
		for i, s := 0, slice[float64](r.partial, count); i < count; i++ {
			s[i] /= over
		}
	default:
		panic("interp: division of an integer reduction")
	}
}
