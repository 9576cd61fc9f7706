// Elements of three types, read from words: the device need not have types of
// 16 bits. Whatever they are, they are computed with as float32.

const uint Float32 = 0, Float16 = 1, BFloat16 = 2;

// word returns which word holds element i.
uint word(uint type, uint i) { return type == Float32 ? i : i >> 1; }

// value returns element i, which its word holds. Drivers' own conversions may
// lose the smallest numbers, and infinities.
float value(uint type, uint bits, uint i) {
	if (type == Float32) return uintBitsToFloat(bits);
	uint h = bits >> ((i & 1) << 4) & 0xffff;
	if (type == BFloat16) return uintBitsToFloat(h << 16);
	uint sign = (h & 0x8000) << 16, exponent = h >> 10 & 31, mantissa = h & 0x3ff;
	uint magnitude = exponent + 112 << 23 | mantissa << 13;
	if (exponent == 0) magnitude = floatBitsToUint(float(mantissa) * 5.9604644775390625e-8); // 2^-24
	if (exponent == 31) magnitude = 0x7f800000 | mantissa << 13;
	return uintBitsToFloat(magnitude | sign);
}
