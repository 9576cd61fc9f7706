#version 450
#extension GL_GOOGLE_include_directive : require

// Softmax, or its logarithm, along an axis of neither the last nor the longest
// kind: an invocation goes along a line, or along four that lie side by side.

#include "launch.glsl"
#include "element.glsl"
#include "math.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint Group = 64;
layout(constant_id = 2) const uint Type = BFloat16; // with HALVES
layout(constant_id = 3) const bool Log = false;

#include "fours.glsl"

READ(x, 0)
WRITE(y, 1)

// LINES is all for lines of T, of which element i is GET(i).
#define LINES(T, LOG, GET, PUT)                                                 \
	{                                                                       \
		T top = T(-Infinity), sum = T(0);                               \
		for (uint k = 0; k < n; k++) top = max(top, GET(from + k * inner)); \
		for (uint k = 0; k < n; k++) sum += power(GET(from + k * inner) - top); \
		T log = sum;                                                    \
		if (Log) log = LOG;                                             \
		for (uint k = 0; k < n; k++) {                                  \
			T v = GET(from + k * inner) - top;                      \
			if (Log) v -= log;                                      \
			else v = power(v) / sum;                                \
			PUT(to + k * inner, v);                                 \
		}                                                               \
	}

#define LOG4 vec4(logarithm(sum.x), logarithm(sum.y), logarithm(sum.z), logarithm(sum.w))

void main() {
	uint i = group() * Group + gl_LocalInvocationID.x;
	if (i >= param(Count)) return;
	uint n = param(First), inner = param(First + 1); // elements, or fours of them
	uint outer = i / inner, line = outer * n * inner + (i - outer * inner);
	uint from = param(First + 2) + line, to = param(First + 3) + line;
#ifdef HALVES
#define GET(i) halves(ofx[i])
#define PUT(i, v) ofy[i] = packed(v)
	LINES(vec4, LOG4, GET, PUT)
#else
#define GET1(i) ofx[i]
#define PUT1(i, v) ofy[i] = v
#define GET4(i) foursx[i]
#define PUT4(i, v) foursy[i] = v
	if (Wide) LINES(vec4, LOG4, GET4, PUT4)
	else LINES(float, logarithm(sum), GET1, PUT1)
#endif
}
