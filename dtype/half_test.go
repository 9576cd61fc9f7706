package dtype

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// layout is a small float format, decoded here by its definition and not by
// the bit tricks under test.
type layout struct {
	name     string
	man, exp uint
	to       func(float32) uint16
	from     func(uint16) float32
}

var (
	f16 = layout{"float16", 10, 5,
		func(x float32) uint16 { return uint16(ToF16(x)) }, func(b uint16) float32 { return F16(b).Float32() }}
	bf16 = layout{"bfloat16", 7, 8,
		func(x float32) uint16 { return uint16(ToBF16(x)) }, func(b uint16) float32 { return BF16(b).Float32() }}
)

// value returns the number that the bits b stand for; an infinite exponent is
// read as if it went on, so that it serves as the upper neighbour when rounding.
func (l layout) value(b uint16) float64 {
	exp, man := int(b>>l.man)&(1<<l.exp-1), float64(b&(1<<l.man-1))
	bias := 1<<(l.exp-1) - 1
	x := 0.0
	if exp == 0 {
		x = math.Ldexp(man, 1-bias-int(l.man))
	} else {
		x = math.Ldexp(man+float64(int(1)<<l.man), exp-bias-int(l.man))
	}
	if b>>15 != 0 {
		x = -x
	}
	return x
}

func (l layout) infinity() uint16 { return (1<<l.exp - 1) << l.man }

func TestHalfRoundTrip(t *testing.T) {
	for _, l := range []layout{f16, bf16} {
		for i := range 1 << 16 {
			b := uint16(i)
			x := l.from(b)
			switch abs := b &^ 0x8000; {
			case abs > l.infinity():
				if x == x {
					t.Errorf("%s %#04x = %v, want NaN", l.name, b, x)
				}
				if y := l.to(x); y&0x7fff <= l.infinity() || y>>15 != b>>15 {
					t.Errorf("%s of NaN %#04x = %#04x, want a NaN of the same sign", l.name, b, y)
				}
				continue
			case abs == l.infinity():
				if !math.IsInf(float64(x), 1-2*int(b>>15)) {
					t.Errorf("%s %#04x = %v, want an infinity", l.name, b, x)
				}
			case float64(x) != l.value(b) || math.Signbit(float64(x)) != (b>>15 != 0):
				t.Errorf("%s %#04x = %v, want %v", l.name, b, x, l.value(b))
			}
			if y := l.to(x); y != b {
				t.Errorf("%s of %v = %#04x, want %#04x", l.name, x, y, b)
			}
		}
	}
}

// round returns x to the nearest bits, ties to even, by comparing distances in
// exact arithmetic.
func (l layout) round(x float32) uint16 {
	var sign uint16
	if math.Signbit(float64(x)) {
		sign, x = 0x8000, -x
	}
	lo, hi := uint16(0), l.infinity() // the answer is lo or lo+1
	for hi-lo > 1 {
		if mid := lo + (hi-lo)/2; l.value(mid) <= float64(x) {
			lo = mid
		} else {
			hi = mid
		}
	}
	if math.IsInf(float64(x), 0) {
		return sign | l.infinity()
	}
	exact := func(v float64) *big.Float { return new(big.Float).SetPrec(600).SetFloat64(v) }
	below := new(big.Float).Sub(exact(float64(x)), exact(l.value(lo)))
	above := new(big.Float).Sub(exact(l.value(lo+1)), exact(float64(x)))
	if c := below.Cmp(above); c > 0 || c == 0 && lo&1 == 1 {
		lo++
	}
	return sign | lo
}

func TestHalfRounding(t *testing.T) {
	for _, l := range []layout{f16, bf16} {
		try := func(x float32) {
			for _, x := range []float32{x, -x} {
				if got, want := l.to(x), l.round(x); got != want {
					t.Errorf("%s of %v (%#x) = %#04x, want %#04x", l.name, x, math.Float32bits(x), got, want)
				}
			}
		}
		// Every number, every midpoint, and the float32 next to it on both sides.
		for b := uint16(0); b < l.infinity(); b++ {
			lo := l.value(b)
			mid := float32((lo + l.value(b+1)) / 2)
			for _, x := range []float32{float32(lo), mid} {
				try(x)
				try(math.Nextafter32(x, 0))
				if up := math.Nextafter32(x, float32(math.Inf(1))); !math.IsInf(float64(up), 0) {
					try(up)
				}
			}
		}
		try(math.MaxFloat32)
		try(math.SmallestNonzeroFloat32)
		try(float32(math.Inf(1)))
		r := rand.New(rand.NewPCG(1, 2))
		for range 100000 {
			if x := math.Float32frombits(r.Uint32() & 0x7fffffff); x == x {
				try(x)
			}
		}
	}
}

func TestHalfOfNaN(t *testing.T) {
	// A NaN whose payload sits in the bits that are cut off must not become an
	// infinity.
	for _, bits := range []uint32{0x7f800001, 0xff800001, 0x7fc00000, 0x7fffffff, 0x7f801000} {
		x := math.Float32frombits(bits)
		if y := ToF16(x).Float32(); y == y {
			t.Errorf("ToF16(NaN %#x) = %v", bits, y)
		}
		if y := ToBF16(x).Float32(); y == y {
			t.Errorf("ToBF16(NaN %#x) = %v", bits, y)
		}
	}
}

func BenchmarkToF16(b *testing.B) {
	x := float32(1.1)
	for b.Loop() {
		x = ToF16(x).Float32()
	}
}
