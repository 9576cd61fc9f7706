package dtype

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestFMA32 compares with exact arithmetic, above all where rounding to float64 first would show.
func TestFMA32(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	draw := func() float32 { return math.Float32frombits(r.Uint32()) }
	slow := 0
	for i := range 100000 {
		x, y, z := draw(), draw(), draw()
		switch i % 4 {
		case 0: // what a product loses
			z = float32(-x * y)
		case 1: // half-way in float64, but not quite
			k := float32(r.IntN(9)-4) * 0x1p-23
			x, y = 1+k, (1-k)*0x1p-24 // all but the half of z's last place
			z = 1 + float32(r.IntN(8))*0x1p-23
		case 2: // denormal results
			x, y = float32(math.Ldexp(1+r.Float64(), -70)), float32(math.Ldexp(1+r.Float64(), -80+r.IntN(12)))
			z = float32(math.Ldexp(float64(r.IntN(1<<22)), -149))
		}
		if r.IntN(2) == 0 {
			z = -z
		}
		if x-x != 0 || y-y != 0 || z-z != 0 {
			continue
		}
		exact := new(big.Float).SetPrec(1000)
		exact.Mul(big.NewFloat(float64(x)).SetPrec(1000), big.NewFloat(float64(y)))
		exact.Add(exact, big.NewFloat(float64(z)))
		want, _ := exact.Float32()
		if got := FMA32(x, y, z); got != want {
			t.Fatalf("FMA32(%x, %x, %x) = %x, want %x", x, y, z, got, want)
		}
		if float32(math.FMA(float64(x), float64(y), float64(z))) != want {
			slow++
		}
	}
	if slow < 100 {
		t.Errorf("only %d operands that float64 would get wrong", slow)
	}
}

func TestFMA32Specials(t *testing.T) {
	inf, nan, neg0 := float32(math.Inf(1)), float32(math.NaN()), float32(math.Copysign(0, -1))
	for _, c := range []struct{ x, y, z, want float32 }{
		{inf, 0, 1, nan}, {inf, 1, -inf, nan}, {inf, -1, 1, -inf}, {1, 1, nan, nan}, {nan, 0, 0, nan},
		{0, neg0, neg0, neg0}, {0, neg0, 0, 0}, {1, 1, -1, 0}, {math.MaxFloat32, 2, -math.MaxFloat32, math.MaxFloat32},
		{math.MaxFloat32, 2, 0, inf}, {-0x1p-140, 0x1p-140, neg0, neg0}, {0x1p-140, 0x1p-140, 0, 0},
	} {
		if got := FMA32(c.x, c.y, c.z); math.Float32bits(got) != math.Float32bits(c.want) && !(got != got && c.want != c.want) {
			t.Errorf("FMA32(%v, %v, %v) = %v, want %v", c.x, c.y, c.z, got, c.want)
		}
	}
}

func BenchmarkFMA32(b *testing.B) {
	y := float32(0)
	for b.Loop() {
		y = FMA32(y, 0.5, 1.25)
	}
}
