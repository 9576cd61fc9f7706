package dtype

import "math"

// F16 is an IEEE 754 binary16 number, stored as its bits.
type F16 uint16

// BF16 is a bfloat16 number, the upper half of a float32, stored as its bits.
type BF16 uint16

// ToF16 rounds x to the nearest F16, ties to even. A NaN stays a NaN.
func ToF16(x float32) F16 {
	b := math.Float32bits(x)
	sign := F16(b >> 16 & 0x8000)
	b &= 0x7fffffff
	switch {
	case b > 0x7f800000:
		return sign | 0x7e00 | F16(b>>13&0x1ff)
	case b >= 0x47800000: // 65536 and Inf; 65520..65535 round up in the normal path
		return sign | 0x7c00
	case b >= 0x38800000: // normal: 2^-14 and above
		b -= 112 << 23
		return sign | F16((b+0xfff+(b>>13&1))>>13)
	}
	// Subnormal: adding 2^-1 * 2^-13 aligns the mantissa so that the FPU rounds it.
	const magic = 0x3f000000
	r := math.Float32frombits(b) + math.Float32frombits(magic)
	return sign | F16(math.Float32bits(r)-magic)
}

// Float32 returns x, exactly.
func (x F16) Float32() float32 {
	sign := uint32(x&0x8000) << 16
	exp := uint32(x >> 10 & 0x1f)
	man := uint32(x & 0x3ff)
	switch exp {
	case 0x1f:
		return math.Float32frombits(sign | 0x7f800000 | man<<13)
	case 0:
		return math.Float32frombits(sign | math.Float32bits(float32(man)*0x1p-24))
	}
	return math.Float32frombits(sign | (exp+112)<<23 | man<<13)
}

// ToBF16 rounds x to the nearest BF16, ties to even. A NaN stays a NaN.
func ToBF16(x float32) BF16 {
	b := math.Float32bits(x)
	if b&0x7fffffff > 0x7f800000 {
		return BF16(b>>16 | 0x40)
	}
	return BF16((b + 0x7fff + (b >> 16 & 1)) >> 16)
}

// Float32 returns x, exactly.
func (x BF16) Float32() float32 { return math.Float32frombits(uint32(x) << 16) }
