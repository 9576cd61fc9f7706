package interp

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// grow adds random instructions to a pool of values, with many Selects: the
// order of steps and what may be skipped depend on them.
func grow(r *rand.Rand, pool []value, n int) []value {
	F, I, B, U := pointwise.Float, pointwise.Int, pointwise.Bool, pointwise.Bits
	pick := func(k pointwise.Kind) value {
		for range 40 {
			// Of late ones, for long chains.
			if v := pool[max(r.IntN(len(pool)), r.IntN(len(pool)))]; v.Kind() == k {
				return v
			}
		}
		return pointwise.Const(float64(r.IntN(5) - 1)).Convert(k)
	}
	floats := []func(value) value{value.Neg, value.Abs, value.Floor, value.Exp, value.Tanh, value.Sin, value.Log1p, value.Sqrt, value.Erf, value.Atan, value.Round}
	for range n {
		var v value
		switch r.IntN(12) {
		case 0, 1, 2:
			v = []func(x, y value) value{value.Add, value.Sub, value.Mul}[r.IntN(3)](pick(F), pick(F))
		case 3:
			v = []func(x, y value) value{value.Add, value.Sub, value.Mul, value.Div, value.Rem, value.Min, value.Max, value.And, value.Shl, value.Shr}[r.IntN(10)](pick(I), pick(I))
		case 4:
			v = floats[r.IntN(len(floats))](pick(F))
		case 5:
			k := []pointwise.Kind{F, I, U}[r.IntN(3)]
			v = []func(x, y value) value{value.Lt, value.Le, value.Eq, value.Ne}[r.IntN(4)](pick(k), pick(k))
		case 6, 7, 8:
			k := []pointwise.Kind{F, F, I, U, B}[r.IntN(5)]
			v = pick(B).Select(pick(k), pick(k))
		case 9:
			v = pick([]pointwise.Kind{F, I, B, U}[r.IntN(4)]).Convert([]pointwise.Kind{F, I, B, U}[r.IntN(4)])
		case 10:
			v = []func(x, y value) value{value.Xor, value.Mul, value.MulHi, value.Shr}[r.IntN(4)](pick(U), pick(U))
		case 11:
			v = pick(B).And(pick(B).Not())
		}
		pool = append(pool, v)
	}
	return pool
}

func TestRandomPrograms(t *testing.T) {
	kinds := []pointwise.Kind{pointwise.Float, pointwise.Float, pointwise.Int, pointwise.Bool, pointwise.Bits}
	all := dtype.All()
	trials := uint64(200)
	if testing.Short() {
		trials = 40
	}
	for seed := range trials {
		r := rand.New(rand.NewPCG(seed, 9))
		p := program(kinds, func(in, u []value) []value {
			pool := grow(r, append(append([]value(nil), in...), u[0], pointwise.Index()), 20+r.IntN(60))
			return pool[len(pool)-3:]
		})
		spec := pointwise.Spec{Program: p}
		for _, k := range kinds {
			switch {
			case k == pointwise.Bool:
				spec.In = append(spec.In, dtype.Bool)
			case k == pointwise.Float && seed%3 > 0:
				spec.In = append(spec.In, dtype.Float32)
			case k == pointwise.Float:
				spec.In = append(spec.In, []dtype.DType{dtype.Float64, dtype.Float16, dtype.BFloat16, dtype.Int8}[r.IntN(4)])
			default:
				spec.In = append(spec.In, []dtype.DType{dtype.Int32, dtype.Int64, dtype.Uint8, dtype.Int16}[r.IntN(4)])
			}
		}
		for _, o := range p.Outputs {
			d := dtype.Float32
			switch k := p.Code[o].Kind; {
			case k == pointwise.Bool:
				d = dtype.Bool
			case k != pointwise.Float:
				d = []dtype.DType{dtype.Int32, dtype.Int16}[r.IntN(2)]
			case seed%4 == 0:
				d = all[r.IntN(len(all))]
			}
			spec.Out = append(spec.Out, d)
		}
		k := Compile(spec)
		for _, s := range [][]int{{5}, {1300}, {30, 40}, {3, 4, 70}} {
			check(t, fmt.Sprint("seed ", seed, spec.In, spec.Out), r, spec, k, s, []float64{0.75})
		}
	}
}
