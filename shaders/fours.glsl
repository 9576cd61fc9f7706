// Elements of rows, four to an invocation. Wide says that rows begin at fours
// and are made of fours, which are then moved at once; else an invocation's
// elements are Group apart. Those of 16 bits, of type Type, must lie by fours.

#ifdef HALVES

const bool Wide = true;

vec4 halves(uvec2 w) {
	uvec4 h = uvec4(w.x & 0xffff, w.x >> 16, w.y & 0xffff, w.y >> 16);
	if (Type == BFloat16) return uintBitsToFloat(h << 16);
	uvec4 exponent = h >> 10 & 31, mantissa = h & 0x3ff;
	uvec4 magnitude = exponent + 112 << 23 | mantissa << 13;
	magnitude = mix(magnitude, floatBitsToUint(vec4(mantissa) * 5.9604644775390625e-8), equal(exponent, uvec4(0))); // 2^-24
	magnitude = mix(magnitude, 0x7f800000 | mantissa << 13, equal(exponent, uvec4(31)));
	return uintBitsToFloat(magnitude | (h & 0x8000) << 16);
}

// packed rounds to a type of 16 bits, ties to even.
uvec2 packed(vec4 v) {
	uvec4 all = floatBitsToUint(v), b = all & 0x7fffffff, r;
	if (Type == BFloat16) {
		r = mix(all + 0x7fff + (all >> 16 & 1) >> 16, all >> 16 | 0x40, greaterThan(b, uvec4(0x7f800000)));
	} else {
		uvec4 rebased = b - (112 << 23);
		r = rebased + 0xfff + (rebased >> 13 & 1) >> 13;
		// Adding a half aligns a subnormal's mantissa so that the addition rounds it.
		r = mix(r, floatBitsToUint(uintBitsToFloat(b) + 0.5) - 0x3f000000, lessThan(b, uvec4(0x38800000)));
		r = mix(r, uvec4(0x7c00), greaterThanEqual(b, uvec4(0x47800000)));
		r = mix(r, 0x7e00 | b >> 13 & 0x1ff, greaterThan(b, uvec4(0x7f800000)));
		r |= all >> 16 & 0x8000;
	}
	return r.xz | r.yw << 16;
}

// READ declares an operand at a binding and a function that returns elements of
// it: number at of n that begin at start, and those that go with it.
#define READ(name, place)                                                               \
	layout(set = 0, binding = place) readonly buffer Of##name { uvec2 of##name[]; };\
	vec4 name(uint start, uint at, uint n, float absent) {                          \
		vec4 v = halves(of##name[(start + (at < n ? at : 0)) / 4]);             \
		return at < n ? v : vec4(absent);                                       \
	}

// WRITE declares a result likewise.
#define WRITE(name, place)                                                              \
	layout(set = 0, binding = place) writeonly buffer Of##name { uvec2 of##name[]; };\
	void name(uint start, uint at, uint n, vec4 v) {                                \
		if (at < n) of##name[(start + at) / 4] = packed(v);                     \
	}

#else

layout(constant_id = 1) const bool Wide = true;

#define READ(name, place)                                                               \
	layout(set = 0, binding = place) readonly buffer Of##name { float of##name[]; };\
	layout(set = 0, binding = place) readonly buffer Fours##name { vec4 fours##name[]; }; \
	vec4 name(uint start, uint at, uint n, float absent) {                          \
		vec4 v;                                                                 \
		if (Wide) {                                                             \
			v = fours##name[(start + (at < n ? at : 0)) / 4];               \
			v = at < n ? v : vec4(absent);                                  \
		} else {                                                                \
			for (uint u = 0; u < 4; u++) {                                  \
				float f = of##name[start + (at < n ? at : 0)];          \
				v[u] = at < n ? f : absent;                             \
				at += Group;                                            \
			}                                                               \
		}                                                                       \
		return v;                                                               \
	}

#define WRITE(name, place)                                                              \
	layout(set = 0, binding = place) writeonly buffer Of##name { float of##name[]; };\
	layout(set = 0, binding = place) writeonly buffer Fours##name { vec4 fours##name[]; }; \
	void name(uint start, uint at, uint n, vec4 v) {                                \
		if (Wide) {                                                             \
			if (at < n) fours##name[(start + at) / 4] = v;                  \
		} else {                                                                \
			for (uint u = 0; u < 4; u++) {                                  \
				if (at < n) of##name[start + at] = v[u];                \
				at += Group;                                            \
			}                                                               \
		}                                                                       \
	}

#endif

// EACH runs body for the elements of a row of n that an invocation sees to: at
// is the number of the first of four.
const uint Step = 4 * Group;
#define EACH(n, body)                                                                                         \
	for (uint at = gl_LocalInvocationID.x * (Wide ? 4 : 1), base = 0; base < n; base += Step, at += Step) \
	{ body }

// SUM adds a term of each of them to sum, in parts, which keeps errors small.
#define SUM(n, sum, term)                                  \
	for (uint first = 0; first < n; first += 16 * Step) {  \
		float part = 0;                            \
		uint last = min(first + 16 * Step, n);     \
		for (uint at = first + gl_LocalInvocationID.x * (Wide ? 4 : 1), base = first; base < last; base += Step, at += Step) part += term; \
		sum += part;                               \
	}
