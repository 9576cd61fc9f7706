package cuda

import (
	"fmt"
	"math"
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/driver"
	"github.com/hekla-ml/hekla/backend/cuda/ptx"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// share is the most elements of an output that one block folds. More are cut
// into pieces, whose sums are folded in turn: what keeps the GPU busy where
// there are few outputs, and rounding errors small.
const share = 1 << 14

// reduce computes a call that folds a function of its inputs over axes.
func (d *device) reduce(c *backend.Call) error {
	out := &c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	a := c.Fold
	f := fold{device: d, call: c, fn: a.Fn, by: a.By, over: a.Over, uniforms: a.Uniforms, in: c.In, out: address(out), outType: out.DType}
	switch kind := a.Fn.Code[a.Fn.Outputs[0]].Kind; {
	case kind == pointwise.Int:
		f.sum = dtype.Int64
	case kind != pointwise.Float:
		return unsupported("a fold of %v", kind)
	case hasType(c, dtype.Float64):
		f.sum = dtype.Float64
	default:
		f.sum = dtype.Float32
	}
	if f.sum == dtype.Int64 && a.Over != 0 && a.Over != 1 {
		return unsupported("a quotient of integers")
	}
	return f.all(c.In[0].Shape, a.Axes, out.Numel())
}

// all runs the fold over axes of the full shape, in one pass or two.
func (f fold) all(full, axes []int, outputs int) error {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	f.lay(s, full, axes)
	f.outputs = outputs
	pieces := min((f.elements+share-1)/share, math.MaxUint16)
	if pieces <= 1 {
		return f.run(s, 1)
	}
	// Partial sums, piece by piece, then a fold of those.
	sum := f.sum
	if f.double() {
		sum = dtype.Float64
	}
	view, free, err := f.temporary(sum, []int{pieces, outputs})
	if err != nil {
		return err
	}
	defer free()
	g := f
	g.out, g.outType, g.over = address(&view), sum, 0
	if err := g.run(s, pieces); err != nil {
		return err
	}
	f.sum, f.fn, f.uniforms, f.in = sum, identities[sum], nil, []backend.View{view}
	f.lay(s, view.Shape, []int{0})
	return f.run(s, 1)
}

// identities fold what they are given.
var identities = map[dtype.DType]*op.Fn{
	dtype.Float32: identity(pointwise.Float), dtype.Float64: identity(pointwise.Float), dtype.Int64: identity(pointwise.Int),
}

func identity(k pointwise.Kind) *op.Fn {
	return op.NewFn([]pointwise.Kind{k}, nil, func(in, _ []op.V) []op.V { return in })
}

// A fold is one pass of a reduction.
type fold struct {
	*device
	call              *backend.Call
	fn                *op.Fn
	by                op.By
	over              float64
	uniforms          []float64
	in                []backend.View
	out               uint64
	outType, sum      dtype.DType
	outputs, elements int
	columns, index    bool
}

// double reports whether sums are kept in float64; see ptx.Reduction.
func (f *fold) double() bool {
	return f.sum == dtype.Float64 || f.sum == dtype.Float32 && (f.by == op.BySum || f.by == op.ByProd)
}

// lay finds the loops over the outputs and over the elements of each.
func (f *fold) lay(s *scratch, full, axes []int) {
	f.index = f.fn.ReadsIndex()
	operands := len(f.in)
	if f.index {
		operands++ // the number of the element
	}
	numbers := shape.Strides(full)
	s.nest.reset(operands)
	s.reduced.reset(operands)
	f.elements, f.columns = 1, false
	for axis, n := range full {
		to := &s.nest
		if slices.Contains(axes, axis) {
			f.elements *= n
			to = &s.reduced
		}
		if n > 1 {
			f.columns = to == &s.nest && n >= 8
		}
		to.push(n, func(k int) int {
			if k == len(f.in) {
				return numbers[axis]
			}
			return f.in[k].Strides[axis] * f.in[k].DType.Size()
		})
	}
}

// team chooses how many threads fold an output, by the shape alone.
func (f *fold) team(elements int) int {
	switch {
	case elements <= 8:
		return 1
	case f.columns && elements <= 256:
		return 8
	case elements <= 256 || f.columns:
		return 32
	}
	return ptx.Threads
}

// run launches the fold, the elements of each output cut into pieces.
func (f *fold) run(s *scratch, pieces int) error {
	length := (f.elements + pieces - 1) / pieces
	r := ptx.Reduction{
		By: f.by, Out: f.outType, Divide: f.over != 0 && f.over != 1, Kept: s.nest.rank(), Reduced: s.reduced.rank(),
		Team: f.team(length), Columns: f.columns, Index: f.index, Wide: f.outputs > math.MaxInt32 || f.elements > math.MaxInt32,
	}
	fn, err := f.kernelOf(r)
	if err != nil {
		return err
	}
	w := append(s.words[:0], uint64(f.outputs), uint64(f.elements), uint64(length))
	for i := range f.in {
		w = append(w, address(&f.in[i]))
	}
	w = append(w, f.out)
	w = uniforms(w, f.fn, f.uniforms, f.sum == dtype.Float64)
	w = append(w, ptx.Scalar(pointwise.Float, f.over, f.double()))
	w = s.reduced.words(s.nest.words(w))
	s.words = w
	rows := ptx.Threads / r.Team
	blocks := (f.outputs + rows - 1) / rows
	if blocks > math.MaxInt32 {
		return unsupported("%d outputs", f.outputs)
	}
	return f.launch(f.call, fn, [3]uint32{uint32(blocks), uint32(pieces), 1}, ptx.Threads, w)
}

// kernelOf returns the kernel of a reduction.
func (f *fold) kernelOf(r ptx.Reduction) (driver.Function, error) {
	if len(f.in)+3 > len(callKey{}.types) {
		return 0, unsupported("%d operands", len(f.in))
	}
	key := callKey{kind: "reduce", fn: f.fn}
	for i := range f.in {
		key.types[i] = f.in[i].DType
	}
	key.types[len(f.in)], key.types[len(f.in)+1] = f.sum, f.outType
	for _, bit := range [...]bool{r.Divide, r.Columns, r.Index, r.Wide} {
		key.shape <<= 1
		if bit {
			key.shape |= 1
		}
	}
	key.shape = key.shape<<40 | uint64(r.By)<<36 | uint64(r.Kept)<<28 | uint64(r.Reduced)<<20 | uint64(r.Team)
	if fn, ok := f.find(key); ok {
		return fn, nil
	}
	return f.newReduction(key, r)
}

func (f *fold) newReduction(key callKey, r ptx.Reduction) (driver.Function, error) {
	spec := func() pointwise.Spec {
		s := specOf(f.fn, f.in, nil)
		s.Out = []dtype.DType{f.sum}
		return s
	}
	return f.kernel(key, func() string { return fmt.Sprint("reduce ", spec().Key(), f.outType, key.shape) }, func() (*ptx.Kernel, error) {
		r.Spec = spec()
		if err := ptx.Supported(r.Spec); err != nil {
			return nil, unsupported("%v", err)
		}
		k := ptx.Reduce(r)
		if k.Words > maxWords {
			return nil, unsupported("%d words of parameters", k.Words)
		}
		return k, nil
	})
}
