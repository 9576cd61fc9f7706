#version 450
#extension GL_GOOGLE_include_directive : require

// Moves the numbers of elements to where their digit puts them.

#include "digits.glsl"

layout(constant_id = 3) const bool Single = true; // lines are of one block

layout(set = 0, binding = 2) readonly buffer Begin { uint begin[]; }; // of each digit and block
layout(set = 0, binding = 3) writeonly buffer To { uint to[]; };

shared uint sums[Group];

void main() {
	if (group() * Group >= param(Count)) return;
	Block b = thisBlock();
	count(b);
	// Now the places of the digits of runs in a block that is sorted by itself.
	uint first = lane * Digits, sum = 0;
	for (uint i = first; i < first + Digits; i++) sum += counts[i];
	sums[lane] = sum;
	barrier();
	sum = 0;
	for (uint i = 0; i < lane; i++) sum += sums[i];
	for (uint i = first; i < first + Digits; i++) {
		uint here = counts[i];
		counts[i] = sum;
		sum += here;
	}
	barrier();
	if (!Single) { // and of the whole line
		for (uint d = lane; d < Digits; d += Group) {
			uint move = begin[(b.line * Digits + d) * b.blocks + b.block] - counts[d * Group];
			for (uint i = 0; i < Group; i++) counts[d * Group + i] += move;
		}
		barrier();
	}
	for (uint i = b.first; i < b.end; i++) {
		uint which = number(b, i), at = digit(b, which) * Group + lane, place = counts[at];
		counts[at] = place + 1;
		to[b.line * b.n + place] = which;
	}
}
