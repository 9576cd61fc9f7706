package cpu

import (
	"math"
	"sync"
	"unsafe"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/interp"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// chunk is how many elements are made at a time, in the first-level cache,
// before they are used.
const chunk = 8192

func init() {
	kernels[op.Softmax] = func(c *backend.Call) error { return softmaxes(c, false) }
	kernels[op.LogSoftmax] = func(c *backend.Call) error { return softmaxes(c, true) }
}

func softmaxes(c *backend.Call, log bool) error {
	switch c.In[0].DType {
	case dtype.Float32:
		return softmax(c, &vectors32, exp32(), log)
	case dtype.Float64:
		return softmax(c, &vectors64, exp64(), log)
	}
	return errOther
}

var (
	exp32 = sync.OnceValue(func() *interp.Kernel { return expDifference(dtype.Float32) })
	exp64 = sync.OnceValue(func() *interp.Kernel { return expDifference(dtype.Float64) })
)

// expDifference returns the kernel of e**(x-m).
func expDifference(d dtype.DType) *interp.Kernel {
	two := []pointwise.Kind{pointwise.Float, pointwise.Float}
	p := pointwise.New(two, nil, func(in, _ []pointwise.Value) []pointwise.Value {
		return []pointwise.Value{in[0].Sub(in[1]).Exp()}
	})
	return interp.Compile(pointwise.Spec{Program: p, In: []dtype.DType{d, d}, Out: []dtype.DType{d}})
}

// softmax works on some lines at a time, which stay in the cache from the
// search for their largest elements to the division by their sums.
func softmax[T float32 | float64](c *backend.Call, v *vectors[T], exp *interp.Kernel, log bool) error {
	axis, n, err := lineAxis(c.Attrs.(op.AxisAttrs).Axis, c.In[0].Shape)
	if err != nil || c.In[0].Numel() == 0 {
		return err
	}
	x, block := linesOf[T](&c.In[0], axis)
	defer block.Put()
	y, done := fromLines[T](&c.Out[0], axis)
	defer done()
	group := max(1, chunk/n)
	lines := len(x) / n
	par.For((lines+group-1)/group, grain(group*n*4), func(lo, hi int) {
		top, block := scratch.Get[T](group)
		defer block.Put()
		var powers []T
		if log { // y holds x - m, and only the sum of the powers is wanted
			mem, block := scratch.Get[T](group * n)
			defer block.Put()
			powers = mem
		}
		o := operandPool.Get().(*operands)
		defer o.put()
		for g := lo; g < hi; g++ {
			first := g * group
			m := min(group, lines-first)
			in, out := x[first*n:][:m*n], y[first*n:][:m*n]
			for i := range m {
				top[i] = v.max(in[i*n:][:n])
			}
			to := out
			if log {
				to = powers[:m*n]
			}
			o.in = append(o.in[:0], interp.Operand{Mem: bytesOf(in), View: shape.Contiguous([]int{m, n})},
				interp.Operand{Mem: bytesOf(top), View: shape.View{Shape: []int{m, n}, Strides: []int{1, 0}}})
			o.out = append(o.out[:0], interp.Operand{Mem: bytesOf(to), View: shape.Contiguous([]int{m, n})})
			exp.Run([]int{m, n}, o.in, o.out, nil)
			for i := range m {
				sum := v.total(to[i*n:][:n])
				line := out[i*n:][:n]
				if log {
					v.addScalar(line, in[i*n:][:n], -top[i])
					v.addScalar(line, line, -T(math.Log(sum)))
				} else {
					v.scale(line, line, T(1/sum))
				}
			}
		}
	})
	return nil
}

// bytesOf returns the memory of s.
func bytesOf[T any](s []T) []byte {
	var x T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(x)))
}
