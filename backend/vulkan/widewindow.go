package vulkan

import (
	"fmt"
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// convWide runs a convolution of which a single plane is wider than a kernel can
// see: some rows of the result at a time, or of the windows that a gradient by the
// weight sums over.
func (d *device) convWide(c *backend.Call, a op.ConvAttrs) error {
	in, out := slices.Clone(c.In), slices.Clone(c.Out)
	// The operands of x[n, ci, p*stride - pad + q*dilation] w[co, ci, q] y[n, co, p].
	x, w, y := &in[0], &in[1], &out[0]
	switch c.Op {
	case op.ConvTranspose:
		x, y = y, x
	case op.ConvWeight:
		w, y = y, w
	}
	cut := y // whose rows are cut in two
	if c.Op == op.ConvTranspose {
		cut = x
	}
	axis := 2 + slices.IndexFunc(cut.Shape[2:], func(n int) bool { return n > 1 })
	if axis < 2 {
		return fmt.Errorf("%w: a convolution one of whose windows spans more than the %d bytes of memory that kernels of this device see", backend.ErrUnsupported, d.limits.StorageRange)
	}
	axes := len(x.Shape) - 2
	pads := perAxis(a.Pad, axes, 0)
	stride, pad, dilation := perAxis(a.Stride, axes, 1)[axis-2], pads[axis-2], perAxis(a.Dilation, axes, 1)[axis-2]
	wide := (w.Shape[axis]-1)*dilation + 1
	n := cut.Shape[axis]
	var both backend.View
	if c.Op == op.ConvWeight {
		var err error
		if both, err = d.both(w.Shape, sumType(w.DType)); err != nil {
			return err
		}
		defer d.giveScratch(both.Buffer.(*buffer))
	}
	wholeX, wholeY := x.View, y.View
	for i, r := range halvesOf(n) {
		p, q := r, r // rows of x and of y
		if cut == y {
			p[0] = max(r[0]*stride-pad, 0)
			p[1] = (r[1]-1)*stride - pad + wide
		} else {
			// The first window that reaches the first row, but none that begins behind it.
			q[0] = max(min(ceil(max(r[0]+pad-wide+1, 0), stride), (r[0]+pad)/stride), 0)
			q[1] = (r[1]-1+pad)/stride + 1
		}
		var err error
		if x.View, err = within(wholeX, axis, p); err != nil {
			return err
		}
		if y.View, err = within(wholeY, axis, q); err != nil {
			return err
		}
		b := a
		b.Pad = slices.Clone(pads)
		b.Pad[axis-2] = pad + p[0] - q[0]*stride
		half := backend.Call{Op: c.Op, Attrs: b, In: slices.Clone(in), Out: slices.Clone(out)}
		if c.Op == op.ConvWeight {
			half.Out[0] = both
			if half.Out[0].View, err = both.Select(0, i); err != nil {
				return err
			}
		}
		if err := d.runDense(&half); err != nil {
			return err
		}
	}
	if c.Op == op.ConvWeight {
		return d.joined(c.Op, both, c.Out, op.BySum, 0)
	}
	return nil
}

// within returns the indices r of an axis that there are, of v.
func within(v shape.View, axis int, r [2]int) (shape.View, error) {
	lo := min(r[0], v.Shape[axis])
	return v.Slice(axis, lo, max(min(r[1], v.Shape[axis]), lo), 1)
}

// sumType is the type in which sums of elements of t are kept: of small floats,
// float32.
func sumType(t dtype.DType) dtype.DType {
	if t == dtype.Float16 || t == dtype.BFloat16 {
		return dtype.Float32
	}
	return t
}

// resizeHalves is resizeAxis of more than a kernel can see, cut along another axis.
func (d *device) resizeHalves(to, x *backend.View, axis int, table tapsOf) error {
	k := 0
	for k < len(x.Shape) && (k == axis || x.Shape[k] < 2) {
		k++
	}
	if k == len(x.Shape) {
		taps, at, weights := table(axis-2, x.Shape[axis])
		return d.resizeLine(to, x, axis, [2]int{0, to.Shape[axis]}, taps, at, weights)
	}
	n := x.Shape[k]
	for _, r := range halvesOf(n) {
		if err := d.resizePiece(*to, *x, k, r, axis, table); err != nil {
			return err
		}
	}
	return nil
}

// resizeLine resizes a line to elements r of another, of a table: in halves if a
// kernel cannot see those, what they are made of, or their part of the table.
func (d *device) resizeLine(to, x *backend.View, axis int, r [2]int, taps int, at []int, weights []float64) error {
	n := (r[1] - r[0]) * taps
	places, from, end := at[r[0]*taps:][:n], x.Shape[axis], 0
	for _, k := range places {
		if k >= 0 { // there is such an element
			from, end = min(from, k), max(end, k+1)
		}
	}
	from = min(from, end)
	part, piece := *x, *to
	var err error
	if part.View, err = x.View.Slice(axis, from, max(end, from+1), 1); err != nil {
		return err
	}
	if piece.View, err = to.View.Slice(axis, r[0], r[1], 1); err != nil {
		return err
	}
	if !d.wide(&part) && !d.wide(&piece) && int64(n*4*(1+kernel.WeightParts(x.DType))) <= d.limits.StorageRange {
		near := make([]int, n)
		for i, k := range places {
			near[i] = max(k-from, -1)
		}
		return d.resizeBy(&piece, &part, axis, taps, near, weights[r[0]*taps:][:n])
	}
	middle := (r[0] + r[1]) / 2
	if middle == r[0] {
		return d.tooWide()
	}
	if err := d.resizeLine(to, x, axis, [2]int{r[0], middle}, taps, at, weights); err != nil {
		return err
	}
	return d.resizeLine(to, x, axis, [2]int{middle, r[1]}, taps, at, weights)
}

// resizePiece resizes along axis what has the indices r of axis k.
func (d *device) resizePiece(to, x backend.View, k int, r [2]int, axis int, table tapsOf) (err error) {
	if x.View, err = x.Slice(k, r[0], r[1], 1); err != nil {
		return err
	}
	if to.View, err = to.Slice(k, r[0], r[1], 1); err != nil {
		return err
	}
	if !x.IsContiguous() {
		v, free, err := d.temporary(x.DType, x.Shape)
		if err != nil {
			return err
		}
		defer free()
		if err := d.move(&v, &x); err != nil {
			return err
		}
		x = v
	}
	if to.IsContiguous() {
		return d.resizeAxis(&to, &x, axis, table)
	}
	v, free, err := d.temporary(to.DType, to.Shape)
	if err != nil {
		return err
	}
	defer free()
	if err := d.resizeAxis(&v, &x, axis, table); err != nil {
		return err
	}
	return d.move(&to, &v)
}
