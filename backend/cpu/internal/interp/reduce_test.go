package interp

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"unsafe"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

func TestReduce(t *testing.T) {
	F, I := pointwise.Float, pointwise.Int
	programs := []struct {
		name string
		p    *pointwise.Program
	}{
		{"copy", program([]pointwise.Kind{F}, func(in, u []value) []value { return in })},
		{"square", program([]pointwise.Kind{F, F}, func(in, u []value) []value { return []value{in[0].Sub(in[1]).Mul(in[0].Sub(u[0]))} })},
		{"index", program([]pointwise.Kind{F}, func(in, u []value) []value {
			return []value{pointwise.Index().And(pointwise.Const(7)).Convert(F).Mul(in[0])}
		})},
		{"int", program([]pointwise.Kind{I}, func(in, u []value) []value { return in })},
	}
	for i, test := range programs {
		r := rand.New(rand.NewPCG(uint64(i), 5))
		for _, s := range [][]int{{1}, {7}, {5000}, {40000}, {3, 700}, {300, 40}, {600, 3}, {70, 2, 50}, {4, 5, 6, 7}, {2, 1000, 33}, {0, 3}, {3, 0}, {1300, 90}} {
			for mask := 1; mask < 1<<len(s); mask++ {
				var axes []int
				for a := range s {
					if mask>>a&1 == 1 {
						axes = append(axes, a)
					}
				}
				d := []dtype.DType{dtype.Float32, dtype.Float64, dtype.Float32, dtype.Float16}[r.IntN(4)]
				if test.name == "int" {
					d = []dtype.DType{dtype.Int32, dtype.Int64, dtype.Uint8}[r.IntN(3)]
				}
				checkReduce(t, test.name, r, test.p, s, axes, d)
				if t.Failed() {
					return
				}
			}
		}
	}
}

func checkReduce(t *testing.T, name string, r *rand.Rand, p *pointwise.Program, s, axes []int, d dtype.DType) {
	t.Helper()
	od := d
	if d == dtype.Float16 {
		od = dtype.Float32
	}
	if d == dtype.Uint8 {
		od = dtype.Int32
	}
	spec := pointwise.Spec{Program: p, Out: []dtype.DType{od}}
	var in []Operand
	for range p.Inputs {
		v := layout(r, s, false)
		mem := make([]uint64, (max(v.End(), v.Offset+1)*d.Size()+15)/8)
		o := Operand{unsafe.Slice((*byte)(unsafe.Pointer(&mem[0])), len(mem)*8), v}
		for i := range v.End() {
			x := math.Round(r.NormFloat64()*8) / 8
			if d == dtype.Uint8 {
				x = float64(r.IntN(9))
			} else if d.IsInt() {
				x = math.Round(x * 8)
			}
			set(d, unsafe.Pointer(&o.Mem[i*d.Size()]), x)
		}
		in, spec.In = append(in, o), append(spec.In, d)
	}
	keep := r.IntN(2) == 0
	os := shape.Reduced(s, axes, keep)
	ov := layout(r, os, true)
	mem := make([]uint64, (max(ov.End(), ov.Offset+1)*8+15)/8)
	out := Operand{unsafe.Slice((*byte)(unsafe.Pointer(&mem[0])), len(mem)*8), ov}
	fold := Fold(r.IntN(4))
	if fold == Prod && shape.Numel(s) > 100 {
		fold = Sum
	}
	over := 0.
	if fold == Sum && od.IsFloat() && r.IntN(2) == 0 {
		over = 4
	}
	k := Compile(spec)
	k.Reduce(fold, s, axes, over, in, out, []float64{1.5})

	want := make([]float64, shape.Numel(os))
	mag := make([]float64, len(want))
	for i := range want {
		want[i] = neutral(fold, k.outs[0].class)
	}
	to, _ := shape.Contiguous(shape.Reduced(s, axes, true)).Expand(s)
	ev := p.Evaluator(true, true)
	idx, x, y := make([]int, len(s)), make([]float64, len(in)), make([]float64, 1)
	for n := range shape.Numel(s) {
		for i := range in {
			x[i] = get(d, at(&in[i], d, idx))
		}
		ev.Eval(y, x, []float64{1.5}, uint64(n))
		e := 0
		for i := range idx {
			e += idx[i] * to.Strides[i]
		}
		switch fold {
		case Sum:
			want[e] += y[0]
		case Prod:
			want[e] *= y[0]
		case Max:
			want[e] = max(want[e], y[0])
		case Min:
			want[e] = min(want[e], y[0])
		}
		mag[e] += math.Abs(y[0])
		shape.Next(idx, s)
	}
	idx = make([]int, len(os))
	for n := range want {
		w := want[n]
		if over != 0 {
			w /= over
		}
		if d.IsInt() {
			w = stored(od, w, od == dtype.Int64)
			if shape.Numel(s) == 0 || fold == Prod { // saturated or wrapped
				return
			}
		}
		got := get(od, at(&out, od, idx))
		if e := math.Abs(got - w); !(e <= 1e-6*max(mag[n], math.Abs(w))) && got != w {
			t.Fatalf("%s %v: fold %d of %v over %v at %v = %v, want %v", name, spec.In, fold, s, axes, idx, got, w)
		}
		shape.Next(idx, os)
	}
}

// Sums do not depend on the number of threads, and are accurate.
func TestSumIsFixed(t *testing.T) {
	p := program([]pointwise.Kind{pointwise.Float}, func(in, u []value) []value { return in })
	k := Compile(pointwise.Spec{Program: p, In: []dtype.DType{dtype.Float32}, Out: []dtype.DType{dtype.Float32}})
	const n = 1 << 20
	x := make([]float32, n)
	r := rand.New(rand.NewPCG(1, 1))
	for i := range x {
		x[i] = r.Float32()
	}
	for _, s := range [][]int{{n}, {1024, 1024}, {4096, 256}} {
		for _, axes := range [][]int{{0}, {len(s) - 1}} {
			var first []float32
			for _, procs := range []int{1, 2, 5} {
				old := runtime.GOMAXPROCS(procs)
				y := make([]float32, n/s[axes[0]])
				in := floats32(x)
				in.View = shape.Contiguous(s)
				k.Reduce(Sum, s, axes, 0, []Operand{in}, floats32(y), []float64{0})
				runtime.GOMAXPROCS(old)
				if first == nil {
					first = y
				} else if !slices.Equal(first, y) {
					t.Fatalf("sum of %v over %v depends on GOMAXPROCS", s, axes)
				}
			}
			to, _ := shape.Contiguous(shape.Reduced(s, axes, true)).Expand(s)
			exact := make([]float64, len(first))
			idx := make([]int, len(s))
			for i := range x {
				e := 0
				for a := range idx {
					e += idx[a] * to.Strides[a]
				}
				exact[e] += float64(x[i])
				shape.Next(idx, s)
			}
			for i := range first {
				// Pairwise: a few roundings per level of the tree.
				if e := math.Abs(float64(first[i])-exact[i]) / exact[i]; e > 5e-7 {
					t.Fatalf("sum of %v over %v: relative error %v", s, axes, e)
				}
			}
		}
	}
}

func BenchmarkReduce(b *testing.B) {
	p := program([]pointwise.Kind{pointwise.Float}, func(in, u []value) []value { return in })
	k := Compile(pointwise.Spec{Program: p, In: []dtype.DType{dtype.Float32}, Out: []dtype.DType{dtype.Float32}})
	x, y := make([]float32, 1<<20), make([]float32, 1<<20)
	for _, c := range []struct {
		s    []int
		axis int
	}{{[]int{10}, 0}, {[]int{1 << 20}, 0}, {[]int{1024, 1024}, 1}, {[]int{1024, 1024}, 0}, {[]int{1 << 17, 8}, 1}, {[]int{1 << 17, 8}, 0}} {
		b.Run(fmt.Sprint(c.s, c.axis), func(b *testing.B) {
			n := shape.Numel(c.s)
			in, out := floats32(x), floats32(y[:n/c.s[c.axis]])
			in.View = shape.Contiguous(c.s)
			b.SetBytes(int64(4 * n))
			b.ReportAllocs()
			for b.Loop() {
				k.Reduce(Sum, c.s, []int{c.axis}, 0, []Operand{in}, out, []float64{0})
			}
		})
	}
}
