package cuda

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/ptx"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

func init() {
	structured[op.Resize] = func(d *device, c *backend.Call) error {
		return d.resize(c, c.Attrs.(op.ResizeAttrs), false)
	}
	structured[op.ResizeTranspose] = func(d *device, c *backend.Call) error {
		a := c.Attrs.(op.ResizeAttrs)
		a.Size = c.In[0].Shape[2:]
		return d.resize(c, a, true)
	}
}

// resize goes through the spatial axes in turn. Between them 16-bit floats are
// float32.
func (d *device) resize(c *backend.Call, a op.ResizeAttrs, transpose bool) error {
	out := c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	x, free, err := d.contiguous(c, c.In[0])
	if err != nil {
		return err
	}
	defer free()
	between := x.DType
	if between.IsFloat() && between.Size() == 2 {
		between = dtype.Float32
	}
	last := len(x.Shape) - 3
	for k := range last + 1 {
		to := out
		if k < last {
			s := slices.Clone(x.Shape)
			s[k+2] = out.Shape[k+2]
			t, free, err := d.temporary(between, s)
			if err != nil {
				return err
			}
			defer free()
			to = t
		}
		if err := d.resizeAxis(c, &to, &x, k, a, transpose); err != nil {
			return err
		}
		x = to
	}
	return nil
}

// tapsKey says which table of taps an axis needs.
type tapsKey struct {
	mode      op.ResizeMode
	corners   bool
	transpose bool
	scale     float64 // 0 if it follows from the sizes
	from, to  int
}

func (d *device) resizeAxis(c *backend.Call, to, x *backend.View, k int, a op.ResizeAttrs, transpose bool) error {
	n, size := x.Shape[k+2], to.Shape[k+2]
	t := tapsKey{mode: a.Mode, corners: a.AlignCorners, transpose: transpose, from: n, to: size}
	if a.Scales != nil {
		t.scale = a.Scales[k]
	}
	table, free, err := d.table(t, func() []byte {
		if transpose {
			return tapTable(a.TransposedTaps(k, size))
		}
		return tapTable(a.Taps(k, n))
	})
	if err != nil {
		return err
	}
	defer free()
	key := callKey{kind: "resize"}
	key.types = [40]dtype.DType{x.DType, to.DType}
	fn, err := d.kernel(key, func() string { return fmt.Sprint("resize ", x.DType, to.DType) }, func() (*ptx.Kernel, error) {
		return ptx.Resize(x.DType, to.DType), nil
	})
	if err != nil {
		return err
	}
	words := []uint64{uint64(to.Numel()), address(x), table, address(to), uint64(n), uint64(size), uint64(shape.Numel(x.Shape[k+3:]))}
	return d.launchOver(c, fn, to.Numel(), words)
}

// tapTable is a table of taps as kernels read it.
func tapTable(count int, at []int, weights []float64) []byte {
	b := binary.NativeEndian.AppendUint64(nil, uint64(count))
	for i := range at {
		b = binary.NativeEndian.AppendUint64(b, uint64(at[i]))
		b = binary.NativeEndian.AppendUint64(b, math.Float64bits(weights[i]))
	}
	return b
}
