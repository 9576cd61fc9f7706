package vulkan

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// topKWide finds the first few elements of a line that is longer than a kernel can
// see among the first few of each piece. The definition, which sorts all, would take
// memory for that.
func (d *device) topKWide(c *backend.Call, a op.TopKAttrs) error {
	x := c.In[0]
	axis := axisOf(a.Axis, len(x.Shape))
	n := x.Shape[axis]
	if x.Numel() != n {
		return backend.ErrUnsupported // lines by themselves: as they are sorted
	}
	x.Shape, x.Strides = []int{n}, []int{x.Strides[axis]}
	pieces, size := [][2]int(nil), n
	for part := x; d.wide(&part) || int64(size)*8 > d.limits.StorageRange/2; { // with int64 indices
		size = ceil(size, 2)
		part.Shape = []int{size}
	}
	for from := 0; from < n; from += size {
		pieces = append(pieces, [2]int{from, min(from+size, n)})
	}
	if a.K*len(pieces) > n/2 {
		return backend.ErrUnsupported
	}
	all := a.K * len(pieces) // a last piece may have fewer
	values, free, err := d.temporary(x.DType, []int{all})
	if err != nil {
		return err
	}
	defer free()
	places, free, err := d.temporary(dtype.Int64, []int{all})
	if err != nil {
		return err
	}
	defer free()
	all = 0
	attrs := op.SortAttrs{Descending: !a.Smallest}
	for _, r := range pieces {
		few := min(a.K, r[1]-r[0])
		to, err := slicesOf([2]int{all, all + few}, values, places)
		if err != nil {
			return err
		}
		all += few
		if err := d.firstOf(x, r, attrs, to); err != nil {
			return err
		}
	}
	// The candidates are in the order of the pieces: of equal ones the first stay first.
	l, err := slicesOf([2]int{0, all}, values, places)
	if err != nil {
		return err
	}
	order, free, err := d.temporary(dtype.Int64, []int{a.K})
	if err != nil {
		return err
	}
	defer free()
	if err := d.firstOf(l[0], [2]int{0, all}, attrs, []backend.View{flatView(c.Out[0]), order}); err != nil {
		return err
	}
	return d.run(&backend.Call{Op: op.Gather, Attrs: op.AxisAttrs{}, In: []backend.View{l[1], order}, Out: []backend.View{flatView(c.Out[1])}})
}

// firstOf sorts the elements r of a line and stores the first of them, and their
// indices in the line, as many as fit.
func (d *device) firstOf(x backend.View, r [2]int, a op.SortAttrs, to []backend.View) error {
	part, err := slicesOf(r, x)
	if err != nil {
		return err
	}
	sorted, free, err := d.temporary(x.DType, part[0].Shape)
	if err != nil {
		return err
	}
	defer free()
	index, free, err := d.temporary(dtype.Int64, part[0].Shape)
	if err != nil {
		return err
	}
	defer free()
	if err := d.run(&backend.Call{Op: op.Sort, Attrs: a, In: part, Out: []backend.View{sorted, index}}); err != nil {
		return err
	}
	l, err := slicesOf([2]int{0, to[0].Shape[0]}, sorted, index)
	if err != nil {
		return err
	}
	if err := d.move(&to[0], &l[0]); err != nil {
		return err
	}
	return d.run(&backend.Call{Fn: plus, Uniforms: []float64{float64(r[0])}, In: l[1:2], Out: to[1:2]})
}
