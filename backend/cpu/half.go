package cpu

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
)

// inFloat32 runs a kernel that has no way with the 16-bit floats among its
// operands on copies in float32, and rounds its results once. It is errOther if
// there are none, or if the kernel refuses those too.
func inFloat32(k kernel, c *backend.Call) error {
	h := holder{c: &backend.Call{Op: c.Op, Attrs: c.Attrs}}
	defer h.put()
	some := false
	for i := range c.In {
		v := c.In[i]
		if from := widening(v.DType); from != nil {
			some = true
			mem, b := widen(&v, from)
			h.blocks = append(h.blocks, b)
			v = lend(mem, v.Shape)
		}
		h.c.In = append(h.c.In, v)
	}
	if !some {
		return errOther
	}
	for i := range c.Out {
		v := c.Out[i]
		if widening(v.DType) != nil {
			if !v.IsContiguous() {
				return errOther
			}
			v = lend(borrow[float32](&h, v.Numel()), v.Shape)
		}
		h.c.Out = append(h.c.Out, v)
	}
	if err := k(h.c); err != nil {
		return err
	}
	for i := range c.Out {
		switch v := &c.Out[i]; v.DType {
		case dtype.Float16:
			toF16(dense[uint16](v), dense[float32](&h.c.Out[i]))
		case dtype.BFloat16:
			toBF16(dense[uint16](v), dense[float32](&h.c.Out[i]))
		}
	}
	return nil
}

// widening returns what converts from d, nil if it is not a float of 16 bits.
func widening(d dtype.DType) func(dst []float32, src []uint16) {
	switch d {
	case dtype.Float16:
		return fromF16
	case dtype.BFloat16:
		return fromBF16
	}
	return nil
}

// lent is borrowed memory as a buffer.
type lent struct{ mem []byte }

func (l lent) Len() int64    { return int64(len(l.mem)) }
func (l lent) Bytes() []byte { return l.mem }
func (l lent) Free()         {}

func lend(mem []float32, s []int) backend.View {
	return backend.View{Buffer: lent{bytesOf(mem)}, DType: dtype.Float32, View: shape.Contiguous(s)}
}
