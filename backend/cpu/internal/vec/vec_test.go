package vec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"unsafe"

	"github.com/hekla-ml/hekla/backend/cpu/internal/isa"
)

// onTiers runs f on every tier this machine has.
func onTiers(t *testing.T, f func(t *testing.T)) {
	defer isa.Set(isa.Active())
	for _, tier := range isa.Tiers() {
		if err := SetTier(tier.String()); err != nil {
			t.Fatal(err)
		}
		t.Run(Tier(), f)
	}
}

// lengths are all that end differently on some tier, and the longest block.
func lengths() []int {
	ns := []int{100, 255, 256, 257, 1000, 1023, 1024}
	for n := range 70 {
		ns = append(ns, n)
	}
	return ns
}

// slice makes a []T of a reflect type over guarded memory.
func slice(mem []byte, typ reflect.Type, n int) reflect.Value {
	size := int(typ.Elem().Size())
	if n == 0 {
		return reflect.MakeSlice(typ, 0, 0)
	}
	p := unsafe.Pointer(&mem[len(mem)-n*size])
	return reflect.NewAt(reflect.ArrayOf(n, typ.Elem()), p).Elem().Slice(0, n)
}

// special are bit patterns where arithmetic has edges; random ones hardly meet them.
var special32 = []uint32{0, 1 << 31, 1, 0x80000001, 0x007fffff, 0x00800000, 0x3f800000, 0xbf800000, 0x3f000000, 0xbf000000,
	0x3fc00000, 0x40200000, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00001, 0x7f800001, 0x4f000000,
	0xcf000000, 0xcf000001, 0x4effffff, 0x4f800000, 0x477fe000, 0x477ff000, 0x477fefff, 0x33000000, 0x33000001, 0x387fffff,
	0x38800000, 0x3f808000, 0x3f818000, 0x7fffffff, 0xffffffff, 31, 32, 33, 0xffff}

func random32(r *rand.Rand) uint32 {
	switch r.IntN(4) {
	case 0:
		return special32[r.IntN(len(special32))]
	case 1:
		return math.Float32bits(float32(r.NormFloat64() * 10))
	case 2:
		return uint32(r.IntN(40))
	}
	return r.Uint32()
}

func random64(r *rand.Rand) uint64 {
	switch r.IntN(3) {
	case 0:
		return math.Float64bits(float64(math.Float32frombits(random32(r))))
	case 1:
		return math.Float64bits(r.NormFloat64() * 10)
	}
	return r.Uint64()
}

// fill sets a slice to random bits. Masks are all ones or zero.
func fill(r *rand.Rand, v reflect.Value, mask bool) {
	for i := range v.Len() {
		e := v.Index(i)
		switch p := e.Addr().Interface().(type) {
		case *uint16:
			*p = uint16(r.Uint32())
		case *uint32:
			*p = random32(r)
			if mask {
				*p = -(*p & 1)
			}
		case *float32:
			*p = math.Float32frombits(random32(r))
		case *uint64:
			*p = r.Uint64()
			if mask {
				*p = -(*p & 1)
			}
		case *float64:
			*p = math.Float64frombits(random64(r))
		}
	}
}

// same compares bits, and takes any NaN for any other.
func same(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.Float32:
		x, y := float32(a.Float()), float32(b.Float())
		return math.Float32bits(x) == math.Float32bits(y) || x != x && y != y
	case reflect.Float64:
		return math.Float64bits(a.Float()) == math.Float64bits(b.Float()) || a.Float() != a.Float() && b.Float() != b.Float()
	}
	return a.Uint() == b.Uint()
}

// sameHalf is same for floats held in uint16: all exponent bits and a mantissa make a NaN.
func sameHalf(name string, a, b uint64) bool {
	inf := uint64(0x7c00)
	if name == "F32ToBF16" {
		inf = 0x7f80
	}
	return a == b || a&0x7fff > inf && b&0x7fff > inf
}

func TestTiersAgree(t *testing.T) {
	const longest = 1024
	mem := make([][]byte, 4)
	for i := range mem {
		mem[i] = guarded(t, longest*8)
	}
	onTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(7, 8))
		for _, p := range primitives {
			f, portable := reflect.ValueOf(p.f), reflect.ValueOf(p.portable)
			masked := len(p.name) > 6 && p.name[:6] == "Select" || p.name == "NarrowMask" || p.name == "WidenMask"
			for _, n := range lengths() {
				args := make([]reflect.Value, f.Type().NumIn())
				slices := 0
				for i := range args {
					if typ := f.Type().In(i); typ.Kind() == reflect.Slice {
						args[i] = slice(mem[slices], typ, n)
						fill(r, args[i], masked && slices == 1)
						slices++
					} else {
						v := reflect.MakeSlice(reflect.SliceOf(typ), 1, 1)
						fill(r, v, false)
						args[i] = v.Index(0)
					}
				}
				want := append([]reflect.Value{reflect.MakeSlice(args[0].Type(), n, n)}, args[1:]...)
				portable.Call(want)
				f.Call(args)
				check := func(how string, got reflect.Value) {
					t.Helper()
					for i := range n {
						g, w := got.Index(i), want[0].Index(i)
						if !same(g, w) && !(g.Kind() == reflect.Uint16 && sameHalf(p.name, g.Uint(), w.Uint())) {
							t.Fatalf("%s%s, length %d: element %d is %v, want %v; arguments %s", p.name, how, n, i, g, w, element(args[1:], i))
						}
					}
				}
				check("", args[0])
				for i, a := range args[1:] { // dst may be a source
					if a.Type() != args[0].Type() {
						continue
					}
					old := reflect.MakeSlice(a.Type(), n, n)
					reflect.Copy(old, a)
					inPlace := append([]reflect.Value{a}, args[1:]...)
					f.Call(inPlace)
					check(fmt.Sprintf(" in place of source %d", i), a)
					reflect.Copy(a, old)
				}
			}
		}
	})
}

// element shows element i of all arguments.
func element(args []reflect.Value, i int) string {
	s := ""
	for _, a := range args {
		if a.Kind() == reflect.Slice {
			a = a.Index(i)
		}
		s += fmt.Sprintf("%v ", a)
	}
	return s
}

func TestReductionsAgree(t *testing.T) {
	mem := [][]byte{guarded(t, 1024*8), guarded(t, 1024*8)}
	onTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(9, 10))
		for _, p := range reductions {
			f, portable := reflect.ValueOf(p.f), reflect.ValueOf(p.portable)
			for _, n := range append(lengths(), 63, 64, 65, 127, 128, 129, 500) {
				for _, wild := range []bool{false, true} {
					var args []reflect.Value
					for i := range f.Type().NumIn() {
						typ := f.Type().In(i)
						if typ.Kind() != reflect.Slice {
							args = append(args, reflect.ValueOf(0.25).Convert(typ))
							continue
						}
						a := slice(mem[i], typ, n)
						fill(r, a, false)
						if !wild {
							for i := range n {
								a.Index(i).SetFloat(r.NormFloat64())
							}
						}
						args = append(args, a)
					}
					got, want := f.Call(args)[0], portable.Call(args)[0]
					if !same(got, want) {
						t.Fatalf("%s, length %d: %v, want %v", p.name, n, got, want)
					}
				}
			}
		}
	})
}

func TestReduce(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	onTiers(t, func(t *testing.T) {
		for _, row := range []struct {
			in             []float32
			sum, max, min_ float32
		}{
			{nil, 0, -inf, inf},
			{[]float32{3}, 3, 3, 3},
			{[]float32{1, 2, -4}, -1, 2, -4},
			{[]float32{1, nan, 3}, nan, nan, nan},
			{[]float32{inf, 1}, inf, inf, 1},
		} {
			for i, got := range []float32{ReduceSumF32(row.in), ReduceMaxF32(row.in), ReduceMinF32(row.in)} {
				if want := []float32{row.sum, row.max, row.min_}[i]; got != want && (got == got || want == want) {
					t.Errorf("%v: %s is %v, want %v", row.in, []string{"sum", "max", "min"}[i], got, want)
				}
			}
		}
	})
}

func TestMeanings(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	onTiers(t, func(t *testing.T) {
		f := func(op func(dst, a, b []float32), a, b, want float32) {
			t.Helper()
			got := make([]float32, 1)
			op(got, []float32{a}, []float32{b})
			if got[0] != want && (got[0] == got[0] || want == want) {
				t.Errorf("(%v, %v) = %v, want %v", a, b, got[0], want)
			}
		}
		f(MinF32, 1, 2, 1)
		f(MinF32, nan, 2, nan)
		f(MinF32, 2, nan, nan)
		f(MaxF32, nan, inf, nan)
		f(MaxF32, -inf, -1, -1)
		got := make([]uint32, 8)
		F32ToI32(got, []float32{nan, inf, -inf, 1.9, -1.9, 1 << 31, -1 << 31, 0x7fffff80})
		minimum := uint32(1 << 31)
		for i, want := range []uint32{0, math.MaxInt32, minimum, 1, ^uint32(0), math.MaxInt32, minimum, 0x7fffff80} {
			if got[i] != want {
				t.Errorf("F32ToI32: element %d is %#x, want %#x", i, got[i], want)
			}
		}
		MulHiU32(got[:2], []uint32{1 << 31, 3}, []uint32{6, 1 << 30})
		if got[0] != 3 || got[1] != 0 {
			t.Errorf("MulHiU32 = %v, want [3 0]", got[:2])
		}
	})
}

func TestHalfRoundTrip(t *testing.T) {
	onTiers(t, func(t *testing.T) {
		in, wide, out := make([]uint16, 1024), make([]float32, 1024), make([]uint16, 1024)
		for base := 0; base < 1<<16; base += 1024 {
			for i := range in {
				in[i] = uint16(base + i)
			}
			F16ToF32(wide, in)
			F32ToF16(out, wide)
			for i, h := range in {
				if isNaN := h&0x7fff > 0x7c00; isNaN != (wide[i] != wide[i]) || out[i] != h && !isNaN {
					t.Fatalf("half %#x is %v and back %#x", h, wide[i], out[i])
				}
			}
			BF16ToF32(wide, in)
			F32ToBF16(out, wide)
			for i, h := range in {
				if isNaN := h&0x7fff > 0x7f80; isNaN != (wide[i] != wide[i]) || out[i] != h && !isNaN {
					t.Fatalf("bfloat16 %#x is %v and back %#x", h, wide[i], out[i])
				}
			}
		}
	})
}

func TestShortSourcePanics(t *testing.T) {
	onTiers(t, func(t *testing.T) {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		AddF32(make([]float32, 9), make([]float32, 9), make([]float32, 8, 20))
	})
}

func BenchmarkVec(b *testing.B) {
	const n = 1024
	dst, x, y := make([]float32, n), make([]float32, n), make([]float32, n)
	m, w, h := make([]uint32, n), make([]float64, n), make([]uint16, n)
	for i := range x {
		x[i], y[i] = float32(i)+0.5, float32(n-i)
	}
	for _, row := range []struct {
		name string
		f    func()
	}{
		{"AddF32", func() { AddF32(dst, x, y) }},
		{"DivF32", func() { DivF32(dst, x, y) }},
		{"MaxF32", func() { MaxF32(dst, x, y) }},
		{"SqrtF32", func() { SqrtF32(dst, x) }},
		{"FloorF32", func() { FloorF32(dst, x) }},
		{"LtF32", func() { LtF32(m, x, y) }},
		{"SelectF32", func() { SelectF32(dst, m, x, y) }},
		{"MulAddF32", func() { MulAddF32(dst, x, y, x) }},
		{"MulHiU32", func() { MulHiU32(m, m, m) }},
		{"F32ToI32", func() { F32ToI32(m, x) }},
		{"F32ToF64", func() { F32ToF64(w, x) }},
		{"AddF64", func() { AddF64(w, w, w) }},
		{"F32ToF16", func() { F32ToF16(h, x) }},
		{"F32ToBF16", func() { F32ToBF16(h, x) }},
		{"ReduceSumF32", func() { ReduceSumF32(x) }},
		{"ReduceMaxF32", func() { ReduceMaxF32(x) }},
	} {
		b.Run(row.name, func(b *testing.B) {
			for b.Loop() {
				row.f()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/element")
		})
	}
}
