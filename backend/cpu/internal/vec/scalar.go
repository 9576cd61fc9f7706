package vec

import "math"

// The meaning of primitives that Go has no operator for, one element at a time.

func mask32(b bool) uint32 {
	if b {
		return math.MaxUint32
	}
	return 0
}

func mask64(b bool) uint64 {
	if b {
		return math.MaxUint64
	}
	return 0
}

// smaller is VMINPS with NaN passed on: if x and y are equal, as -0 and +0 are, it is y.
func smaller[T float32 | float64](x, y T) T {
	if x < y || x != x {
		return x
	}
	return y
}

func larger[T float32 | float64](x, y T) T {
	if x > y || x != x {
		return x
	}
	return y
}

func truncate(x float32) int32 {
	switch {
	case x >= 1<<31:
		return math.MaxInt32
	case x > -1<<31:
		return int32(x)
	case x != x:
		return 0
	}
	return math.MinInt32
}

func fromHalf(h uint16) float32 {
	sign, e, m := uint32(h&0x8000)<<16, uint32(h>>10&31), uint32(h&0x3ff)
	switch {
	case e == 31 && m != 0:
		return math.Float32frombits(sign | 0x7fc00000 | m<<13)
	case e == 31:
		return math.Float32frombits(sign | 0x7f800000)
	case e == 0: // subnormal: m units of 2^-24, which float32 holds exactly
		return math.Float32frombits(sign | math.Float32bits(float32(m)*0x1p-24))
	}
	return math.Float32frombits(sign | (e+112)<<23 | m<<13) // 112 is the difference of the exponents' biases
}

func toHalf(x float32) uint16 {
	b := math.Float32bits(x)
	sign := uint16(b >> 16 & 0x8000)
	b &= 0x7fffffff
	switch {
	case b > 0x7f800000:
		return sign | 0x7e00 | uint16(b>>13&0x3ff)
	case b >= 0x47800000: // 65536
		return sign | 0x7c00
	case b < 0x38800000: // 2^-14: adding a half, whose last place is worth 2^-24, rounds to a subnormal
		return sign | uint16(math.Float32bits(math.Float32frombits(b)+0.5)-math.Float32bits(0.5))
	}
	b += 0xfff + b>>13&1
	return sign | uint16((b-112<<23)>>13)
}

func toBrain(x float32) uint16 {
	b := math.Float32bits(x)
	if x != x {
		return uint16(b>>16) | 0x40
	}
	return uint16((b + 0x7fff + b>>16&1) >> 16)
}

func keyOf(x float32, y uint32) uint64 {
	b := int32(math.Float32bits(x))
	b ^= int32(uint32(b>>31) >> 1)
	if x == 0 {
		b = 0
	} else if x != x {
		b = math.MaxInt32
	}
	return uint64(uint32(b))<<32 | uint64(y)
}
