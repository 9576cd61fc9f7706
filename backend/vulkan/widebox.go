package vulkan

import (
	"fmt"
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// boxes cuts v along some axes into pieces that a kernel can see, in the order of
// their elements along each axis, and has f told where each begins on all axes.
func (d *device) boxes(v backend.View, axes []int, f func(piece *backend.View, at []int) error) error {
	return d.boxesFrom(v, make([]int, len(v.Shape)), axes, f)
}

func (d *device) boxesFrom(v backend.View, at, axes []int, f func(piece *backend.View, at []int) error) error {
	if !d.wide(&v) {
		return f(&v, at)
	}
	k := farthest(&v, axes)
	if k < 0 {
		return d.tooWide()
	}
	for _, r := range halvesOf(v.Shape[k]) {
		half, start := v, slices.Clone(at)
		var err error
		if half.View, err = v.View.Slice(k, r[0], r[1], 1); err != nil {
			return err
		}
		start[k] += r[0]
		if err := d.boxesFrom(half, start, axes, f); err != nil {
			return err
		}
	}
	return nil
}

// halvesOf returns where the halves of an axis of n begin and end.
func halvesOf(n int) [2][2]int { return [2][2]int{{0, n / 2}, {n / 2, n}} }

// farthest returns that of some axes along which v's elements lie farthest apart, or
// -1 if they are in one place on all of them.
func farthest(v *backend.View, axes []int) int {
	best, far := -1, 0
	for _, k := range axes {
		if n := (v.Shape[k] - 1) * v.Strides[k]; n > far {
			best, far = k, n
		}
	}
	return best
}

func (d *device) tooWide() error {
	return fmt.Errorf("%w: an operand spans more than the %d bytes of memory that kernels of this device see, along axes that cannot be cut", backend.ErrUnsupported, d.limits.StorageRange)
}

// allBut returns the axes of a rank but some.
func allBut(rank int, but ...int) (l []int) {
	for k := range rank {
		if !slices.Contains(but, k) {
			l = append(l, k)
		}
	}
	return l
}

// thin returns v with one element on some axes.
func thin(v backend.View, axes ...int) backend.View {
	v.Shape = slices.Clone(v.Shape)
	for _, k := range axes {
		v.Shape[k] = min(v.Shape[k], 1)
	}
	return v
}

// upTo returns v with no more elements on some axes than a shape has.
func upTo(v backend.View, s []int, axes []int) (backend.View, error) {
	var err error
	for _, k := range axes {
		if v.Shape[k] > s[k] && err == nil {
			v.View, err = v.View.Slice(k, 0, s[k], 1)
		}
	}
	return v, err
}

// plus adds a number to integers: kernels see indices of a piece from its beginning.
var plus = op.NewFn([]pointwise.Kind{pointwise.Int}, []pointwise.Kind{pointwise.Int}, func(in, u []pointwise.Value) []pointwise.Value {
	return []pointwise.Value{in[0].Add(u[0])}
})

// shifted returns a dense copy of integers, as int64, with n added to each.
func (d *device) shifted(v *backend.View, n int) (backend.View, func(), error) {
	to, free, err := d.temporary(dtype.Int64, v.Shape)
	if err != nil {
		return to, nil, err
	}
	if err := d.run(&backend.Call{Fn: plus, Uniforms: []float64{float64(n)}, In: []backend.View{*v}, Out: []backend.View{to}}); err != nil {
		free()
		return to, nil, err
	}
	return to, free, nil
}

// flatView returns v, whose elements follow one another, as one line.
func flatView(v backend.View) backend.View {
	v.View = shape.View{Shape: []int{v.Numel()}, Strides: []int{1}, Offset: v.Offset}
	return v
}
