package vulkan

import (
	"math"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// TestNarrow computes with int64 and float64 on a device without 64-bit
// integers: with pairs of words, to the same bits as the CPU.
func TestNarrow(t *testing.T) {
	t.Setenv("HEKLA_VULKAN_LIMITS", "int64=off")
	var dev *device
	p := first(t, func(d *device) { dev = d })
	x, y := integers(1), integers(2)
	floats := make([]float32, len(x))
	for i := range floats {
		floats[i] = float32(float64(x[i]) * math.Exp2(float64(y[i]%40)))
	}
	floats[0], floats[1], floats[2], floats[3] = float32(math.Inf(1)), float32(math.NaN()), -0x1p63, 0x1.fffffep62
	type T = *tensor.Tensor
	slow := map[string]bool{"floor divide": true, "fmod": true, "trunc divide": true, "and": true, "or": true, "xor": true, "not": true, "min": true, "unequal": true, "less": true, "sorted": true}
	for name, f := range map[string]func(x, y, f T) T{
		"add": func(x, y, _ T) T { return x.Add(y) }, "sub": func(x, y, _ T) T { return x.Sub(y) }, "mul": func(x, y, _ T) T { return x.Mul(y) },
		"floor divide": func(x, y, _ T) T { return x.FloorDivide(y) }, "trunc divide": func(x, y, _ T) T { return x.TruncDivide(y) },
		"fmod": func(x, y, _ T) T { return x.Fmod(y) }, "remainder": func(x, y, _ T) T { return x.Remainder(y) },
		"neg": func(x, _, _ T) T { return x.Neg() }, "abs": func(x, _, _ T) T { return x.Abs() }, "sign": func(x, _, _ T) T { return x.Sign() },
		"max": func(x, y, _ T) T { return x.Maximum(y) }, "min": func(x, y, _ T) T { return x.Minimum(y) },
		"less": func(x, y, _ T) T { return x.Lt(y) }, "less or equal": func(x, y, _ T) T { return x.Le(y) }, "equal": func(x, y, _ T) T { return x.Eq(y) }, "unequal": func(x, y, _ T) T { return x.Ne(y) },
		"and": func(x, y, _ T) T { return x.BitwiseAnd(y) }, "or": func(x, y, _ T) T { return x.BitwiseOr(y) }, "xor": func(x, y, _ T) T { return x.BitwiseXor(y) }, "not": func(x, _, _ T) T { return x.BitwiseNot() },
		"shift left": func(x, y, _ T) T { return x.LeftShift(y) }, "shift right": func(x, y, _ T) T { return x.RightShift(y) },
		"to float32": func(x, _, _ T) T { return x.To(dtype.Float32) }, "to int32": func(x, _, _ T) T { return x.To(dtype.Int32) }, "to bool": func(x, _, _ T) T { return x.To(dtype.Bool) },
		"from float32": func(_, _, f T) T { return f.To(dtype.Int64) }, "from int32": func(x, _, _ T) T { return x.To(dtype.Int32).To(dtype.Int64) }, "from uint8": func(x, _, _ T) T { return x.To(dtype.Uint8).To(dtype.Int64) },
		"to float64": func(x, _, _ T) T { return x.To(dtype.Float64) }, "from float64": func(x, _, f T) T { return f.To(dtype.Float64).Mul(x.To(dtype.Float64)).To(dtype.Int64) },
		"sum": func(x, _, _ T) T { return x.Sum() }, "largest": func(x, _, _ T) T { return x.Max(0) }, "running sum": func(x, _, _ T) T { return x.CumSum(0) },
		"sorted": func(x, _, _ T) T { s, _ := x.Narrow(0, 0, 1000).Sort(0, false); return s }, "scalar": func(x, _, _ T) T { return x.MulScalar(-3).AddScalar(1 << 40) },
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && slow[name] {
				t.Skip("takes long to compile")
			}
			if !dev.physical.Float64 && (name == "to float64" || name == "from float64") {
				t.Skip("the device has no float64")
			}
			a := f(tensor.From(p, x), tensor.From(p, y), tensor.From(p, floats))
			b := f(tensor.From(tensor.CPU(), x), tensor.From(tensor.CPU(), y), tensor.From(tensor.CPU(), floats))
			got, want := a.Bytes(), b.Bytes()
			size, bad := a.DType().Size(), 0
			for i := 0; i < len(want); i += size {
				if g, w := got[i:i+size], want[i:i+size]; string(g) != string(w) {
					if bad++; bad < 5 {
						k := i / size
						t.Errorf("of %d, %d or %v: % x, want % x", x[k], y[k], floats[k], g, w)
					}
				}
			}
			if bad > 0 {
				t.Errorf("%d of %d differ", bad, len(want)/size)
			}
		})
	}
}

// integers returns numbers of all sizes and special ones.
func integers(seed uint64) []int64 {
	l := []int64{0, 1, -1, math.MaxInt64, math.MinInt64, math.MinInt64, 1 << 32, -1 << 32, 1<<32 - 1, 1 << 31, -1 << 31, 1<<24 + 1, 1<<62 + 1<<38}
	r := op.NewRand(seed)
	for i := range l { // each with each
		l = append(l, l[(i*5+int(seed))%13])
	}
	for len(l) < 1<<13 {
		l = append(l, int64(r.Uint32())<<32|int64(r.Uint32())>>(len(l)%64))
		l = append(l, (int64(r.Uint32())<<32|int64(r.Uint32()))>>(len(l)%64))
	}
	return l
}
