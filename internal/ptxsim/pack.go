package ptxsim

import (
	"math"
	"math/bits"

	"github.com/hekla-ml/hekla/dtype"
)

// compilePack compiles the conversions of newer GPUs that have other types than the
// rest: of two f32 to a word of two halves, the first operand on top, and of f32 to
// tf32, 10 bits of fraction, to nearest with ties away from zero.
func compilePack(c *compiler, s *step) {
	f32t, b32 := typ{'f', 4}, typ{'b', 4}
	switch mode := c.one("rn", "rna"); {
	case mode == "rn":
		narrow := map[string]func(float32) uint64{
			"f16x2":  func(x float32) uint64 { return uint64(dtype.ToF16(x)) },
			"bf16x2": func(x float32) uint64 { return uint64(dtype.ToBF16(x)) },
		}[c.one("f16x2", "bf16x2")]
		if narrow == nil || !c.take("f32") {
			c.fail("%s is not supported", c.in.text)
		}
		c.count(3)
		s.exec = apply2(c.result(0, b32, typ.holds), c.column(1, f32t), c.column(2, f32t), func(hi, lo uint64) uint64 {
			return narrow(f32(hi))<<16 | narrow(f32(lo))
		})
	case mode == "rna" && c.take("tf32") && c.take("f32"):
		c.count(2)
		s.exec = apply1(c.result(0, b32, typ.holds), c.column(1, f32t), func(x uint64) uint64 {
			if x>>23&0xff == 0xff { // infinite, or NaN
				return x
			}
			return (x + 1<<12) &^ (1<<13 - 1)
		})
	default:
		c.fail("%s is not supported", c.in.text)
	}
}

// packs reports whether a conversion is one for compilePack.
func packs(mods []string) bool {
	for _, m := range mods {
		if oneOf(m, "f16x2", "bf16x2", "tf32") {
			return true
		}
	}
	return false
}

// compilePower compiles ex2.approx. Hardware is right to two units in the last
// place; here the last bits are made wrong by as much, one way for every operand, so
// that nothing can rely on them.
func compilePower(c *compiler, s *step) {
	ok := c.take("approx")
	ftz := c.take("ftz")
	if t := c.takeType(); !ok || t != (typ{'f', 4}) {
		c.fail("%s is not supported", c.in.text)
	}
	c.count(2)
	f := func(x uint64) uint64 {
		y := w32(float32(math.Exp2(float64(f32(x)))))
		if e := y >> 23 & 0xff; e != 0 && e != 0xff && f32(x) != math32Floor(f32(x)) {
			y += uint64(bits.OnesCount64(x)%3) - 1
		}
		return y
	}
	if ftz {
		g := f
		f = func(x uint64) uint64 { return flush(g(flush(x))) }
	}
	s.exec = apply1(c.result(0, typ{'f', 4}, typ.holds), c.column(1, typ{'f', 4}), f)
}

func math32Floor(x float32) float32 { return float32(math.Floor(float64(x))) }
