package vulkan

import (
	"fmt"
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

var (
	plusBoth = combining(pointwise.Value.Add)[pointwise.Int]
	// plusRest adds to places what the others are of a number.
	plusRest = op.NewFn([]pointwise.Kind{pointwise.Int, pointwise.Int}, []pointwise.Kind{pointwise.Int}, func(in, u []pointwise.Value) []pointwise.Value {
		return []pointwise.Value{in[0].Add(u[0].Sub(in[1]))}
	})
	counting = op.NewFn(nil, nil, func(_, _ []pointwise.Value) []pointwise.Value {
		return []pointwise.Value{pointwise.Index().Convert(pointwise.Int)}
	})
)

// searchWide finds places in sorted lines that are longer than a kernel can see: the
// sum of those in each piece.
func (d *device) searchWide(c *backend.Call) error {
	sorted, out := c.In[0], &c.Out[0]
	last := len(sorted.Shape) - 1
	return d.boxes(sorted, []int{last}, func(piece *backend.View, at []int) error {
		call := *c
		call.In = []backend.View{*piece, c.In[1]}
		if at[last] == 0 {
			return d.run(&call)
		}
		more, free, err := d.temporary(dtype.Int64, out.Shape)
		if err != nil {
			return err
		}
		defer free()
		call.Out = []backend.View{more}
		if err := d.run(&call); err != nil {
			return err
		}
		return d.run(&backend.Call{Fn: plusBoth, In: []backend.View{*out, more}, Out: c.Out})
	})
}

// maxPieces is how many pieces of a line are merged: the work grows with the square.
// At Vulkan's least range of 128 MiB they are a billion elements.
const maxPieces = 64

// A merge is a line of which each piece is sorted by itself.
type merge struct {
	pieces         [][2]int
	values, places backend.View // the sorted elements, and where they were in the line
	to             backend.View // where they come to be
	descending     bool
}

// sortWide sorts lines that are longer than a kernel can see: pieces of them, of whose
// elements each comes behind as many of the other pieces' as are less, or equal and
// of an earlier piece.
func (d *device) sortWide(c *backend.Call, a op.SortAttrs) error {
	x := c.In[0]
	rank := len(x.Shape)
	axis := axisOf(a.Axis, rank)
	for _, k := range allBut(rank, axis) {
		if x.Shape[k] > 1 { // all the same
			return d.halves(c, cut{k, k, k}, x.Shape[k])
		}
	}
	n := x.Shape[axis]
	x.Shape, x.Strides = []int{n}, []int{x.Strides[axis]}
	outs := []backend.View{flatView(c.Out[0]), flatView(c.Out[1])}
	m := &merge{descending: a.Descending}
	var err error
	if m.pieces, err = d.piecesOf([]backend.View{x, outs[0], outs[1]}, 0); err != nil {
		return err
	}
	if len(m.pieces) > maxPieces {
		return fmt.Errorf("%w: %d elements to be sorted are %d pieces that kernels of this device see, at most %d are merged", backend.ErrUnsupported, n, len(m.pieces), maxPieces)
	}
	for _, v := range []struct {
		view *backend.View
		t    dtype.DType
	}{{&m.values, x.DType}, {&m.places, dtype.Int64}, {&m.to, dtype.Int64}} {
		made, free, err := d.temporary(v.t, []int{n})
		if err != nil {
			return err
		}
		defer free()
		*v.view = made
	}
	for _, r := range m.pieces {
		l, err := slicesOf(r, x, m.values, m.places, m.to)
		if err != nil {
			return err
		}
		if err := d.run(&backend.Call{Op: op.Sort, Attrs: op.SortAttrs{Descending: a.Descending}, In: l[:1], Out: l[1:3]}); err != nil {
			return err
		}
		if err := d.run(&backend.Call{Fn: plus, Uniforms: []float64{float64(r[0])}, In: l[2:3], Out: l[2:3]}); err != nil {
			return err
		}
		if err := d.run(&backend.Call{Fn: counting, Out: l[3:4]}); err != nil {
			return err
		}
	}
	for j := range m.pieces {
		if err := d.countBefore(m, j); err != nil {
			return err
		}
	}
	return d.permute(m, outs)
}

// countBefore adds to where elements of other pieces come to be how many of piece j
// are before them.
func (d *device) countBefore(m *merge, j int) error {
	l, err := slicesOf(m.pieces[j], m.values)
	if err != nil {
		return err
	}
	sorted := l[0]
	if m.descending {
		v, free, err := d.temporary(sorted.DType, sorted.Shape)
		if err != nil {
			return err
		}
		defer free()
		if err := d.flipHalves(sorted, v, []int{0}); err != nil {
			return err
		}
		sorted = v
	}
	for i := range m.pieces {
		if i == j {
			continue
		}
		if err := d.countIn(m, sorted, i, j); err != nil {
			return err
		}
	}
	return nil
}

// countIn is countBefore for the elements of piece i.
func (d *device) countIn(m *merge, sorted backend.View, i, j int) error {
	l, err := slicesOf(m.pieces[i], m.values, m.to)
	if err != nil {
		return err
	}
	count, free, err := d.temporary(dtype.Int64, l[0].Shape)
	if err != nil {
		return err
	}
	defer free()
	// Up: those less than an element, and the equal ones of an earlier piece. Down:
	// all but those that are less, and but equal ones of a later piece.
	right := j < i != m.descending
	if err := d.run(&backend.Call{Op: op.SearchSorted, Attrs: op.SearchAttrs{Right: right}, In: []backend.View{sorted, l[0]}, Out: []backend.View{count}}); err != nil {
		return err
	}
	add := &backend.Call{Fn: plusBoth, In: []backend.View{l[1], count}, Out: l[1:2]}
	if m.descending {
		add.Fn, add.Uniforms = plusRest, []float64{float64(sorted.Shape[0])}
	}
	return d.run(add)
}

// permute stores elements and their places where they come to be. Each has an
// invocation of its own: for that, the result is seen as lines that are all the same.
func (d *device) permute(m *merge, outs []backend.View) error {
	for _, r := range m.pieces {
		l, err := slicesOf(r, m.to, m.values, m.places)
		if err != nil {
			return err
		}
		n := r[1] - r[0]
		for i := range l {
			l[i].Shape, l[i].Strides = []int{1, n}, []int{n, 1}
		}
		for i, out := range outs {
			out.Shape, out.Strides = []int{out.Shape[0], n}, []int{1, 0}
			if err := d.scatterInto(&out, &l[0], &l[1+i], 0, kernel.Put); err != nil {
				return err
			}
		}
	}
	return nil
}

// slicesOf returns the elements r of lines.
func slicesOf(r [2]int, views ...backend.View) ([]backend.View, error) {
	l := slices.Clone(views)
	for i := range l {
		var err error
		if l[i].View, err = l[i].View.Slice(0, r[0], r[1], 1); err != nil {
			return nil, err
		}
	}
	return l, nil
}
