#version 450
#extension GL_GOOGLE_include_directive : require

// Softmax of rows, or its logarithm, each by a workgroup. It goes over its row
// three times, but after the first time it finds the row in a cache.

#include "launch.glsl"
#include "element.glsl"
#include "math.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint Group = 64;
layout(constant_id = 2) const uint Type = BFloat16; // with HALVES
layout(constant_id = 3) const bool Log = false;

#include "team.glsl"
#include "fours.glsl"

READ(x, 0)
WRITE(y, 1)
TEAM(float, total, sums, plus)
TEAM(float, largest, tops, max)

void main() {
	uint row = group();
	if (row * Group >= param(Count)) return;
	uint n = param(First), from = param(First + 1) + row * n, to = param(First + 2) + row * n;
	float top = -Infinity, sum = 0;
	EACH(n, top = max(top, mostOf(x(from, at, n, -Infinity)));)
	top = largest(top);
	SUM(n, sum, sumOf(power(x(from, at, n, -Infinity) - top)))
	sum = total(sum);
	float log = Log ? logarithm(sum) : 0;
	EACH(n,
		vec4 v = x(from, at, n, 0) - top;
		if (Log) v -= log;
		else v = power(v) / sum;
		y(to, at, n, v);
	)
}
