#version 450
#extension GL_GOOGLE_include_directive : require

// Counts how often each digit comes in each block, if a line has several.

#include "digits.glsl"

layout(set = 0, binding = 2) writeonly buffer Counts { uint to[]; }; // [lines, digits, blocks]

void main() {
	if (group() * Group >= param(Count)) return;
	Block b = thisBlock();
	count(b);
	for (uint d = lane; d < Digits; d += Group) {
		uint sum = 0;
		for (uint i = 0; i < Group; i++) sum += counts[d * Group + i];
		to[(b.line * Digits + d) * b.blocks + b.block] = sum;
	}
}
