package cpu

import (
	"slices"
	"unsafe"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/interp"
)

// maxSmall is the most operands of a small call.
const maxSmall = 8

// small computes an elementwise call on a few hundred elements that lie alike
// and without gaps in all operands, and reports whether it was one: the work
// takes less time there than the usual way to it. What is malformed it leaves to
// that.
func (d *device) small(c *backend.Call) bool {
	if len(c.In)+len(c.Out) > maxSmall || len(c.Out) == 0 {
		return false
	}
	first := &c.Out[0]
	n := first.Numel()
	if n == 0 || n > interp.FlatSize || len(first.Shape) != len(first.Strides) || !first.IsContiguous() {
		return false
	}
	var at [maxSmall]unsafe.Pointer
	var types signature
	i := 0
	for _, views := range [...][]backend.View{c.In, c.Out} {
		for k := range views {
			v := &views[k]
			if !slices.Equal(v.Shape, first.Shape) || !slices.Equal(v.Strides, first.Strides) {
				return false
			}
			if at[i] = begin(v, n); at[i] == nil {
				return false
			}
			types[i] = v.DType
			i++
		}
	}
	k := d.fns.kernelFor(c.Fn, types, len(c.In), len(c.Out))
	if !k.Flat() {
		return false
	}
	k.RunFlat(n, at[:i], c.Uniforms)
	return true
}

// begin returns where the n elements of v begin, or nil if it has no such.
func begin(v *backend.View, n int) unsafe.Pointer {
	h, ok := v.Buffer.(backend.HostBuffer)
	if !ok || v.Offset < 0 {
		return nil
	}
	mem, size := h.Bytes(), v.DType.Size()
	if size == 0 || v.Offset > len(mem) || (v.Offset+n)*size > len(mem) {
		return nil
	}
	return unsafe.Pointer(&mem[v.Offset*size])
}
