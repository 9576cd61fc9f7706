#version 450
#extension GL_GOOGLE_include_directive : require

// Turns the counts of each line into where blocks put their first element of
// each digit: the sum of all counts before.

#include "launch.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint Group = 64;

layout(set = 0, binding = 0) buffer Counts { uint counts[]; };

shared uint sums[Group];

#define lane gl_LocalInvocationID.x

void main() {
	uint line = group();
	if (line * Group >= param(Count)) return;
	uint n = param(First), run = (n + Group - 1) / Group, start = line * n;
	uint first = start + min(lane * run, n), end = start + min(lane * run + run, n), sum = 0;
	for (uint i = first; i < end; i++) sum += counts[i];
	sums[lane] = sum;
	barrier();
	sum = 0;
	for (uint i = 0; i < lane; i++) sum += sums[i];
	for (uint i = first; i < end; i++) {
		uint here = counts[i];
		counts[i] = sum;
		sum += here;
	}
}
