#version 450
#extension GL_GOOGLE_include_directive : require

// What a normalisation of rows passes back to its weight and bias: sums down
// the columns, of g*(x - mean)/sqrt(variance + epsilon) and of g. An invocation
// adds four columns of some rows up; the sums of these parts are left to others.

#include "launch.glsl"
#include "element.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint Group = 64;
layout(constant_id = 2) const uint Type = BFloat16; // with HALVES

#include "fours.glsl"

READ(g, 0)
READ(x, 1)
layout(set = 0, binding = 2) readonly buffer Mean { float mean[]; };
layout(set = 0, binding = 3) readonly buffer Variance { float variance[]; };
layout(set = 0, binding = 4) writeonly buffer Parts { float part[]; };   // [2, parts, n]
layout(set = 0, binding = 4) writeonly buffer Fours { vec4 fourParts[]; };

void main() {
	uint id = group();
	if (id * Group >= param(Count)) return;
	uint n = param(First), rows = param(First + 1), each = param(First + 2), across = param(First + 3);
	uint which = id / across, start = id % across * Step, at = start + gl_LocalInvocationID.x * (Wide ? 4 : 1);
	uint row = which * each, end = min(row + each, rows);
	uint ofG = param(First + 4), ofX = param(First + 5), ofMean = param(First + 6), ofVariance = param(First + 7);
	float epsilon = uintBitsToFloat(param(First + 8));
	uint parts = (rows + each - 1) / each, to = which * n;
	vec4 weight = vec4(0), bias = vec4(0);
	for (; row < end; row++) {
		float m = mean[ofMean + row], r = 1 / sqrt(variance[ofVariance + row] + epsilon);
		vec4 v = g(ofG + row * n, at, n, 0);
		weight += v * (x(ofX + row * n, at, n, m) - m) * r;
		bias += v;
	}
	if (Wide) {
		if (at < n) {
			fourParts[(to + at) / 4] = weight;
			fourParts[(to + at + parts * n) / 4] = bias;
		}
	} else {
		for (uint u = 0; u < 4; u++) {
			if (at < n) {
				part[to + at] = weight[u];
				part[to + at + parts * n] = bias[u];
			}
			at += Group;
		}
	}
}
