#version 450
#extension GL_GOOGLE_include_directive : require

// What a normalisation of rows passes back to them, each by a workgroup: with
// r = 1/sqrt(variance + epsilon), r*(g*w - s1/n - (x - mean)*r*r*s2/n), where s1
// and s2 are the sums of g*w and of g*w*(x - mean).

#include "launch.glsl"
#include "element.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint Group = 64;
layout(constant_id = 2) const uint Type = BFloat16; // with HALVES
layout(constant_id = 3) const bool Weighted = true;

#include "team.glsl"
#include "fours.glsl"

READ(g, 0)
READ(x, 1)
layout(set = 0, binding = 2) readonly buffer Mean { float mean[]; };
layout(set = 0, binding = 3) readonly buffer Variance { float variance[]; };
READ(weight, 4)
WRITE(dx, 5)
TEAM(vec2, total, sums, plus)

void main() {
	uint row = group();
	if (row * Group >= param(Count)) return;
	uint n = param(First), begin = row * n;
	uint ofG = param(First + 1) + begin, ofX = param(First + 2) + begin, ofWeight = param(First + 5), to = param(First + 6) + begin;
	float m = mean[param(First + 3) + row], r = 1 / sqrt(variance[param(First + 4) + row] + uintBitsToFloat(param(First + 7)));
	vec2 sum = vec2(0);
	EACH(n,
		vec4 v = g(ofG, at, n, 0);
		if (Weighted) v *= weight(ofWeight, at, n, 0);
		sum += vec2(sumOf(v), dot(v, x(ofX, at, n, m) - m));
	)
	sum = total(sum) / float(n);
	sum.y *= r * r;
	EACH(n,
		vec4 v = g(ofG, at, n, 0);
		if (Weighted) v *= weight(ofWeight, at, n, 0);
		dx(to, at, n, r * (v - sum.x - (x(ofX, at, n, 0) - m) * sum.y));
	)
}
