#version 450
#extension GL_GOOGLE_include_directive : require

// Sums over each channel of [images, channels, pixels], for the normalisation of
// channels: the mean of x and the sum of squares of what it differs by, or with
// Back the sums of g and of g*(x - mean). A workgroup adds up some images of a
// channel; those that apply them join the parts.

#include "launch.glsl"
#include "element.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint Group = 64;
layout(constant_id = 2) const uint Type = BFloat16; // with HALVES
layout(constant_id = 3) const bool Back = false;

#include "team.glsl"
#include "fours.glsl"

READ(x, 0)
READ(g, 1)
layout(set = 0, binding = 2) readonly buffer Mean { float mean[]; };
layout(set = 0, binding = 3) writeonly buffer Parts { vec2 part[]; }; // [channels, parts]
TEAM(vec2, total, sums, plus)

void main() {
	uint id = group();
	if (id * Group >= param(Count)) return;
	uint images = param(First), channels = param(First + 1), n = param(First + 2), parts = param(First + 3), each = param(First + 4);
	uint ofX = param(First + 5), ofG = param(First + 6), ofMean = param(First + 7);
	uint channel = id / parts, from = id % parts * each, end = min(from + each, images);
	uint plane = channels * n, first = channel * n;
	float m = 0;
	vec2 sum = vec2(0);
	if (Back) {
		m = mean[ofMean + channel];
	} else {
		for (uint i = from; i < end; i++) {
			float part = 0;
			EACH(n, part += sumOf(x(ofX + first + i * plane, at, n, 0));)
			m += part;
		}
		m = total(vec2(m, 0)).x / float((end - from) * n);
	}
	for (uint i = from; i < end; i++) {
		vec2 part = vec2(0);
		uint begin = first + i * plane;
		EACH(n,
			vec4 d = x(ofX + begin, at, n, m) - m;
			vec4 v = Back ? g(ofG + begin, at, n, 0) : d;
			part += vec2(sumOf(v), dot(v, d));
		)
		sum += part;
	}
	sum = total(sum);
	if (!Back) sum.x = m;
	if (lane == 0) part[id] = sum;
}
