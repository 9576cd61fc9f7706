#version 450
#extension GL_GOOGLE_include_directive : require

// What a softmax of rows, or its logarithm, passes back, from the gradient of its
// result and the result: each row by a workgroup, which goes over it twice.

#include "launch.glsl"
#include "element.glsl"
#include "math.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint Group = 64;
layout(constant_id = 2) const uint Type = BFloat16; // with HALVES
layout(constant_id = 3) const bool Log = false;

#include "team.glsl"
#include "fours.glsl"

READ(g, 0)
READ(y, 1)
WRITE(x, 2)
TEAM(float, total, sums, plus)

void main() {
	uint row = group();
	if (row * Group >= param(Count)) return;
	uint n = param(First), ofG = param(First + 1) + row * n, ofY = param(First + 2) + row * n, to = param(First + 3) + row * n;
	float sum = 0;
	SUM(n, sum, sumOf(Log ? g(ofG, at, n, 0) : g(ofG, at, n, 0) * y(ofY, at, n, 0)))
	sum = total(sum);
	EACH(n,
		vec4 a = g(ofG, at, n, 0);
		vec4 b = y(ofY, at, n, 0);
		x(to, at, n, Log ? a - power(b) * sum : b * (a - sum));
	)
}
