#version 450
#extension GL_GOOGLE_include_directive : require

// pack.comp for a matrix of float32 whose neighbours in memory are places of the
// sum (Along) or lines, and whose other strides are multiples of four: four
// elements at a time. Places, or lines, are a multiple of four too.

#include "launch.glsl"

const uint Group = 32, Run = 8;
layout(local_size_x = Group) in;
layout(constant_id = 0) const bool Along = true;
layout(constant_id = 1) const uint Width = 16;

layout(set = 0, binding = 0) readonly buffer From { vec4 from[]; };
layout(set = 0, binding = 1) writeonly buffer To { vec4 to[]; };

void main() {
	uint i = group() * Group + gl_LocalInvocationID.x;
	uint lines = param(First), places = param(First + 1); // of the operand
	uint panels = param(First + 2), blocks = param(First + 3), runs = param(First + 4);
	const uint sizes = First + 5, strides = First + 9;                   // of the batch
	uint start = param(First + 13), stride = param(First + 14);          // in fours

	const uint Each = Along ? 1 : 4, Across = Width / Each; // lines of an invocation
	uint line = i % Across * Each, r = i / Across, run = r % runs;
	r /= runs;
	uint panel = r % panels, batch = r / panels;
	uint c = panel * Width + line;
	start += along(batch, sizes, strides) / 4;
	uint at = (r * blocks + run * Run) * Width + line;
	uint end = min(run * Run + Run, blocks);
	if (i >= param(Count)) return;
	for (uint b = run * Run; b < end; b++) {
		if (Along) {
			vec4 v = from[start + (c < lines ? c * stride + b : 0)];
			to[at] = c < lines ? v : vec4(0);
		} else {
			mat4 v;
#define ONE(u)                                                                             \
	{                                                                                  \
		bool inside = c < lines && b * 4 + u < places;                             \
		vec4 x = from[start + (inside ? (b * 4 + u) * stride + c / 4 : 0)];        \
		v[u] = inside ? x : vec4(0);                                               \
	}
			ONE(0) ONE(1) ONE(2) ONE(3)
			to[at] = vec4(v[0].x, v[1].x, v[2].x, v[3].x);
			to[at + 1] = vec4(v[0].y, v[1].y, v[2].y, v[3].y);
			to[at + 2] = vec4(v[0].z, v[1].z, v[2].z, v[3].z);
			to[at + 3] = vec4(v[0].w, v[1].w, v[2].w, v[3].w);
		}
		at += Width;
	}
}
