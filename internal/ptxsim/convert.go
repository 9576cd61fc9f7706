package ptxsim

import (
	"math"

	"github.com/hekla-ml/hekla/dtype"
)

// compileCvt compiles cvt: to and from integers of all widths, f16, f32, f64.
func compileCvt(c *compiler, s *step) {
	if packs(c.mods) {
		compilePack(c, s)
		return
	}
	round := c.one("rni", "rzi", "rmi", "rpi", "rn", "rz")
	ftz, sat := c.take("ftz"), c.take("sat")
	to := c.takeType()
	from := c.takeType()
	c.count(2)
	if to.class == 'b' || from.class == 'b' || to.class == 'p' || from.class == 'p' {
		c.fail("%s: cvt is between numbers", c.in.text)
	}
	if sat && to.class == 'f' {
		c.fail("%s: .sat to floats is not supported", c.in.text)
	}
	d, x := c.result(0, to, typ.extends), c.columnOf(c.in.args[1], from, typ.extends)
	var f func(uint64) uint64
	switch {
	case from.class == 'f' && to.class == 'f':
		f = c.floatToFloat(round, from, to)
	case from.class == 'f':
		f = c.floatToInt(round, from, to, c.types[d].size)
	case to.class == 'f':
		if round != "rn" {
			c.fail("%s: want .rn", c.in.text)
		}
		f = intToFloat(from, to)
	default:
		if round != "" {
			c.fail("%s: no rounding between integers", c.in.text)
		}
		f = intToInt(from, to, c.types[d].size, sat)
	}
	if ftz {
		if from == (typ{'f', 4}) {
			g := f
			f = func(x uint64) uint64 { return g(flush(x)) }
		}
		if to == (typ{'f', 4}) {
			g := f
			f = func(x uint64) uint64 { return flush(g(x)) }
		}
	}
	s.exec = apply1(d, x, f, convertLoop(from, to, c.types[d].size, round, ftz || sat))
}

// convertLoop returns the loop of the commonest conversions, or nil.
func convertLoop(from, to typ, width int, round string, special bool) loop1 {
	f32, f64 := typ{'f', 4}, typ{'f', 8}
	switch {
	case special || width != to.size:
		return nil
	case from == f64 && to == f32 && round == "rn":
		return loopF32OfF64
	case round != "":
		return nil
	case from == f32 && to == f64:
		return loopF64OfF32
	case from.class == 'f' || to.class == 'f':
		return nil
	case from == typ{'s', 4} && to.size == 8:
		return loopS64OfS32
	case to.size == 4 && from.size >= 4 || from == typ{'u', 4} && to.size == 8:
		return loopMov32
	}
	return nil
}

// value reads a float of any width.
func value(t typ) func(uint64) float64 {
	switch t.size {
	case 2:
		return func(x uint64) float64 { return float64(dtype.F16(x).Float32()) }
	case 4:
		return func(x uint64) float64 { return float64(f32(x)) }
	}
	return f64
}

func rounder(mode string) func(float64) float64 {
	return map[string]func(float64) float64{"rni": math.RoundToEven, "rzi": math.Trunc, "rmi": math.Floor, "rpi": math.Ceil}[mode]
}

func (c *compiler) floatToFloat(mode string, from, to typ) func(uint64) uint64 {
	read := value(from)
	if r := rounder(mode); r != nil {
		if from != to || to.size == 2 {
			c.fail("%s: rounding to an integer keeps the type", c.in.text)
		}
		if to.size == 4 {
			return func(x uint64) uint64 { return w32(float32(r(f32to64(x)))) }
		}
		return func(x uint64) uint64 { return w64(r(f64(x))) }
	}
	if narrows := to.size < from.size; narrows != (mode == "rn") || mode == "rz" {
		c.fail("%s: want .rn just where precision is lost", c.in.text)
	}
	switch to.size {
	case 2:
		if from.size == 8 {
			c.fail("%s is not supported", c.in.text)
		}
		return func(x uint64) uint64 { return uint64(dtype.ToF16(f32(x))) }
	case 4:
		return func(x uint64) uint64 { return w32(float32(read(x))) }
	}
	return func(x uint64) uint64 { return w64(read(x)) }
}

func f32to64(x uint64) float64 { return float64(f32(x)) }

// floatToInt saturates. NaN gives 0, but from f64 or to 64 bits the number with
// the top bit set alone, as the PTX manual says.
func (c *compiler) floatToInt(mode string, from, to typ, width int) func(uint64) uint64 {
	r := rounder(mode)
	if r == nil {
		c.fail("%s: want .rni, .rzi, .rmi or .rpi", c.in.text)
	}
	read := value(from)
	bits := 8 * to.size
	nan := uint64(0)
	if from.size == 8 || to.size == 8 {
		nan = 1 << (bits - 1)
	}
	lo, hi := 0.0, math.Ldexp(1, bits)
	first, last := uint64(0), ^uint64(0)>>(64-bits)
	if to.class == 's' {
		lo, hi = -math.Ldexp(1, bits-1), math.Ldexp(1, bits-1)
		first, last = uint64(int64(math.MinInt64)>>(64-bits)), last>>1
	}
	mask := ^uint64(0) >> (64 - 8*width)
	signed := to.class == 's'
	return func(x uint64) uint64 {
		v := read(x)
		switch v = r(v); {
		case v != v:
			return nan
		case v < lo:
			return first & mask
		case v >= hi:
			return last
		case signed:
			return uint64(int64(v)) & mask
		}
		return uint64(v)
	}
}

func intToFloat(from, to typ) func(uint64) uint64 {
	shift := 64 - 8*from.size
	signed := from.class == 's'
	switch to.size {
	case 2:
		return func(x uint64) uint64 {
			if signed {
				return uint64(dtype.ToF16(float32(int64(x<<shift) >> shift)))
			}
			return uint64(dtype.ToF16(float32(x << shift >> shift)))
		}
	case 4:
		return func(x uint64) uint64 {
			if signed {
				return w32(float32(int64(x<<shift) >> shift))
			}
			return w32(float32(x << shift >> shift))
		}
	}
	return func(x uint64) uint64 {
		if signed {
			return w64(float64(int64(x<<shift) >> shift))
		}
		return w64(float64(x << shift >> shift))
	}
}

// intToInt reads x as from and keeps its low bits as to, extended to the width
// of the register.
func intToInt(from, to typ, width int, sat bool) func(uint64) uint64 {
	a, b := 64-8*from.size, 64-8*to.size
	mask := ^uint64(0) >> (64 - 8*width)
	return func(x uint64) uint64 {
		var v int64
		if from.class == 's' {
			v = int64(x<<a) >> a
		} else {
			v = int64(x << a >> a)
		}
		if sat {
			v = saturate(v, from, to)
		}
		if to.class == 's' {
			return uint64(v<<b>>b) & mask
		}
		return uint64(v) << b >> b
	}
}

func saturate(v int64, from, to typ) int64 {
	if from.class != 's' && v < 0 { // a large u64
		v = math.MaxInt64
	}
	bits := 8 * to.size
	switch {
	case to.class == 's' && bits < 64:
		return max(-1<<(bits-1), min(1<<(bits-1)-1, v))
	case to.class == 'u' && bits < 64:
		return max(0, min(1<<bits-1, v))
	case to.class == 'u':
		return max(0, v)
	}
	return v
}
