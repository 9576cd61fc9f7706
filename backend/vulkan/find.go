package vulkan

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// finds reports whether kernels find operands that are not bound by addresses among
// their parameters: on GPUs that have them, once they have shown it.
func (d *device) finds() bool {
	if d.info.Kind == backend.Software {
		return d.reaches
	}
	if !d.physical.Addresses || !d.physical.Int64 {
		return false
	}
	if d.finding == untried {
		d.finding = proven // while it is tried
		if err := d.tryFinding(); err != nil {
			d.finding = wrong
			slog.Warn("vulkan: operands are not found by their addresses", "device", d.info.Name, "reason", err)
		}
	}
	return d.finding == proven
}

var threefold = op.NewFn([]pointwise.Kind{pointwise.Float, pointwise.Float}, []pointwise.Kind{pointwise.Float}, func(in, u []pointwise.Value) []pointwise.Value {
	return []pointwise.Value{in[0].Mul(u[0]).Add(in[1])}
})

// tryFinding computes 3x + y of whole numbers in lists of several sizes.
func (d *device) tryFinding() error {
	sizes := []int{1, 1027, 4096}
	const room = 4096
	at := func(l, k, i int) float32 { return float32((i*7+l*3+k*5)%1000 - 500) }
	b, err := d.scratch(int64(4 * room * 3 * len(sizes)))
	if err != nil {
		return err
	}
	defer d.giveScratch(b)
	var calls []*backend.Call
	var bytes []byte
	for l, n := range sizes {
		c := &backend.Call{Op: op.Map, Fn: threefold, Uniforms: []float64{3}}
		for k := range 3 {
			v := backend.View{Buffer: b, DType: dtype.Float32, View: shape.Contiguous([]int{n})}
			v.Offset = (3*l + k) * room
			if k < 2 {
				c.In = append(c.In, v)
			} else {
				c.Out = append(c.Out, v)
			}
			for i := range room {
				bytes = binary.NativeEndian.AppendUint32(bytes, math.Float32bits(at(l, k, i)))
			}
		}
		calls = append(calls, c)
	}
	if err := d.write(b, b.off, bytes); err != nil {
		return err
	}
	if err := d.runList(calls); err != nil {
		return err
	}
	if err := d.fetch(bytes, b, b.off); err != nil {
		return err
	}
	for l, n := range sizes {
		for i := range room {
			want := at(l, 2, i) // beyond the end
			if i < n {
				want = 3*at(l, 0, i) + at(l, 1, i)
			}
			if got := math.Float32frombits(binary.NativeEndian.Uint32(bytes[4*((3*l+2)*room+i):])); got != want {
				return fmt.Errorf("element %d of list %d is %v, want %v", i, l, got, want)
			}
		}
	}
	return nil
}
