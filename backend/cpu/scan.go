package cpu

import (
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

func init() {
	kernels[op.CumSum] = func(c *backend.Call) error {
		return scan(c, plus[float64], plus[int64])
	}
	kernels[op.CumProd] = func(c *backend.Call) error {
		return scan(c, times[float64], times[int64])
	}
	kernels[op.LogCumSumExp] = func(c *backend.Call) error {
		return scan(c, logPlus, nil)
	}
	kernels[op.ArgMax] = func(c *backend.Call) error {
		return numbers(c, arg[int8](1), arg[int16](1), arg[int32](1), arg[int64](1), arg[uint8](1), arg[float32](1), arg[float64](1))
	}
	kernels[op.ArgMin] = func(c *backend.Call) error {
		return numbers(c, arg[int8](-1), arg[int16](-1), arg[int32](-1), arg[int64](-1), arg[uint8](-1), arg[float32](-1), arg[float64](-1))
	}
}

func numbers(c *backend.Call, i8, i16, i32, i64, u8, f32, f64 kernel) error {
	if f := byNumber(c.In[0].DType, i8, i16, i32, i64, u8, f32, f64); f != nil {
		return f(c)
	}
	return errOther
}

// scan runs floats in float64 and integers in int64.
func scan(c *backend.Call, floats func(acc, x float64) float64, ints func(acc, x int64) int64) error {
	switch c.In[0].DType {
	case dtype.Float32:
		return scanAs[float32, float32](c, floats)
	case dtype.Float64:
		return scanAs[float64, float64](c, floats)
	case dtype.Int64:
		return scanAs[int64, int64](c, ints)
	case dtype.Int32:
		return scanAs[int32, int64](c, ints)
	case dtype.Uint8, dtype.Bool:
		return scanAs[uint8, int64](c, ints)
	}
	return errOther
}

// direction returns where a line begins and how it goes on.
func direction(n int, reverse bool) (first, step int) {
	if reverse {
		return n - 1, -1
	}
	return 0, 1
}

func scanAs[T, R number, A float64 | int64](c *backend.Call, step func(acc, x A) A) error {
	a := c.Attrs.(op.ScanAttrs)
	axis, n, err := lineAxis(a.Axis, c.In[0].Shape)
	if err != nil || c.In[0].Numel() == 0 {
		return err
	}
	x, block := linesOf[T](&c.In[0], axis)
	defer block.Put()
	y, done := fromLines[R](&c.Out[0], axis)
	defer done()
	first, by := direction(n, a.Reverse)
	par.For(len(x)/n, grain(n*2), func(lo, hi int) {
		for l := lo; l < hi; l++ {
			at := l*n + first
			acc := A(x[at])
			y[at] = R(acc)
			for range n - 1 {
				at += by
				acc = step(acc, A(x[at]))
				y[at] = R(acc)
			}
		}
	})
	return nil
}

// arg finds the first of the largest elements, or with a negative sign of the
// smallest; a NaN is larger, and smaller, than all.
func arg[T number](sign int) kernel {
	return func(c *backend.Call) error {
		a, _ := c.Attrs.(op.ArgAttrs)
		x := &c.In[0]
		var mem []T
		var block *scratch.Block
		n := x.Numel()
		if a.Flat {
			mem, block = contiguous[T](x)
		} else {
			axis, size, err := lineAxis(a.Axis, x.Shape)
			if err != nil {
				return err
			}
			mem, block = linesOf[T](x, axis)
			n = size
		}
		defer block.Put()
		index := dense[int64](&c.Out[0])
		if n == 0 && len(index) > 0 {
			return errOther // the reference knows what to say
		}
		par.For(shape.Numel(c.Out[0].Shape), grain(n), func(lo, hi int) {
			for l := lo; l < hi; l++ {
				index[l] = int64(best(mem[l*n:][:n], sign))
			}
		})
		return nil
	}
}

func best[T number](line []T, sign int) int {
	at, top := 0, line[0]
	for i, x := range line {
		switch {
		case top != top:
			return at
		case x != x || sign > 0 && x > top || sign < 0 && x < top:
			at, top = i, x
		}
	}
	return at
}

func plus[A float64 | int64](x, y A) A { return x + y }

// logPlus returns the logarithm of e**acc + e**x.
func logPlus(acc, x float64) float64 {
	lo, hi := min(acc, x), max(acc, x)
	if math.IsInf(hi, 0) {
		return hi
	}
	return hi + math.Log1p(math.Exp(lo-hi))
}

func times[A float64 | int64](x, y A) A { return x * y }
