#version 450
#extension GL_GOOGLE_include_directive : require

// Copies elements of 2, 4 or 8 bytes from an array where they lie together along one
// axis to one where they do so along another: squares, which a workgroup brings to
// shared memory along the one and takes along the other. A line of a square is 32
// words, or pairs of words; elements of 2 bytes come in pairs, both ways.

#include "launch.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint Group = 256;
layout(constant_id = 1) const uint Bytes = 4;

layout(set = 0, binding = 0) readonly buffer From { uint from[]; };
layout(set = 0, binding = 0) readonly buffer FromPairs { uvec2 fromPairs[]; };
layout(set = 0, binding = 1) writeonly buffer To { uint to[]; };
layout(set = 0, binding = 1) writeonly buffer ToPairs { uvec2 toPairs[]; };

const uint Line = 32, Padded = Line + 1; // so that a column lies in as many banks
const uint Pair = Bytes == 2 ? 2 : 1, Side = Line * Pair;
const uint Lows = Side * Padded, Highs = Bytes == 8 ? Lows : 1;
shared uint low[Lows];
shared uint high[Highs];

void main() {
	uint g = group();
	if (g * Group >= param(Count)) return;
	uint down = param(First + 2), across = param(First + 3);   // strides of the first array and the second
	uint dense = param(First + 4), last = param(First + 5);    // sizes of the axes along which they are dense
	uint tiles = param(First + 6), more = param(First + 7);    // squares along these
	uint box = g / tiles, batch = box / more;
	uint x = (g - box * tiles) * Side, y = (box - batch * more) * Side;
	uint source = param(First) + along(batch, First + 8, First + 12);
	uint target = param(First + 1) + along(batch, First + 8, First + 16);
	uint column = gl_LocalInvocationID.x % Line, rows = Group / Line;

	for (uint r = gl_LocalInvocationID.x / Line; r < Side; r += rows) {
		uint i = x + column * Pair, at = source + (y + r) * down + i;
		if (i < dense && y + r < last) {
			if (Bytes == 8) {
				uvec2 v = fromPairs[at];
				low[r * Padded + column] = v.x;
				high[r * Padded + column] = v.y;
			} else {
				low[r * Padded + column] = from[at / Pair];
			}
		}
	}
	barrier();
	for (uint r = gl_LocalInvocationID.x / Line; r < Side; r += rows) {
		uint i = y + column * Pair, at = target + (x + r) * across + i;
		if (i < last && x + r < dense) {
			uint place = column * Pair * Padded + r / Pair;
			if (Bytes == 8) {
				toPairs[at] = uvec2(low[place], high[place]);
			} else if (Bytes == 4) {
				to[at] = low[place];
			} else {
				uint shift = (r & 1) << 4;
				to[at / Pair] = low[place] >> shift & 0xffff | low[place + Padded] >> shift << 16;
			}
		}
	}
}
