package cpu

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/gemm"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
	"github.com/hekla-ml/hekla/backend/cpu/internal/strided"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

func init() { kernels[op.MatMul] = matmul }

// matmul multiplies matrices where they lie: whatever the strides of the
// operands, nothing is copied.
func matmul(c *backend.Call) error {
	switch c.Out[0].DType {
	case dtype.Float32:
		return product(c, gemm.BatchF32)
	case dtype.Float64:
		return product(c, gemm.BatchF64)
	case dtype.Float16:
		return halfProduct(c, fromF16, toF16)
	case dtype.BFloat16:
		return halfProduct(c, fromBF16, toBF16)
	case dtype.Int64:
		return product(c, plainProduct[int64])
	case dtype.Int32:
		return product(c, plainProduct[int32])
	case dtype.Int16:
		return product(c, plainProduct[int16])
	case dtype.Int8:
		return product(c, plainProduct[int8])
	case dtype.Uint8:
		return product(c, plainProduct[uint8])
	}
	return errOther
}

// A batchFunc computes a batch of products; see gemm.BatchF32.
type batchFunc[T any] func(batch, m, n, k int, a []T, abatch, ars, acs int, b []T, bbatch, brs, bcs int, c []T, cbatch, ldc int, acc bool)

func product[T any](c *backend.Call, f batchFunc[T]) error {
	x, y, out := &c.In[0], &c.In[1], &c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	k := x.Shape[len(x.Shape)-1]
	if k == 0 {
		clear(dense[T](out))
		return nil
	}
	mem, strides, block := matricesAs[T](x, shape.Numel(y.Shape[:len(y.Shape)-2]) == 1)
	defer block.Put()
	multiply(out.Shape, mem, matrices(x.Shape, strides, out.Shape), elements[T](y), matrices(y.Shape, y.Strides, out.Shape), elements[T](out), k, f)
	return nil
}

// matricesAs returns x as multiply is to read it: where it lies, unless all its
// matrices are to be multiplied by one and their rows are not evenly apart: then
// it pays to bring them together, and make one product of all.
func matricesAs[T any](x *backend.View, byOne bool) ([]T, []int, *scratch.Block) {
	if byOne && len(x.Shape) > 2 {
		if _, even := evenRows(x); !even {
			mem, block := contiguous[T](x)
			return mem, shape.Strides(x.Shape), block
		}
	}
	return elements[T](x), x.Strides, nil
}

// evenRows returns how far apart the rows (lines of the last axis) of x are, if
// all are equally so.
func evenRows(x *backend.View) (stride int, ok bool) {
	n := len(x.Shape) - 1
	nest, some := strided.Coalesce(x.Shape[:n], x.Strides[:n])
	if !some || len(nest.Sizes) > 1 {
		return 0, false
	}
	return nest.Strides[0][0], true
}

// matrices returns the strides of an operand stretched to the leading axes of
// the output; those of its last two axes come last.
func matrices(s, strides, out []int) []int {
	l := make([]int, len(out))
	skip := len(out) - len(s)
	for i := skip; i < len(out); i++ {
		if i >= len(out)-2 || s[i-skip] != 1 {
			l[i] = strides[i-skip]
		}
	}
	return l
}

// multiply computes out [..., m, n] from the matrices at x and y.
func multiply[T any](s []int, x []T, xs []int, y []T, ys []int, out []T, k int, f batchFunc[T]) {
	lead := len(s) - 2
	m, n := s[lead], s[lead+1]
	os := make([]int, lead)
	for i, size := lead-1, m*n; i >= 0; i-- {
		os[i] = size
		size *= s[i]
	}
	nest, _ := strided.Coalesce(s[:lead], xs[:lead], ys[:lead], os)
	axes := len(nest.Sizes) - 1
	batch, xb, yb, ob := nest.Sizes[axes], nest.Strides[0][axes], nest.Strides[1][axes], nest.Strides[2][axes]
	xr, xc, yr, yc := xs[lead], xs[lead+1], ys[lead], ys[lead+1]
	switch {
	case yb != 0 || batch == 1:
	case m == 1: // one row each: they are the rows of one matrix
		batch, m, xr = 1, batch, xb
	case xb == m*xr: // one matrix on the right for all rows of all on the left
		batch, m = 1, batch*m
	}
	for i := range nest.Count(axes) {
		f(batch, m, n, k, x[nest.At(0, axes, i):], xb, xr, xc, y[nest.At(1, axes, i):], yb, yr, yc, out[nest.At(2, axes, i):], ob, n, false)
	}
}

// plainProduct multiplies integers, which wrap around.
func plainProduct[T int64 | int32 | int16 | int8 | uint8](batch, m, n, k int, a []T, abatch, ars, acs int, b []T, bbatch, brs, bcs int, c []T, cbatch, ldc int, _ bool) {
	par.For(batch*m, max(1, 1<<14/max(n*k, 1)), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row := c[i/m*cbatch+i%m*ldc:][:n]
			clear(row)
			for p := range k {
				x := a[i/m*abatch+i%m*ars+p*acs]
				at := i/m*bbatch + p*brs
				for j := range row {
					row[j] += x * b[at+j*bcs]
				}
			}
		}
	})
}

// halfProduct multiplies 16-bit floats: converted to float32, summed there,
// and rounded once.
func halfProduct(c *backend.Call, from func([]float32, []uint16), to func([]uint16, []float32)) error {
	x, y, out := &c.In[0], &c.In[1], &c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	k := x.Shape[len(x.Shape)-1]
	if k == 0 {
		clear(dense[uint16](out))
		return nil
	}
	xw, xb := widen(x, from)
	defer xb.Put()
	yw, yb := widen(y, from)
	defer yb.Put()
	res, rb := scratch.Get[float32](out.Numel())
	defer rb.Put()
	multiply(out.Shape, xw, denseMatrices(x, out.Shape), yw, denseMatrices(y, out.Shape), res, k, gemm.BatchF32)
	to(dense[uint16](out), res)
	return nil
}
