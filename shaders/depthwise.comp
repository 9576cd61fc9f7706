#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require

// A convolution whose channels each see one channel of x, or with Turned, whose
// taps are in the opposite order, its gradient.

#include "depthwise.glsl"

layout(constant_id = 7) const bool Turned = false;

layout(set = 0, binding = 1) readonly buffer Weight { uint weight[]; };
WRITE(y, 2)

float tap(uint channel, uint r, uint c) {
	uint t = r * Broad + c, i = param(First + 13) + channel * Tall * Broad + (Turned ? Tall * Broad - 1 - t : t);
	return value(Type, weight[word(Type, i)], i);
}

void main() {
	uint id = group();
	if (id * Group >= param(Count)) return;
	uint channels = param(First), multiple = param(First + 1), across = param(First + 2);
	Plane p = planeAt(First + 3);
	uint plane = id / across, channel = plane % channels;
	uint start = param(First + 14) + plane / multiple * p.height * p.width, n = p.tall * p.broad;
	uint to = param(First + 15) + plane * n;
	uint at = (id % across * Group + gl_LocalInvocationID.x) * (Aligned ? 4 : 1);
	uint row = at / p.broad, column = at - row * p.broad;
#ifndef HALVES
	if (!Aligned) {
		float sum = 0;
		for (uint r = 0; r < Tall; r++)
			for (uint c = 0; c < Broad; c++) sum += tap(channel, r, c) * pixel(p, start, ivec2(row, column), ivec2(r, c));
		if (at < n) ofy[to + at] = sum;
		return;
	}
#endif
	vec4 sum = vec4(0);
	for (uint r = 0; r < Tall; r++) {
		float v[12];
		span(p, start, int(row + r) - p.pad.x, column, v);
		[[unroll]] for (uint c = 0; c < Broad; c++) {
			float w = tap(channel, r, c);
			sum += w * vec4(v[4 - Before + c], v[5 - Before + c], v[6 - Before + c], v[7 - Before + c]);
		}
	}
	y(to, at, n, sum);
}
