#version 450
#extension GL_GOOGLE_include_directive : require

// Normalisation of rows, each by a workgroup. It goes over its row three times,
// but after the first time it finds the row in a cache.

#include "launch.glsl"
#include "element.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint Group = 64;
layout(constant_id = 2) const uint Type = BFloat16; // with HALVES
layout(constant_id = 3) const bool Centred = true;  // else by the root of the mean of squares
layout(constant_id = 4) const uint Affine = 2;      // 1: there is a weight, 2: and a bias

#include "team.glsl"
#include "fours.glsl"

READ(x, 0)
READ(weight, 1)
READ(bias, 2)
WRITE(y, 3)
layout(set = 0, binding = 4) writeonly buffer Mean { float mean[]; };
layout(set = 0, binding = 5) writeonly buffer Variance { float variance[]; };
TEAM(float, total, sums, plus)

float square(vec4 v) { return dot(v, v); }

void main() {
	uint row = group();
	if (row * Group >= param(Count)) return;
	uint n = param(First), from = param(First + 1) + row * n, to = param(First + 4) + row * n;
	float centre = 0, squares = 0;
	if (Centred) {
		SUM(n, centre, sumOf(x(from, at, n, 0)))
		centre = total(centre) / float(n);
	}
	SUM(n, squares, square(x(from, at, n, centre) - centre))
	squares = total(squares) / float(n);
	float scale = 1 / sqrt(squares + uintBitsToFloat(param(First + 7)));
	EACH(n,
		vec4 v = (x(from, at, n, 0) - centre) * scale;
		if (Affine > 0) v *= weight(param(First + 2), at, n, 1);
		if (Affine > 1) v += bias(param(First + 3), at, n, 0);
		y(to, at, n, v);
	)
	if (Centred && lane == 0) {
		mean[param(First + 5) + row] = centre;
		variance[param(First + 6) + row] = squares;
	}
}
