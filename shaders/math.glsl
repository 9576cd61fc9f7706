// The exponential and the logarithm, as package pointwise expands them and with
// its coefficients: drivers' own are off by many units in the last place. The
// number of lanes is one or four.

#define Infinity uintBitsToFloat(0x7f800000)
const float Ln2Hi = 0.69140625, Ln2Lo = 0.0017409305599453; // Cody and Waite's parts of ln 2

#define MATH(V, I)                                                                            \
	/* power returns e**x for x <= 170, and NaN for NaN. */                                 \
	V power(V x) {                                                                        \
		precise V t = fma(x, V(1.4426950408889634), V(12582912.0));                   \
		precise V n = t - 12582912.0; /* x/ln 2, rounded to an integer */             \
		precise V r = fma(n, V(-Ln2Lo), fma(n, V(-Ln2Hi), x));                        \
		V p = fma(V(0.00019739587), r, V(0.0013935101));                              \
		p = fma(p, r, V(0.008333571));                                                \
		p = fma(p, r, V(0.041666463));                                                \
		p = fma(p, r, V(0.16666666));                                                 \
		p = fma(p, r, V(0.5));                                                        \
		V y = fma(fma(p, r, V(1)), r, V(1));                                          \
		/* 2**n may be no normal number. */                                           \
		I k = floatBitsToInt(t) - 0x4b400000, half_ = k >> 1;                         \
		y = y * intBitsToFloat((half_ + 127) << 23) * intBitsToFloat((k - half_ + 127) << 23); \
		return mix(y, V(0), lessThan(x, V(-104.5)));                                  \
	}

bool lessThan(float x, float y) { return x < y; }

MATH(float, int)
MATH(vec4, ivec4)

// logarithm returns that of a normal x, and x if that is infinite or NaN.
float logarithm(float x) {
	uint b = floatBitsToUint(x) + (0x3f800000 - 0x3f3504f3); // √½
	float e = float(int(b >> 23) - 127);
	float f = uintBitsToFloat((b & 0x7fffff) + 0x3f3504f3) - 1, z = f * f;
	float p = fma(0.067495406, f, -0.116701834);
	p = fma(p, f, 0.11883471);
	p = fma(p, f, -0.12406208);
	p = fma(p, f, 0.14220363);
	p = fma(p, f, -0.1666799);
	p = fma(p, f, 0.20002072);
	p = fma(p, f, -0.2500001);
	p = fma(p, f, 0.33333313);
	precise float y = fma(p, f * z, e * Ln2Lo);
	y = fma(z, -0.5, y);
	y = fma(e, Ln2Hi, f + y);
	return x < Infinity ? y : x;
}
