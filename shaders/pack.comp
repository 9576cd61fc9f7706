#version 450
#extension GL_GOOGLE_include_directive : require

// Copies an operand of a product into panels for direct.comp: float32s, Width
// lines next to each other, four places of the sum of a line together, filled
// up with zeros. An invocation makes Run times four places of one line.

#define PARAMS 2
#include "launch.glsl"
#include "element.glsl"
#include "operand.glsl"

const uint Group = 32, Run = 8;
layout(local_size_x = Group) in;
layout(constant_id = 0) const uint Type = Float32;
layout(constant_id = 1) const uint Kind = Plain;
layout(constant_id = 2) const uint Width = 16;

layout(set = 0, binding = 0) readonly buffer From { uint from[]; };
layout(set = 0, binding = 1) writeonly buffer To { vec4 to[]; };

void main() {
	uint i = group() * Group + gl_LocalInvocationID.x;
	uint lines = param(First), places = param(First + 1); // of the operand
	uint panels = param(First + 2), blocks = param(First + 3), runs = param(First + 4);
	const uint sizes = First + 5, strides = First + 9; // of the batch
	Operand o = operand(First + 13);

	uint line = i % Width, r = i / Width, run = r % runs;
	r /= runs;
	uint panel = r % panels, batch = r / panels;
	uint c = panel * Width + line;
	o.start += along(batch, sizes, strides);
	uint at = (r * blocks + run * Run) * Width + line;
	uint end = min(run * Run + Run, blocks);
	uint k = run * Run * 4;
	Place cs = Place(c, uvec3(0)), ks = Place(k, uvec3(0));
	if (Kind != Plain) {
		cs = placeOf(c, o.cSizes);
		ks = placeOf(k, o.kSizes);
	}
	if (i >= param(Count)) return;
	for (uint b = run * Run; b < end; b++) {
		vec4 v;
#define ONE(u)                                                                        \
	{                                                                             \
		bool inside = true;                                                   \
		uint e = o.start + c * o.byC + k * o.byK;                             \
		if (Kind != Plain) {                                                  \
			e = find(o, Kind, cs, ks, inside);                            \
			ks = next(ks, o.kSizes);                                      \
		}                                                                     \
		inside = inside && c < lines && k < places;                           \
		e = inside ? e : o.start;                                             \
		float x = value(Type, from[word(Type, e)], e);                        \
		v[u] = inside ? x : 0;                                                \
		k++;                                                                  \
	}
		ONE(0) ONE(1) ONE(2) ONE(3)
		to[at] = v;
		at += Width;
	}
}
