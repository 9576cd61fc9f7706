package interp

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

type value = pointwise.Value

// get and set access one element in memory.
func get(d dtype.DType, p unsafe.Pointer) float64 {
	switch d {
	case dtype.Bool, dtype.Uint8:
		return float64(*(*uint8)(p))
	case dtype.Int8:
		return float64(*(*int8)(p))
	case dtype.Int16:
		return float64(*(*int16)(p))
	case dtype.Int32:
		return float64(*(*int32)(p))
	case dtype.Int64:
		return float64(*(*int64)(p))
	case dtype.Float16:
		return float64((*(*dtype.F16)(p)).Float32())
	case dtype.BFloat16:
		return float64((*(*dtype.BF16)(p)).Float32())
	case dtype.Float32:
		return float64(*(*float32)(p))
	}
	return *(*float64)(p)
}

func set(d dtype.DType, p unsafe.Pointer, x float64) {
	switch d {
	case dtype.Bool, dtype.Uint8:
		*(*uint8)(p) = uint8(x)
	case dtype.Int8:
		*(*int8)(p) = int8(x)
	case dtype.Int16:
		*(*int16)(p) = int16(x)
	case dtype.Int32:
		*(*int32)(p) = int32(x)
	case dtype.Int64:
		*(*int64)(p) = int64(x)
	case dtype.Float16:
		*(*dtype.F16)(p) = dtype.ToF16(float32(x))
	case dtype.BFloat16:
		*(*dtype.BF16)(p) = dtype.ToBF16(float32(x))
	case dtype.Float32:
		*(*float32)(p) = float32(x)
	default:
		*(*float64)(p) = x
	}
}

// stored is what an element of d becomes that is computed as x of kind k.
func stored(d dtype.DType, x float64, wide bool) float64 {
	var w [8]byte
	p := unsafe.Pointer(&w)
	switch {
	case d == dtype.Bool:
		set(d, p, map[bool]float64{true: 1}[x != 0])
	case d.IsInt():
		i := int64(x)
		switch {
		case x != x:
			i = 0
		case wide && x >= 0x1p63:
			i = math.MaxInt64
		case wide && x <= -0x1p63:
			i = math.MinInt64
		case !wide:
			i = int64(max(min(x, math.MaxInt32), math.MinInt32))
		}
		switch d {
		case dtype.Uint8:
			return float64(uint8(i))
		case dtype.Int8:
			return float64(int8(i))
		case dtype.Int16:
			return float64(int16(i))
		case dtype.Int32:
			return float64(int32(i))
		}
		return float64(i)
	default:
		set(d, p, x)
	}
	return get(d, p)
}

func at(o *Operand, d dtype.DType, idx []int) unsafe.Pointer {
	e := o.Offset
	for i, x := range idx {
		e += x * o.Strides[i]
	}
	return unsafe.Pointer(&o.Mem[e*d.Size()])
}

// layouts returns views of shape s: dense, transposed, broadcast, with gaps,
// and one element for all.
func layout(r *rand.Rand, s []int, output bool) shape.View {
	v := shape.View{Shape: s, Strides: make([]int, len(s)), Offset: r.IntN(3)}
	how := r.IntN(5)
	if output && how > 2 {
		how = r.IntN(3)
	}
	order := r.Perm(len(s))
	step := 1
	if how == 1 || how == 0 {
		for i := range order {
			order[i] = i
		}
	}
	if how == 1 {
		step = 2
	}
	for i := len(order) - 1; i >= 0; i-- {
		v.Strides[order[i]] = step
		step *= s[order[i]]
	}
	if how == 3 {
		for i := range s {
			if r.IntN(2) == 0 {
				v.Strides[i] = 0
			}
		}
	}
	if how == 4 {
		clear(v.Strides)
	}
	return v
}

func sample(r *rand.Rand, d dtype.DType) float64 {
	switch {
	case d == dtype.Bool:
		return float64(r.IntN(2))
	case d == dtype.Uint8:
		return float64(r.IntN(100))
	case d.IsInt():
		return float64(r.IntN(100) - 50)
	case r.IntN(20) == 0:
		return []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN(), 1, -1}[r.IntN(7)]
	}
	return r.NormFloat64() * 3
}

// check runs a spec on shape s in random layouts and compares with the
// evaluator, bit for bit.
func check(t *testing.T, name string, r *rand.Rand, spec pointwise.Spec, k *Kernel, s []int, uniforms []float64) {
	t.Helper()
	operand := func(d dtype.DType, output bool) Operand {
		v := layout(r, s, output)
		mem := make([]uint64, (v.End()*d.Size()+15)/8)
		o := Operand{unsafe.Slice((*byte)(unsafe.Pointer(&mem[0])), len(mem)*8), v}
		for i := range v.End() {
			set(d, unsafe.Pointer(&o.Mem[i*d.Size()]), sample(r, d))
		}
		return o
	}
	in, out := make([]Operand, len(spec.In)), make([]Operand, len(spec.Out))
	for i, d := range spec.In {
		in[i] = operand(d, false)
	}
	for i, d := range spec.Out {
		out[i] = operand(d, true)
	}
	k.Run(s, in, out, uniforms)
	p := spec.Program
	if !spec.Float64() {
		p = pointwise.Expand(p)
	}
	ev := p.Evaluator(spec.Float64(), spec.Int64())
	idx := make([]int, len(s))
	x, y := make([]float64, len(in)), make([]float64, len(out))
	for n := range shape.Numel(s) {
		for i := range in {
			x[i] = get(spec.In[i], at(&in[i], spec.In[i], idx))
		}
		ev.Eval(y, x, uniforms, uint64(n))
		for i, d := range spec.Out {
			if p.Code[p.Outputs[i]].Kind == pointwise.Int && math.Abs(y[i]) > 1<<53 {
				continue // more digits than the evaluator can return
			}
			if p.Code[p.Outputs[i]].Kind == pointwise.Bits && d.IsInt() && !spec.Int64() {
				y[i] = float64(int32(uint32(y[i]))) // the low bits
			}
			got, want := get(d, at(&out[i], d, idx)), stored(d, y[i], spec.Int64())
			if math.Float64bits(got) != math.Float64bits(want) && !(got != got && want != want) && !(got == 0 && want == 0) {
				t.Fatalf("%s: shape %v at %v: output %d (%v) of %v = %v, want %v\n%v", name, s, idx, i, d, x, got, want, spec.Program)
			}
		}
		shape.Next(idx, s)
	}
}

func program(inputs []pointwise.Kind, f func(in, u []value) []value) *pointwise.Program {
	return pointwise.New(inputs, []pointwise.Kind{pointwise.Float}, f)
}

var shapes = [][]int{{}, {1}, {7}, {511}, {512}, {1537}, {3, 5}, {40, 33}, {5, 1, 70}, {2, 3, 4, 5}, {3, 1200}, {70, 129}}

func TestRun(t *testing.T) {
	F, I, B, U := pointwise.Float, pointwise.Int, pointwise.Bool, pointwise.Bits
	c := pointwise.Const
	programs := []struct {
		name string
		p    *pointwise.Program
	}{
		{"add", program([]pointwise.Kind{F, F}, func(in, u []value) []value { return []value{in[0].Add(in[1])} })},
		{"copy", program([]pointwise.Kind{F}, func(in, u []value) []value { return in })},
		{"axpy", program([]pointwise.Kind{F, F}, func(in, u []value) []value {
			return []value{in[0].Mul(u[0]).Add(in[1]), in[0], in[1].Sub(in[0].Mul(u[0])), in[0].Mul(u[0]).Add(c(2)), in[0].Mul(in[1]).Add(u[0])}
		})},
		{"gelu", program([]pointwise.Kind{F}, func(in, u []value) []value {
			x := in[0]
			return []value{x.Mul(c(0.5)).Mul(c(1).Add(x.Mul(c(1 / math.Sqrt2)).Erf()))}
		})},
		{"uniform only", program([]pointwise.Kind{F}, func(in, u []value) []value { return []value{u[0].Exp(), in[0].Mul(u[0].Sin())} })},
		{"int", program([]pointwise.Kind{I, I}, func(in, u []value) []value {
			x, y := in[0], in[1]
			return []value{x.Add(y).Mul(x), x.Div(y), x.Rem(y), x.Min(y), x.Max(y).Neg().Abs(), x.Le(y).Select(x, y.Not()), x.Shl(c(3)).Shr(c(1)).Xor(y)}
		})},
		{"bool", program([]pointwise.Kind{B, F, I}, func(in, u []value) []value {
			return []value{in[0].Select(in[1], u[0]), in[0].And(in[1].Gt(u[0])).Or(in[2].Ne(c(0))).Not(), in[0].Convert(F).Add(in[2].Convert(F)), in[1].Convert(B), in[1].Convert(I)}
		})},
		{"bits", program([]pointwise.Kind{F}, func(in, u []value) []value {
			h := pointwise.Index().Mul(c(2654435769)).Xor(pointwise.Index().Shr(c(3))).MulHi(c(3000000000).Convert(U))
			return []value{h.Shr(c(8)).Convert(F).Mul(c(0x1p-24)).Add(in[0]), h.Convert(I), h.Lt(c(1 << 20)), h.Add(pointwise.IndexHigh()).Le(c(1 << 30))}
		})},
	}
	for _, op := range []func(value) value{value.Exp, value.Log, value.Sin, value.Tan, value.Tanh, value.Erfc, value.Lgamma, value.Digamma,
		value.Atan, value.Floor, value.Ceil, value.Trunc, value.Round, value.Sqrt, value.Sign} {
		programs = append(programs, struct {
			name string
			p    *pointwise.Program
		}{"unary", program([]pointwise.Kind{F}, func(in, u []value) []value { return []value{op(in[0])} })})
	}
	programs = append(programs, struct {
		name string
		p    *pointwise.Program
	}{"pow", program([]pointwise.Kind{F, F}, func(in, u []value) []value {
		return []value{in[0].Pow(in[1]), in[0].Atan2(in[1]), in[0].Rem(in[1]), in[0].Min(in[1]), in[0].Max(in[1])}
	})})
	all := dtype.All()
	for i, test := range programs {
		r := rand.New(rand.NewPCG(uint64(i), 3))
		for trial := range 12 {
			spec := pointwise.Spec{Program: test.p}
			pick := func(k pointwise.Kind) dtype.DType {
				switch {
				case trial < 2 && k == F:
					return dtype.Float32
				case trial == 2 && k == F:
					return dtype.Float64
				case k == B:
					return dtype.Bool
				case k == I && trial < 8:
					return []dtype.DType{dtype.Int32, dtype.Int64, dtype.Int32, dtype.Int64, dtype.Int8, dtype.Uint8, dtype.Int16, dtype.Bool}[trial]
				}
				for {
					// int64 to float32 rounds twice in the evaluator; bits have no double.
					if d := all[r.IntN(len(all))]; !(test.name == "bits" && d == dtype.Float64) {
						return d
					}
				}
			}
			for _, k := range test.p.Inputs {
				spec.In = append(spec.In, pick(k))
			}
			for _, o := range test.p.Outputs {
				spec.Out = append(spec.Out, pick(test.p.Code[o].Kind))
			}
			k := Compile(spec)
			for _, s := range shapes {
				check(t, fmt.Sprint(test.name, spec.In, spec.Out), r, spec, k, s, []float64{1.5})
				if t.Failed() {
					return
				}
			}
		}
	}
}

// An output may be the memory of an input.
func TestRunInPlace(t *testing.T) {
	p := program([]pointwise.Kind{pointwise.Float, pointwise.Float}, func(in, u []value) []value {
		s := in[0].Add(in[1])
		return []value{s, s.Mul(in[1]).Sub(in[0])}
	})
	f := []dtype.DType{dtype.Float32, dtype.Float32}
	k := Compile(pointwise.Spec{Program: p, In: f, Out: f})
	x, y := make([]float32, 1000), make([]float32, 1000)
	for i := range x {
		x[i], y[i] = float32(i), float32(3*i)
	}
	o := []Operand{floats32(x), floats32(y)}
	k.Run([]int{1000}, o, o, []float64{0})
	for i := range x {
		a, b := float32(i), float32(3*i)
		if x[i] != a+b || y[i] != (a+b)*b-a {
			t.Fatalf("at %d: %v, %v, want %v, %v", i, x[i], y[i], a+b, (a+b)*b-a)
		}
	}
}

func floats32(x []float32) Operand {
	return Operand{unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), 4*len(x)), shape.Contiguous([]int{len(x)})}
}

func benchmark(b *testing.B, n int, f func(x, y value) value) {
	p := program([]pointwise.Kind{pointwise.Float, pointwise.Float}, func(in, u []value) []value { return []value{f(in[0], in[1])} })
	k := Compile(pointwise.Spec{Program: p, In: []dtype.DType{dtype.Float32, dtype.Float32}, Out: []dtype.DType{dtype.Float32}})
	x, y, z := make([]float32, n), make([]float32, n), make([]float32, n)
	for i := range x {
		x[i], y[i] = float32(i%100)*0.1-5, 2
	}
	in, out, s := []Operand{floats32(x), floats32(y)}, []Operand{floats32(z)}, []int{n}
	u := []float64{0}
	b.SetBytes(int64(n))
	b.ReportAllocs()
	for b.Loop() {
		k.Run(s, in, out, u)
	}
}

func BenchmarkRun(b *testing.B) {
	for _, n := range []int{10, 1 << 10, 1 << 20} {
		for _, f := range []struct {
			name string
			f    func(x, y value) value
		}{
			{"add", value.Add}, {"exp", func(x, y value) value { return x.Exp() }}, {"tanh", func(x, y value) value { return x.Tanh() }},
			{"sin", func(x, y value) value { return x.Sin() }}, {"sigmoid", func(x, y value) value { return x.Sigmoid() }},
			{"gelu", func(x, y value) value {
				return x.Mul(pointwise.Const(0.5)).Mul(pointwise.Const(1).Add(x.Mul(pointwise.Const(1 / math.Sqrt2)).Erf()))
			}},
			{"relu", func(x, y value) value { return x.Gt(pointwise.Const(0)).Select(x, pointwise.Const(0)) }},
		} {
			b.Run(fmt.Sprint(f.name, n), func(b *testing.B) { benchmark(b, n, f.f) })
		}
	}
}

// A bias: the second operand is the same for all rows.
func BenchmarkBias(b *testing.B) {
	f := []dtype.DType{dtype.Float32, dtype.Float32}
	p := program([]pointwise.Kind{pointwise.Float, pointwise.Float}, func(in, u []value) []value { return []value{in[0].Add(in[1])} })
	k := Compile(pointwise.Spec{Program: p, In: f, Out: f[:1]})
	for _, s := range [][]int{{4, 8}, {32, 64}, {1024, 1024}} {
		b.Run(fmt.Sprint(s), func(b *testing.B) {
			n := s[0] * s[1]
			x, y := floats32(make([]float32, n)), floats32(make([]float32, s[1]))
			x.View = shape.Contiguous(s)
			y.View = shape.View{Shape: s, Strides: []int{0, 1}}
			in, out := []Operand{x, y}, []Operand{x}
			b.ReportAllocs()
			b.SetBytes(int64(8 * n))
			for b.Loop() {
				k.Run(s, in, out, []float64{0})
			}
		})
	}
}
