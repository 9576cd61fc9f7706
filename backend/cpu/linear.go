package cpu

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/gemm"
	"github.com/hekla-ml/hekla/backend/cpu/internal/interp"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

func init() {
	kernels[op.Linear] = func(c *backend.Call) error {
		switch c.Out[0].DType {
		case dtype.Float32:
			linear(c, gemm.LinearF32)
		case dtype.Float64:
			linear(c, gemm.LinearF64)
		case dtype.Float16:
			halfLinear(c, fromF16, toF16)
		case dtype.BFloat16:
			halfLinear(c, fromBF16, toBF16)
		default:
			return errOther
		}
		return nil
	}
}

// A linearFunc is gemm.LinearF32 or gemm.LinearF64.
type linearFunc[T any] func(m, n, k int, a []T, ars, acs int, b []T, brs, bcs int, bias, c []T, ldc int, then func([]T))

// linear is one product of all rows, to which the bias and the activation are applied
// on the way.
func linear[T float32 | float64](c *backend.Call, f linearFunc[T]) {
	a, _ := c.Attrs.(op.LinearAttrs)
	x, w, out := &c.In[0], &c.In[1], &c.Out[0]
	if out.Numel() == 0 {
		return
	}
	last := len(x.Shape) - 1
	m, k, n := shape.Numel(x.Shape[:last]), x.Shape[last], w.Shape[0]
	var mem []T
	var block *scratch.Block
	rs, even := evenRows(x)
	cs := x.Strides[last]
	if even {
		mem = elements[T](x)
	} else {
		mem, block = contiguous[T](x)
		rs, cs = k, 1
	}
	defer block.Put()
	var bias []T
	if len(c.In) > 2 {
		var block *scratch.Block
		bias, block = contiguous[T](&c.In[2])
		defer block.Put()
	}
	f(m, n, k, mem, rs, cs, elements[T](w), w.Strides[1], w.Strides[0], bias, dense[T](out), n, epilogue[T](a.Then))
}

// halfLinear computes in float32 and rounds once; before an activation too, as if
// that were a call of its own.
func halfLinear(c *backend.Call, from func([]float32, []uint16), to func([]uint16, []float32)) {
	a, _ := c.Attrs.(op.LinearAttrs)
	then := epilogue[float32](a.Then)
	if act := then; act != nil && a.Then != op.EpilogueReLU { // which rounding does not change
		then = func(x []float32) { rounded(x, from, to); act(x) }
	}
	x, w, out := &c.In[0], &c.In[1], &c.Out[0]
	last := len(x.Shape) - 1
	m, k, n := shape.Numel(x.Shape[:last]), x.Shape[last], w.Shape[0]
	if m*n == 0 {
		return
	}
	xw, xb := widen(x, from)
	defer xb.Put()
	ww, wb := widen(w, from)
	defer wb.Put()
	res, rb := scratch.Get[float32](m * n)
	defer rb.Put()
	var bias []float32
	if len(c.In) > 2 {
		var bb *scratch.Block
		bias, bb = widen(&c.In[2], from)
		defer bb.Put()
	}
	gemm.LinearF32(m, n, k, xw, k, 1, ww, 1, k, bias, res, n, then)
	to(dense[uint16](out), res)
}

// rounded rounds x to a 16-bit type and back.
func rounded(x []float32, from func([]float32, []uint16), to func([]uint16, []float32)) {
	var low [interp.FlatSize]uint16
	for len(x) > 0 {
		n := min(len(x), len(low))
		to(low[:n], x[:n])
		from(x[:n], low[:n])
		x = x[n:]
	}
}
