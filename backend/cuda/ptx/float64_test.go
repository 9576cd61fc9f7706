package ptx

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim"
	"github.com/hekla-ml/hekla/pointwise"
)

// TestFloat64 compares the functions of float64 with Go's, in units in the last
// place. Go's exp overflows too early in its assembly for amd64, between 709.4
// and 709.8: that is checked by value.
func TestFloat64(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	x := []float64{0, math.Copysign(0, -1), 1, -1, 0.5, -0.5, 1e-300, -1e-300, 1e300, -1e300, 709, 720, -745, -750, 1e-17, 1 - 1e-15, math.Inf(1), math.Inf(-1), math.NaN()}
	for len(x) < 2000 {
		x = append(x, r.NormFloat64()*math.Pow(10, float64(r.IntN(12)-8)))
	}
	var in []byte
	for _, v := range x {
		in = binary.LittleEndian.AppendUint64(in, math.Float64bits(v))
	}
	kinds := []pointwise.Kind{pointwise.Float}
	for o := range float64Functions {
		p := pointwise.New(kinds, nil, func(in, _ []pointwise.Value) []pointwise.Value {
			return []pointwise.Value{functionOf(o)(in[0])}
		})
		s := pointwise.Spec{Program: p, In: []dtype.DType{dtype.Float64}, Out: []dtype.DType{dtype.Float64}}
		var mem ptxsim.Memory
		from, to := upload(&mem, in), upload(&mem, in)
		launch(t, &mem, compileKernel(t, Pointwise(s, 0, false)), (len(x)+255)/256, 256, []uint64{uint64(len(x)), from, to})
		got := mem.Bytes(to, int64(len(in)))
		worst, at := 0.0, 0.0
		for i, v := range x {
			y, want := math.Float64frombits(binary.LittleEndian.Uint64(got[8*i:])), o.Float(v, 0)
			if y == want || y != y && want != want {
				continue
			}
			ulp := math.Abs(y-want) / (math.Nextafter(math.Abs(want), math.Inf(1)) - math.Abs(want))
			if math.IsInf(want, 0) || math.IsInf(y, 0) || y != y || want != want {
				ulp = math.Inf(1)
			}
			if ulp > worst {
				worst, at = ulp, v
			}
		}
		if worst > 6 {
			t.Errorf("%v(%v) is %v units off", o, at, worst)
		}
		t.Logf("%v: %.1f units", o, worst)
	}
}

func TestFloat64Edges(t *testing.T) {
	for _, c := range []struct {
		op      pointwise.Opcode
		x, want float64
	}{
		{pointwise.OpExp, 709.5, 1.3549863193146328e+308}, {pointwise.OpExp, -744, 1e-323}, {pointwise.OpSinh, 710, 1.1169973830808557e+308},
	} {
		p := pointwise.New([]pointwise.Kind{pointwise.Float}, nil, func(in, _ []pointwise.Value) []pointwise.Value {
			return []pointwise.Value{functionOf(c.op)(in[0])}
		})
		var mem ptxsim.Memory
		from, to := upload(&mem, binary.LittleEndian.AppendUint64(nil, math.Float64bits(c.x))), upload(&mem, make([]byte, 8))
		s := pointwise.Spec{Program: p, In: []dtype.DType{dtype.Float64}, Out: []dtype.DType{dtype.Float64}}
		launch(t, &mem, compileKernel(t, Pointwise(s, 0, false)), 1, 32, []uint64{1, from, to})
		if y := math.Float64frombits(binary.LittleEndian.Uint64(mem.Bytes(to, 8))); math.Abs(y-c.want) > 1e-15*math.Abs(c.want) {
			t.Errorf("%v(%v) = %v, want %v", c.op, c.x, y, c.want)
		}
	}
}

func functionOf(o pointwise.Opcode) func(pointwise.Value) pointwise.Value {
	return map[pointwise.Opcode]func(pointwise.Value) pointwise.Value{
		pointwise.OpExp: pointwise.Value.Exp, pointwise.OpExp2: pointwise.Value.Exp2, pointwise.OpExpm1: pointwise.Value.Expm1,
		pointwise.OpSinh: pointwise.Value.Sinh, pointwise.OpCosh: pointwise.Value.Cosh,
		pointwise.OpTanh: pointwise.Value.Tanh, pointwise.OpAsinh: pointwise.Value.Asinh, pointwise.OpAcosh: pointwise.Value.Acosh,
		pointwise.OpAtanh: pointwise.Value.Atanh,
	}[o]
}
