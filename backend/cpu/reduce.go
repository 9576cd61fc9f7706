package cpu

import (
	"slices"
	"unsafe"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/interp"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
	"github.com/hekla-ml/hekla/backend/cpu/internal/strided"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// chunk is how many elements of the function's results are made at a time, in
// the first-level cache, before they are folded.
const chunk = 8192

// reduce computes a call that folds a function of its inputs over axes. The
// elements of an output are cut into pieces of a size that follows from the
// shape alone; a piece is folded in lanes of a fixed number, and pieces add up
// in order, in float64 or int64.
func (d *device) reduce(c *backend.Call) error {
	out := &c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	if len(c.In) == 0 || c.In[0].Numel() == 0 || readsIndex(c.Fold.Fn) {
		return backend.Evaluate(c)
	}
	full := c.In[0].Shape
	wide := out.DType == dtype.Float64
	for i := range c.In {
		wide = wide || c.In[i].DType == dtype.Float64
	}
	program := c.Fold.Fn
	switch kind := program.Code[program.Outputs[0]].Kind; {
	case kind == pointwise.Int:
		foldAs(d, c, full, dtype.Int64, folderOfInts(c.Fold.By))
	case kind != pointwise.Float:
		return backend.Evaluate(c)
	case wide:
		foldAs(d, c, full, dtype.Float64, folderOf64(c.Fold.By))
	default:
		foldAs(d, c, full, dtype.Float32, folderOf32(c.Fold.By))
	}
	return nil
}

// readsIndex reports whether a function depends on the index of the element,
// which is lost when axes are reordered.
func readsIndex(f *op.Fn) bool {
	for _, i := range f.Code {
		if i.Op == pointwise.OpIndex || i.Op == pointwise.OpIndexHigh {
			return true
		}
	}
	return false
}

// A fold is one reduction under way. T holds elements, A their sums.
type fold[T float32 | float64 | int64, A float64 | int64] struct {
	*folder[T, A]
	kernel   *interp.Kernel
	uniforms []float64
	plain    bool // the elements are those of the one input, as they are
	inputs   []backend.View
	kept     strided.Nest // loops over the outputs
	reduced  strided.Nest // loops over the elements of one
	// A piece is a range of step of loop axis of reduced, at one index of the
	// loops around it.
	axis, step, pieces, segments int
}

func foldAs[T float32 | float64 | int64, A float64 | int64](d *device, c *backend.Call, full []int, of dtype.DType, f *folder[T, A]) {
	a := c.Fold
	r := fold[T, A]{folder: f, uniforms: a.Uniforms, inputs: c.In}
	r.kernel = d.fns.kernelFor(a.Fn, c.In, of)
	r.plain = len(c.In) == 1 && c.In[0].DType == of && a.Fn.Code[a.Fn.Outputs[0]].Op == pointwise.OpInput
	var keptShape, reducedShape []int
	keptStrides, reducedStrides := make([][]int, len(c.In)), make([][]int, len(c.In))
	columns := false // the last axis is kept, and long enough to work along it
	for i, n := range full {
		if n == 1 {
			continue
		}
		if slices.Contains(a.Axes, i) {
			reducedShape, columns = append(reducedShape, n), false
			for k := range c.In {
				reducedStrides[k] = append(reducedStrides[k], c.In[k].Strides[i])
			}
		} else {
			keptShape, columns = append(keptShape, n), n >= 8
			for k := range c.In {
				keptStrides[k] = append(keptStrides[k], c.In[k].Strides[i])
			}
		}
	}
	r.kept, _ = strided.Coalesce(keptShape, keptStrides...)
	r.reduced, _ = strided.Coalesce(reducedShape, reducedStrides...)
	outputs := c.Out[0].Numel()
	last := len(r.kept.Sizes) - 1
	width := r.kept.Sizes[last]

	// How many of the last kept loop's outputs go together, and how the elements
	// of each are cut.
	var group int
	if columns {
		group = min(width, chunk/8)
		r.cut(chunk / group)
	} else {
		r.cut(chunk)
		group = 1
		if r.pieces == 1 {
			group = min(width, max(1, chunk/r.reduced.Count(len(r.reduced.Sizes))))
		}
	}
	groups := (width + group - 1) / group
	sums, block := scratch.Get[A](outputs * r.pieces)
	defer block.Put()
	par.For(r.kept.Count(last)*groups*r.pieces, grain(min(group*r.elements(), chunk)), func(lo, hi int) {
		mem, block := scratch.Get[T](group * r.elements())
		defer block.Put()
		for i := lo; i < hi; i++ {
			piece, first := i%r.pieces, i/r.pieces%groups*group
			outer := i / r.pieces / groups
			n := min(group, width-first)
			to := sums[piece*outputs+outer*width+first:][:n]
			if columns {
				r.columns(outer, first, n, piece, mem, to)
			} else {
				r.rows(outer, first, n, piece, mem, to)
			}
		}
	})
	finish(c, sums, r.pieces, f.join)
}

// cut divides the elements of an output into pieces of about n.
func (r *fold[T, A]) cut(n int) {
	s := r.reduced.Sizes
	inner := 1
	r.axis = len(s) - 1
	for r.axis > 0 && inner*s[r.axis] <= n {
		inner *= s[r.axis]
		r.axis--
	}
	r.step = min(max(1, n/inner), s[r.axis])
	r.segments = (s[r.axis] + r.step - 1) / r.step
	r.pieces = r.reduced.Count(r.axis) * r.segments
}

// elements returns the most elements a piece has.
func (r *fold[T, A]) elements() int {
	n := r.step
	for _, d := range r.reduced.Sizes[r.axis+1:] {
		n *= d
	}
	return n
}

// piece returns the shape of piece p, and where it begins in input k.
func (r *fold[T, A]) piece(p int) (s []int, at func(k int) int) {
	outer, first := p/r.segments, p%r.segments*r.step
	s = slices.Clone(r.reduced.Sizes[r.axis:])
	s[0] = min(r.step, s[0]-first)
	return s, func(k int) int {
		return r.reduced.At(k, r.axis, outer) + first*r.reduced.Strides[k][r.axis]
	}
}

// rows folds a piece of n outputs whose elements follow each other.
func (r *fold[T, A]) rows(outer, first, n, p int, mem []T, to []A) {
	s, at := r.piece(p)
	box := r.evaluate(append([]int{n}, s...), func(k int) ([]int, int) {
		last := len(r.kept.Sizes) - 1
		stride := r.kept.Strides[k][last]
		return append([]int{stride}, r.reduced.Strides[k][r.axis:]...), at(k) + r.kept.At(k, last, outer) + first*stride
	}, mem)
	size := len(box) / n
	for i := range to {
		row, sum := box[i*size:][:size], r.start
		for len(row) > 0 {
			m := min(len(row), 1024)
			sum = r.join(sum, r.line(row[:m]))
			row = row[m:]
		}
		to[i] = sum
	}
}

// columns folds a piece of n outputs that lie side by side, whole lines of them
// at a time.
func (r *fold[T, A]) columns(outer, first, n, p int, mem []T, to []A) {
	s, at := r.piece(p)
	box := r.evaluate(append(s, n), func(k int) ([]int, int) {
		last := len(r.kept.Sizes) - 1
		stride := r.kept.Strides[k][last]
		return append(slices.Clone(r.reduced.Strides[k][r.axis:]), stride), at(k) + r.kept.At(k, last, outer) + first*stride
	}, mem)
	for i := range to {
		to[i] = r.start
	}
	// Some dozens of lines in T, their sums in A.
	const lines = 32
	acc, block := scratch.Get[T](n)
	defer block.Put()
	for len(box) > 0 {
		m := min(len(box)/n, lines)
		copy(acc, box[:n])
		for i := 1; i < m; i++ {
			r.lines(acc, box[i*n:][:n])
		}
		for i, x := range acc {
			to[i] = r.join(to[i], A(x))
		}
		box = box[m*n:]
	}
}

// evaluate returns the function's results on a box of the inputs, in row-major
// order: in mem, unless they are there already.
func (r *fold[T, A]) evaluate(s []int, box func(k int) (strides []int, at int), mem []T) []T {
	o := operandPool.Get().(*operands)
	defer o.put()
	for k := range r.inputs {
		strides, at := box(k)
		v := shape.View{Shape: s, Strides: strides, Offset: r.inputs[k].Offset + at}
		if r.plain && v.IsContiguous() {
			return elements[T](&r.inputs[k])[at:][:shape.Numel(s)]
		}
		o.in = append(o.in, interp.Operand{Mem: hostMemory(&r.inputs[k]), View: v})
	}
	mem = mem[:shape.Numel(s)]
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(&mem[0])), len(mem)*int(unsafe.Sizeof(mem[0])))
	o.out = append(o.out, interp.Operand{Mem: bytes, View: shape.Contiguous(s)})
	r.kernel.Run(s, o.in, o.out, r.uniforms)
	return mem
}

// finish joins the pieces of each output, divides, and stores.
func finish[A float64 | int64](c *backend.Call, sums []A, pieces int, join func(x, y A) A) {
	out := &c.Out[0]
	n := out.Numel()
	par.For(n, grain(4*pieces), func(lo, hi int) {
		for p := 1; p < pieces; p++ {
			more := sums[p*n:][:n]
			for i := lo; i < hi; i++ {
				sums[i] = join(sums[i], more[i])
			}
		}
		part := *out
		part.View = shape.View{Shape: []int{hi - lo}, Strides: []int{1}, Offset: out.Offset + lo}
		storeSums(&part, sums[lo:hi], c.Fold.Over)
	})
}

func storeSums[A float64 | int64](out *backend.View, sums []A, over float64) {
	if over == 0 {
		over = 1
	}
	switch out.DType {
	case dtype.Float32:
		for i, y := 0, dense[float32](out); i < len(y); i++ {
			y[i] = float32(float64(sums[i]) / over)
		}
		return
	case dtype.Int64:
		if ints, ok := any(sums).([]int64); ok && over == 1 {
			copy(dense[int64](out), ints)
			return
		}
	}
	put := storer(out)
	for i, x := range sums {
		put(i, float64(x)/over)
	}
}
