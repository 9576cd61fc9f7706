package interp

import (
	"fmt"
	"math"
	"slices"
	"unsafe"

	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/shape"
)

// regionTime is the serial time, in nanoseconds, from which a parallel region
// pays off.
const regionTime = 4000

// A worker is the state of one goroutine that runs a kernel.
type worker struct {
	at       []unsafe.Pointer // of every place; inputs and outputs move
	memory   []uint64
	raw      [8 * blockSize]byte // elements of a strided operand, made dense
	uniforms []float64
	views    []view // of inputs, then of outputs
	sizes    []int  // of the loops of a launch
	sizeMem  []int  // of sizes
	strides  []int  // of all views
}

// A view is an operand in a launch.
type view struct {
	base    unsafe.Pointer // of the element at offset 0 of the nest
	size    int            // of an element
	dense   bool           // row-major over the whole nest
	fixed   bool           // one element for all
	strides []int          // by the nest's loops
}

// A launch is one call of Run.
type launch struct {
	k        *Kernel
	sizes    []int // of the loops; none if all operands are dense or fixed
	views    []view
	uniforms []float64
}

// Run computes outputs from inputs, all stretched to one shape. An output may
// be exactly the memory of an input with the same strides. in of inputs that
// the program does not read are not looked at.
func (k *Kernel) Run(s []int, in, out []Operand, uniforms []float64) {
	if len(in) != len(k.ins) || len(out) != len(k.outs) {
		panic(fmt.Sprintf("interp: %d inputs and %d outputs, want %d and %d", len(in), len(out), len(k.ins), len(k.outs)))
	}
	n := shape.Numel(s)
	if n == 0 {
		return
	}
	w := k.worker(uniforms)
	if w.look(k, s, in, out) {
		w.sizes = w.sizes[:0]
	} else {
		w.nest(s, in, out)
	}
	if float64(n)*k.cost < 2*regionTime {
		k.span(w, w.sizes, w.views, 0, n)
		k.release(w)
		return
	}
	l := launch{k: k, sizes: slices.Clone(w.sizes), views: slices.Clone(w.views), uniforms: uniforms}
	for i := range l.views {
		l.views[i].strides = slices.Clone(l.views[i].strides)
	}
	k.release(w)
	blocks := (n + blockSize - 1) / blockSize
	par.Sweep(blocks, max(1, int(regionTime/(k.cost*blockSize))), func(lo, hi int) {
		w := k.worker(l.uniforms)
		k.span(w, l.sizes, l.views, lo*blockSize, min(hi*blockSize, n))
		k.release(w)
	})
}

// look describes the operands in w.views, and reports whether each is dense or
// a single element, so that no nest of loops is needed.
func (w *worker) look(k *Kernel, s []int, in, out []Operand) bool {
	flat := true
	w.views = w.views[:0]
	for i := range in {
		flat = w.add(&in[i], &k.ins[i]) && flat
	}
	for i := range out {
		flat = w.add(&out[i], &k.outs[i]) && flat
	}
	return flat
}

func (w *worker) add(o *Operand, p *port) (flat bool) {
	v := view{size: p.dtype.Size()}
	flat = true
	if p.used {
		v.base = unsafe.Pointer(&o.Mem[o.Offset*v.size])
		v.dense = o.IsContiguous()
		if !v.dense {
			v.fixed = fixed(o.Shape, o.Strides)
			flat = v.fixed
		}
	}
	w.views = append(w.views, v)
	return flat
}

// fixed reports whether all indices are one element.
func fixed(s, strides []int) bool {
	for i, d := range s {
		if d != 1 && strides[i] != 0 {
			return false
		}
	}
	return true
}

// nest finds the loops over the operands, as strided.Coalesce does, in memory
// of the worker's: broadcasts are too common to allocate for.
func (w *worker) nest(s []int, in, out []Operand) {
	rank := len(s)
	w.sizeMem = slices.Grow(w.sizeMem[:0], rank)[:rank]
	w.sizes = w.sizeMem
	w.strides = slices.Grow(w.strides[:0], rank*len(w.views))[:rank*len(w.views)]
	for i := range w.views {
		w.views[i].strides = w.strides[i*rank : (i+1)*rank]
	}
	first, contiguous := rank, 1
	for a := rank - 1; a >= 0; a-- {
		d := s[a]
		if d == 1 {
			continue
		}
		even := first < rank
		for i := range w.views {
			v := &w.views[i]
			st := contiguous
			if v.base != nil && !v.dense {
				if i < len(in) {
					st = in[i].Strides[a]
				} else {
					st = out[i-len(in)].Strides[a]
				}
			}
			even = even && st == v.strides[first]*w.sizes[first]
			if first > 0 {
				v.strides[first-1] = st
			}
		}
		contiguous *= d
		if even {
			w.sizes[first] *= d
			continue
		}
		first--
		w.sizes[first] = d
	}
	w.sizes = w.sizes[first:]
	for i := range w.views {
		w.views[i].strides = w.views[i].strides[first:]
	}
}

// worker returns a worker whose constants and uniforms are in place.
func (k *Kernel) worker(uniforms []float64) *worker {
	w, _ := k.workers.Get().(*worker)
	if w == nil {
		w = k.newWorker()
	} else if len(k.uniforms) == 0 || same(w.uniforms, uniforms) {
		return w
	}
	for _, f := range k.uniforms {
		splat(w.at[f.place], f.class, uniforms[int(f.value)])
	}
	w.uniforms = append(w.uniforms[:0], uniforms...)
	for i := range k.constant {
		w.do(&k.constant[i], blockSize)
	}
	return w
}

func same(a, b []float64) bool {
	if len(a) != len(b) {
		return false
	}
	for i, x := range a {
		if math.Float64bits(x) != math.Float64bits(b[i]) {
			return false
		}
	}
	return true
}

func (k *Kernel) newWorker() *worker {
	w := &worker{at: make([]unsafe.Pointer, k.places)}
	const line = 64 // bytes; blocks begin on cache lines
	bytes := k.width * blockSize
	w.memory = make([]uint64, (len(k.slots)*bytes+line)/8)
	p := unsafe.Pointer(&w.memory[0])
	off := int(-uintptr(p) & (line - 1))
	for i, s := range k.slots {
		w.at[s] = unsafe.Add(p, off+i*bytes)
	}
	for _, f := range k.fills {
		splat(w.at[f.place], f.class, f.value)
	}
	return w
}

// release gives w back; it must not keep operands alive.
func (k *Kernel) release(w *worker) {
	for i := range k.ins {
		w.at[k.ins[i].place] = nil
	}
	for i := range k.outs {
		w.at[k.outs[i].place] = nil
	}
	clear(w.views)
	k.workers.Put(w)
}

func splat(p unsafe.Pointer, c class, x float64) {
	switch c {
	case f32:
		fillWith(p, float32(x))
	case f64:
		fillWith(p, x)
	case i32:
		fillWith(p, int32(saturate(x, math.MinInt64, int64(math.MaxInt64), 0x1p63)))
	case i64:
		fillWith(p, saturate(x, math.MinInt64, int64(math.MaxInt64), 0x1p63))
	case u32:
		fillWith(p, uint32(saturate(x, math.MinInt64, int64(math.MaxInt64), 0x1p63)))
	case mask:
		fillWith(p, bitsOf(x != 0))
	}
}

func fillWith[T any](p unsafe.Pointer, x T) {
	s := slice[T](p, blockSize)
	for i := range s {
		s[i] = x
	}
}

func (w *worker) do(s *step, n int) { s.f(w.at[s.d], w.at[s.a], w.at[s.b], w.at[s.c], n) }

// span runs the kernel on elements [lo, hi) of the launch.
func (k *Kernel) span(w *worker, sizes []int, views []view, lo, hi int) {
	size := blockSize
	if k.oneStep(views) {
		size = hi - lo
	}
	k.prepare(w, views, min(size, hi-lo))
	for ; lo < hi; lo += size {
		k.block(w, sizes, views, lo, min(size, hi-lo))
		for o := range k.outs {
			k.outs[o].flush(w, sizes, &views[len(k.ins)+o], lo, min(size, hi-lo))
		}
	}
}

// oneStep reports whether k is one step from memory to memory: that needs no
// blocks.
func (k *Kernel) oneStep(views []view) bool {
	if !k.bare || len(k.steps) != 1 {
		return false
	}
	for i := range views {
		if !views[i].dense {
			return false
		}
	}
	return true
}

// prepare loads what stays for all blocks, of at most n elements.
func (k *Kernel) prepare(w *worker, views []view, n int) {
	for i := range k.ins {
		if p, v := &k.ins[i], &views[i]; v.fixed && p.used {
			pick(unsafe.Pointer(&w.raw[0]), v.base, 0, n, v.size)
			loads[p.dtype][p.class](w.at[p.buffer], unsafe.Pointer(&w.raw[0]), n)
			w.at[p.place] = w.at[p.buffer]
		}
	}
}

// load makes elements [lo, lo+n) of the inputs ready.
func (k *Kernel) load(w *worker, sizes []int, views []view, lo, n int) {
	for i := range k.ins {
		p, v := &k.ins[i], &views[i]
		switch {
		case !p.used || v.fixed:
		case v.dense && p.direct:
			w.at[p.place] = unsafe.Add(v.base, lo*v.size)
		case v.dense:
			w.at[p.place] = w.at[p.buffer]
			loads[p.dtype][p.class](w.at[p.place], unsafe.Add(v.base, lo*v.size), n)
		default:
			p.gather(w, sizes, v, lo, n)
		}
	}
}

// block runs the steps on elements [lo, lo+n), without storing outputs that
// are not written in place. A view beyond those of the outputs maps elements to
// the index they are to see.
func (k *Kernel) block(w *worker, sizes []int, views []view, lo, n int) {
	k.load(w, sizes, views, lo, n)
	for o := range k.outs {
		p, v := &k.outs[o], &views[len(k.ins)+o]
		if v.dense && p.direct {
			w.at[p.place] = unsafe.Add(v.base, lo*v.size)
		} else {
			w.at[p.place] = w.at[p.buffer]
		}
	}
	for half, q := range k.index {
		if q < 0 {
			continue
		}
		d, shift := slice[uint32](w.at[q], n), 32*half
		if all := len(k.ins) + len(k.outs); len(views) > all {
			v := &views[all]
			stride := v.strides[len(sizes)-1]
			rows(sizes, v, lo, n, func(at, from, m int) {
				for i := range m {
					d[from+i] = uint32(uint64(at+i*stride) >> shift)
				}
			})
			continue
		}
		for i := range d {
			d[i] = uint32(uint64(lo+i) >> shift)
		}
	}
	k.steps.run(w, n)
}

// run does the steps on n elements.
func (l steps) run(w *worker, n int) {
	for i := 0; i < len(l); i++ {
		if s := &l[i]; s.f != nil {
			w.do(s, n)
		} else if s.skip(w.at[s.a], n) {
			i += s.count
		}
	}
}

// rows calls f for each run of elements [lo, lo+n) along the innermost loop:
// at is the element of v where the run begins, from how many went before.
func rows(sizes []int, v *view, lo, n int, f func(at, from, n int)) {
	last := len(sizes) - 1
	inner, stride := sizes[last], v.strides[last]
	row, col := lo/inner, lo%inner
	for done := 0; done < n; row++ {
		at, r := col*stride, row
		for a := last - 1; a >= 0; a-- {
			d := sizes[a]
			at += r % d * v.strides[a]
			r /= d
		}
		m := min(inner-col, n-done)
		f(at, done, m)
		done += m
		col = 0
	}
}

// gather loads elements [lo, lo+n) of a strided operand, or points to them if
// they happen to lie as the program reads them.
func (p *port) gather(w *worker, sizes []int, v *view, lo, n int) {
	stride := v.strides[len(sizes)-1]
	w.at[p.place] = w.at[p.buffer]
	dst := unsafe.Pointer(&w.raw[0])
	if p.direct {
		dst = w.at[p.buffer]
	}
	rows(sizes, v, lo, n, func(at, from, m int) {
		src := unsafe.Add(v.base, at*v.size)
		if m == n && stride == 1 {
			if p.direct {
				w.at[p.place] = src
			} else {
				dst = src
			}
			return
		}
		pick(unsafe.Add(dst, from*v.size), src, stride, m, v.size)
	})
	if !p.direct {
		loads[p.dtype][p.class](w.at[p.place], dst, n)
	}
}

// flush stores elements [lo, lo+n) of an output that is not written in place.
func (p *port) flush(w *worker, sizes []int, v *view, lo, n int) {
	if v.dense {
		if !p.direct {
			stores[p.dtype][p.class](unsafe.Add(v.base, lo*v.size), w.at[p.place], n)
		}
		return
	}
	if v.fixed { // one element, or writers of the same place: the last wins
		t := unsafe.Pointer(&w.raw[0])
		stores[p.dtype][p.class](t, unsafe.Add(w.at[p.place], (n-1)*p.class.size()), 1)
		put(v.base, t, 1, 1, v.size)
		return
	}
	src := w.at[p.place]
	if !p.direct {
		src = unsafe.Pointer(&w.raw[0])
		stores[p.dtype][p.class](src, w.at[p.place], n)
	}
	stride := v.strides[len(sizes)-1]
	rows(sizes, v, lo, n, func(at, from, m int) {
		put(unsafe.Add(v.base, at*v.size), unsafe.Add(src, from*v.size), stride, m, v.size)
	})
}
