#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require

// The gradient of such a convolution by its weight: a workgroup adds up what some
// images give for a row of taps of a channel.

#include "depthwise.glsl"
#include "team.glsl"

READ(y, 1)
layout(set = 0, binding = 2) writeonly buffer Parts { float part[]; }; // [parts, channels, taps]
TEAM(float, total, sums, plus)

void main() {
	uint id = group();
	if (id * Group >= param(Count)) return;
	uint channels = param(First), multiple = param(First + 1), images = param(First + 2);
	Plane p = planeAt(First + 3);
	uint each = param(First + 13), r = id % Tall, channel = id / Tall % channels, which = id / Tall / channels;
	uint image = which * each, end = min(image + each, images), n = p.tall * p.broad;
	float sum[Broad];
	[[unroll]] for (uint c = 0; c < Broad; c++) sum[c] = 0;

	// Where the invocation's first pixel is, and how far it is to the next.
	const uint Width = Aligned ? 4 : 1;
	uint first = gl_LocalInvocationID.x * Width, row0 = first / p.broad, column0 = first - row0 * p.broad;
	uint down = Group * Width / p.broad, right = Group * Width - down * p.broad;
	for (; image < end; image++) {
		uint ofX = param(First + 14) + (image * channels + channel) / multiple * p.height * p.width;
		uint ofY = param(First + 15) + (image * channels + channel) * n;
		uint row = row0, column = column0;
		float part[Broad];
		[[unroll]] for (uint c = 0; c < Broad; c++) part[c] = 0;
		for (uint at = first, base = 0; base < n; base += Group * Width, at += Group * Width) {
			if (Aligned) {
				float v[12];
				span(p, ofX, int(row + r) - p.pad.x, column, v);
				vec4 g = y(ofY, at, n, 0);
				[[unroll]] for (uint c = 0; c < Broad; c++)
					part[c] += dot(g, vec4(v[4 - Before + c], v[5 - Before + c], v[6 - Before + c], v[7 - Before + c]));
			}
#ifndef HALVES
			else {
				float g = ofy[ofY + (at < n ? at : 0)];
				g = at < n ? g : 0;
				[[unroll]] for (uint c = 0; c < Broad; c++) part[c] += g * pixel(p, ofX, ivec2(row, column), ivec2(r, c));
			}
#endif
			row += down;
			column += right;
			if (column >= p.broad) {
				column -= p.broad;
				row++;
			}
		}
		[[unroll]] for (uint c = 0; c < Broad; c++) sum[c] += part[c];
	}
	[[unroll]] for (uint c = 0; c < Broad; c++) {
		float s = total(sum[c]);
		if (lane == 0) part[((which * channels + channel) * Tall + r) * Broad + c] = s;
	}
}
