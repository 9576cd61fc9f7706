#version 450
#extension GL_GOOGLE_include_directive : require

// What a softmax, or its logarithm, passes back along an axis of neither the last
// nor the longest kind: an invocation goes along a line, or along four that lie
// side by side.

#include "launch.glsl"
#include "element.glsl"
#include "math.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint Group = 64;
layout(constant_id = 2) const uint Type = BFloat16; // with HALVES
layout(constant_id = 3) const bool Log = false;

#include "fours.glsl"

READ(g, 0)
READ(y, 1)
WRITE(x, 2)

// LINES is all for lines of T, of which G and Y give element i and X takes it.
#define LINES(T, G, Y, X)                                                       \
	{                                                                       \
		T sum = T(0);                                                   \
		for (uint k = 0; k < n; k++) {                                  \
			T a = G(ofG + k * inner);                               \
			sum += Log ? a : a * Y(ofY + k * inner);                \
		}                                                               \
		for (uint k = 0; k < n; k++) {                                  \
			T a = G(ofG + k * inner), b = Y(ofY + k * inner);       \
			X(to + k * inner, Log ? a - power(b) * sum : b * (a - sum)); \
		}                                                               \
	}

void main() {
	uint i = group() * Group + gl_LocalInvocationID.x;
	if (i >= param(Count)) return;
	uint n = param(First), inner = param(First + 1); // elements, or fours of them
	uint outer = i / inner, line = outer * n * inner + (i - outer * inner);
	uint ofG = param(First + 2) + line, ofY = param(First + 3) + line, to = param(First + 4) + line;
#ifdef HALVES
#define G(i) halves(ofg[i])
#define Y(i) halves(ofy[i])
#define X(i, v) ofx[i] = packed(v)
	LINES(vec4, G, Y, X)
#else
#define G1(i) ofg[i]
#define Y1(i) ofy[i]
#define X1(i, v) ofx[i] = v
#define G4(i) foursg[i]
#define Y4(i) foursy[i]
#define X4(i, v) foursx[i] = v
	if (Wide) LINES(vec4, G4, Y4, X4)
	else LINES(float, G1, Y1, X1)
#endif
}
