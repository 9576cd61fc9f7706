package cpu

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/gemm"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

func init() {
	kernels[op.Linear] = func(c *backend.Call) error {
		switch c.Out[0].DType {
		case dtype.Float32:
			linear(c, gemm.F32, gemm.BiasF32)
		case dtype.Float64:
			linear(c, gemm.F64, gemm.BiasF64)
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

type (
	productFunc[T any] func(m, n, k int, a []T, ars, acs int, b []T, brs, bcs int, c []T, ldc int, acc bool)
	biasFunc[T any]    func(m, n, k int, a []T, ars, acs int, b []T, brs, bcs int, bias, c []T, ldc int)
)

// linear is one product of all rows, to which the bias is added on the way.
func linear[T any](c *backend.Call, plain productFunc[T], biased biasFunc[T]) {
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
	if len(c.In) == 2 {
		plain(m, n, k, mem, rs, cs, elements[T](w), w.Strides[1], w.Strides[0], dense[T](out), n, false)
		return
	}
	bias, block := contiguous[T](&c.In[2])
	defer block.Put()
	biased(m, n, k, mem, rs, cs, elements[T](w), w.Strides[1], w.Strides[0], bias, dense[T](out), n)
}

// halfLinear computes in float32 and rounds once.
func halfLinear(c *backend.Call, from func([]float32, []uint16), to func([]uint16, []float32)) {
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
	if len(c.In) == 2 {
		gemm.F32(m, n, k, xw, k, 1, ww, 1, k, res, n, false)
	} else {
		bias, bb := widen(&c.In[2], from)
		defer bb.Put()
		gemm.BiasF32(m, n, k, xw, k, 1, ww, 1, k, bias, res, n)
	}
	to(dense[uint16](out), res)
}
