package ptxsim

import (
	"math"
	"math/bits"
	"strconv"

	"github.com/hekla-ml/hekla/dtype"
)

func f32(x uint64) float32 { return math.Float32frombits(uint32(x)) }
func w32(x float32) uint64 { return uint64(math.Float32bits(x)) }
func f64(x uint64) float64 { return math.Float64frombits(x) }
func w64(x float64) uint64 { return math.Float64bits(x) }
func s32(x uint64) int64   { return int64(int32(x)) }
func flush(x uint64) uint64 { // denormals to zero of the same sign
	if x&0x7f800000 == 0 {
		return x & 0x80000000
	}
	return x
}

// nan32 is what NVIDIA hardware gives for any NaN.
const nan32, nan64 = 0x7fffffff, 0x7fffffffffffffff

// rounding takes the modifiers of float arithmetic. Only what is rounded to
// nearest has a result that is the same everywhere.
func (c *compiler) rounding(needed bool) (ftz bool) {
	if !c.take("rn") && needed {
		c.fail("%s.%v: only rounding to nearest (.rn) is supported", c.in.op, c.in.mods)
	}
	return c.take("ftz")
}

func compileBinary(c *compiler, s *step) {
	op := c.in.op
	mode := ""
	if op == "mul" {
		mode = c.one("wide", "hi", "lo")
	}
	ftz := false
	if oneOf(op, "add", "sub", "mul", "div", "min", "max") {
		ftz = c.rounding(false)
	}
	keep := oneOf(op, "min", "max") && c.take("NaN") // sm_80
	t := c.takeType()
	if t.class == 'f' && t.size >= 4 && op == "div" && (len(c.in.mods) < 2 || c.in.mods[0] != "rn") {
		c.fail("div: only div.rn is supported")
	}
	if ftz && t != (typ{'f', 4}) {
		c.fail("%s: .ftz is for f32", op)
	}
	c.count(3)
	if oneOf(op, "shl", "shr") {
		d, x, y := c.result(0, t, typ.holds), c.column(1, t), c.column(2, typ{'u', 4})
		name := op + strconv.Itoa(8*t.size)
		if op == "shr" {
			name = op + string(t.class) + strconv.Itoa(8*t.size)
		}
		s.exec = apply2(d, x, y, c.shift(op, t), loops2[name])
		return
	}
	out := t
	if mode == "wide" {
		out.size *= 2
	}
	d, x, y := c.result(0, out, typ.holds), c.column(1, t), c.column(2, t)
	var f func(x, y uint64) uint64
	switch {
	case t.class == 'p':
		f = logic(op)
	case keep && t != (typ{'f', 4}):
		c.fail("%s.NaN is for f32", op)
	case keep:
		s.exec = apply2(d, x, y, keepNaN(extreme32(op == "min")))
		return
	case t.class == 'f' && t.size == 4:
		s.exec = c.float32(op, d, x, y, ftz)
		return
	case t.class == 'f' && t.size == 8:
		f = c.float64(op)
	case oneOf(op, "and", "or", "xor"):
		f = logic(op)
	case t.class == 'b':
	case t.size == 4:
		f = int32Op(op, mode, t.class == 's')
	case t.size == 8:
		f = int64Op(op, mode, t.class == 's')
	case t.size == 2 && op == "mul" && mode == "lo", t.size == 2 && oneOf(op, "add", "sub"):
		g := int32Op(op, mode, false)
		f = func(x, y uint64) uint64 { return uint64(uint16(g(x, y))) }
	}
	if f == nil {
		c.fail("%s of type %c%d is not supported", op, t.class, 8*t.size)
	}
	s.exec = apply2(d, x, y, f, loops2[loopName(op, mode, t)])
}

// loopName is the name of an instruction in loops2, if it is there.
func loopName(op, mode string, t typ) string {
	switch {
	case oneOf(op, "and", "or", "xor"):
		return op
	case t.class == 'f':
		return op + "f64"
	case mode == "wide":
		return op + mode + string(t.class) + strconv.Itoa(8*t.size)
	case t.class == 'b' || t.class == 'p' || t.size < 4:
		return ""
	case oneOf(op, "div", "rem", "min", "max"):
		return op + string(t.class) + strconv.Itoa(8*t.size)
	}
	return op + mode + strconv.Itoa(8*t.size)
}

func logic(op string) func(x, y uint64) uint64 {
	switch op {
	case "and":
		return func(x, y uint64) uint64 { return x & y }
	case "or":
		return func(x, y uint64) uint64 { return x | y }
	case "xor":
		return func(x, y uint64) uint64 { return x ^ y }
	}
	return nil
}

// shift: amounts of the width and more act as the width.
func (c *compiler) shift(op string, t typ) func(x, y uint64) uint64 {
	if t.class == 'f' || t.class == 'p' || t.size < 4 {
		c.fail("%s of type %c%d is not supported", op, t.class, 8*t.size)
	}
	switch {
	case op == "shl" && t.size == 4:
		return func(x, y uint64) uint64 { return uint64(uint32(x) << uint32(y)) }
	case op == "shl":
		return func(x, y uint64) uint64 { return x << uint32(y) }
	case t == typ{'s', 4}:
		return func(x, y uint64) uint64 { return uint64(uint32(int32(x) >> min(uint32(y), 31))) }
	case t == typ{'s', 8}:
		return func(x, y uint64) uint64 { return uint64(int64(x) >> min(uint32(y), 63)) }
	case t.size == 4:
		return func(x, y uint64) uint64 { return uint64(uint32(x) >> uint32(y)) }
	}
	return func(x, y uint64) uint64 { return x >> uint32(y) }
}

func (c *compiler) float32(op string, d, x, y int, ftz bool) func(*block, []int32) {
	var f func(x, y uint64) uint64
	switch op {
	case "add":
		f = func(x, y uint64) uint64 { return w32(f32(x) + f32(y)) }
	case "sub":
		f = func(x, y uint64) uint64 { return w32(f32(x) - f32(y)) }
	case "mul":
		f = func(x, y uint64) uint64 { return w32(f32(x) * f32(y)) }
	case "div":
		f = func(x, y uint64) uint64 { return w32(f32(x) / f32(y)) }
	case "min", "max":
		f = extreme32(op == "min")
	default:
		c.fail("%s of f32 is not supported", op)
	}
	if ftz {
		return apply2(d, x, y, func(x, y uint64) uint64 { return flush(f(flush(x), flush(y))) })
	}
	return apply2(d, x, y, f, loops2[op+"f32"])
}

// extreme32 gives the other operand where one is NaN, as min and max do; -0 is
// less than +0.
func extreme32(smallest bool) func(x, y uint64) uint64 {
	return func(x, y uint64) uint64 {
		a, b := f32(x), f32(y)
		switch {
		case a != a && b != b:
			return nan32
		case a != a:
			return y
		case b != b:
			return x
		case smallest:
			return w32(min(a, b))
		}
		return w32(max(a, b))
	}
}

// keepNaN makes f give NaN where an operand is.
func keepNaN(f func(x, y uint64) uint64) func(x, y uint64) uint64 {
	return func(x, y uint64) uint64 {
		if f32(x) != f32(x) || f32(y) != f32(y) {
			return nan32
		}
		return f(x, y)
	}
}

func (c *compiler) float64(op string) func(x, y uint64) uint64 {
	switch op {
	case "add":
		return func(x, y uint64) uint64 { return w64(f64(x) + f64(y)) }
	case "sub":
		return func(x, y uint64) uint64 { return w64(f64(x) - f64(y)) }
	case "mul":
		return func(x, y uint64) uint64 { return w64(f64(x) * f64(y)) }
	case "div":
		return func(x, y uint64) uint64 { return w64(f64(x) / f64(y)) }
	case "min", "max":
		smallest := op == "min"
		return func(x, y uint64) uint64 {
			a, b := f64(x), f64(y)
			switch {
			case a != a && b != b:
				return nan64
			case a != a:
				return y
			case b != b:
				return x
			case smallest:
				return w64(min(a, b))
			}
			return w64(max(a, b))
		}
	}
	return nil
}

func int32Op(op, mode string, signed bool) func(x, y uint64) uint64 {
	switch op + mode {
	case "add":
		return func(x, y uint64) uint64 { return uint64(uint32(x) + uint32(y)) }
	case "sub":
		return func(x, y uint64) uint64 { return uint64(uint32(x) - uint32(y)) }
	case "mullo":
		return func(x, y uint64) uint64 { return uint64(uint32(x) * uint32(y)) }
	case "mulhi":
		if signed {
			return func(x, y uint64) uint64 { return uint64(uint32(s32(x) * s32(y) >> 32)) }
		}
		return func(x, y uint64) uint64 { return uint64(uint32(x)) * uint64(uint32(y)) >> 32 }
	case "mulwide":
		if signed {
			return func(x, y uint64) uint64 { return uint64(s32(x) * s32(y)) }
		}
		return func(x, y uint64) uint64 { return uint64(uint32(x)) * uint64(uint32(y)) }
	}
	if signed {
		f := int64Op(op, mode, true)
		if f == nil {
			return nil
		}
		return func(x, y uint64) uint64 { return uint64(uint32(f(uint64(s32(x)), uint64(s32(y))))) }
	}
	f := int64Op(op, mode, false)
	if f == nil {
		return nil
	}
	return func(x, y uint64) uint64 { return uint64(uint32(f(uint64(uint32(x)), uint64(uint32(y))))) }
}

// A divisor of zero is a bug of the kernel: what hardware gives is unspecified.
type zeroDivisor struct{}

func int64Op(op, mode string, signed bool) func(x, y uint64) uint64 {
	switch op + mode {
	case "add":
		return func(x, y uint64) uint64 { return x + y }
	case "sub":
		return func(x, y uint64) uint64 { return x - y }
	case "mullo":
		return func(x, y uint64) uint64 { return x * y }
	case "mulhi":
		if !signed {
			return func(x, y uint64) uint64 { hi, _ := bits.Mul64(x, y); return hi }
		}
	case "div":
		if signed {
			return func(x, y uint64) uint64 { checkDivisor(y); return uint64(int64(x) / int64(y)) }
		}
		return func(x, y uint64) uint64 { checkDivisor(y); return x / y }
	case "rem":
		if signed {
			return func(x, y uint64) uint64 { checkDivisor(y); return uint64(int64(x) % int64(y)) }
		}
		return func(x, y uint64) uint64 { checkDivisor(y); return x % y }
	case "min":
		if signed {
			return func(x, y uint64) uint64 { return uint64(min(int64(x), int64(y))) }
		}
		return func(x, y uint64) uint64 { return min(x, y) }
	case "max":
		if signed {
			return func(x, y uint64) uint64 { return uint64(max(int64(x), int64(y))) }
		}
		return func(x, y uint64) uint64 { return max(x, y) }
	}
	return nil
}

func checkDivisor(y uint64) {
	if y == 0 {
		panic(zeroDivisor{})
	}
}

func compileUnary(c *compiler, s *step) {
	op := c.in.op
	ftz := c.rounding(op == "sqrt" || op == "rcp")
	t := c.takeType()
	if ftz && t != (typ{'f', 4}) {
		c.fail("%s: .ftz is for f32", op)
	}
	c.count(2)
	var f func(x uint64) uint64
	out := t
	switch {
	case op == "clz" || op == "popc":
		out = typ{'u', 4}
		if t.class == 'b' && t.size == 4 {
			f = map[string]func(uint64) uint64{
				"clz":  func(x uint64) uint64 { return uint64(bits.LeadingZeros32(uint32(x))) },
				"popc": func(x uint64) uint64 { return uint64(bits.OnesCount32(uint32(x))) },
			}[op]
		} else if t.class == 'b' && t.size == 8 {
			f = map[string]func(uint64) uint64{
				"clz":  func(x uint64) uint64 { return uint64(bits.LeadingZeros64(x)) },
				"popc": func(x uint64) uint64 { return uint64(bits.OnesCount64(x)) },
			}[op]
		}
	case op == "not" && t.class == 'p':
		f = func(x uint64) uint64 { return x ^ 1 }
	case op == "not" && t.class == 'b':
		mask := ^uint64(0) >> (64 - 8*t.size)
		f = func(x uint64) uint64 { return ^x & mask }
	case t == typ{'f', 4}:
		f = map[string]func(uint64) uint64{
			"neg":  func(x uint64) uint64 { return x ^ 1<<31 },
			"abs":  func(x uint64) uint64 { return x &^ (1 << 31) },
			"sqrt": func(x uint64) uint64 { return w32(float32(math.Sqrt(float64(f32(x))))) },
			"rcp":  func(x uint64) uint64 { return w32(1 / f32(x)) },
		}[op]
		if g := f; ftz && f != nil {
			f = func(x uint64) uint64 { return flush(g(flush(x))) }
		}
	case t == typ{'f', 8}:
		f = map[string]func(uint64) uint64{
			"neg":  func(x uint64) uint64 { return x ^ 1<<63 },
			"abs":  func(x uint64) uint64 { return x &^ (1 << 63) },
			"sqrt": func(x uint64) uint64 { return w64(math.Sqrt(f64(x))) },
			"rcp":  func(x uint64) uint64 { return w64(1 / f64(x)) },
		}[op]
	case t == typ{'s', 4}:
		f = map[string]func(uint64) uint64{
			"neg": func(x uint64) uint64 { return uint64(uint32(-x)) },
			"abs": func(x uint64) uint64 { return uint64(uint32(max(int32(x), -int32(x)))) },
		}[op]
	case t == typ{'s', 8}:
		f = map[string]func(uint64) uint64{
			"neg": func(x uint64) uint64 { return -x },
			"abs": func(x uint64) uint64 { return uint64(max(int64(x), -int64(x))) },
		}[op]
	}
	if f == nil {
		c.fail("%s of type %c%d is not supported", op, t.class, 8*t.size)
	}
	name := op + string(t.class) + strconv.Itoa(8*t.size)
	switch {
	case t.class == 'p':
		name = op + "pred"
	case ftz:
		name = ""
	}
	s.exec = apply1(c.result(0, out, typ.holds), c.column(1, t), f, loops1[name])
}

func compileMad(c *compiler, s *step) {
	if c.in.op == "fma" {
		ftz := c.rounding(true)
		t := c.takeType()
		c.count(4)
		d, x, y, z := c.result(0, t, typ.holds), c.column(1, t), c.column(2, t), c.column(3, t)
		switch {
		case t == typ{'f', 4} && ftz:
			s.exec = apply3(d, x, y, z, func(x, y, z uint64) uint64 {
				return flush(w32(dtype.FMA32(f32(flush(x)), f32(flush(y)), f32(flush(z)))))
			})
		case t == typ{'f', 4}:
			s.exec = apply3(d, x, y, z, func(x, y, z uint64) uint64 { return w32(dtype.FMA32(f32(x), f32(y), f32(z))) }, loopFMA32)
		case t == typ{'f', 8} && !ftz:
			s.exec = apply3(d, x, y, z, func(x, y, z uint64) uint64 { return w64(math.FMA(f64(x), f64(y), f64(z))) }, loopFMA64)
		default:
			c.fail("fma of type %c%d is not supported", t.class, 8*t.size)
		}
		return
	}
	mode := c.one("lo", "wide")
	t := c.takeType()
	c.count(4)
	out := t
	if mode == "wide" {
		out.size *= 2
	}
	d, x, y, z := c.result(0, out, typ.holds), c.column(1, t), c.column(2, t), c.column(3, out)
	var mul func(x, y uint64) uint64
	switch {
	case t.class != 's' && t.class != 'u' || mode == "":
	case t.size == 4:
		mul = int32Op("mul", mode, t.class == 's')
	case t.size == 8:
		mul = int64Op("mul", mode, t.class == 's')
	}
	if mul == nil {
		c.fail("mad of type %c%d is not supported", t.class, 8*t.size)
	}
	mask := ^uint64(0) >> (64 - 8*out.size)
	var loop loop3
	switch {
	case mode == "lo":
		loop = map[int]loop3{4: loopMadLo32, 8: loopMadLo64}[t.size]
	case t == typ{'u', 4}:
		loop = loopMadWideU32
	case t == typ{'s', 4}:
		loop = loopMadWideS32
	}
	s.exec = apply3(d, x, y, z, func(x, y, z uint64) uint64 { return (mul(x, y) + z) & mask }, loop)
}
