// What the passes of a radix sort share. Lines of n keys are sorted by one digit
// after the other, the lowest first. Keys stay where they are: what is moved is
// their numbers in the line. A workgroup sees to a block of a line, and each of
// its invocations to a run of elements that follow each other, so that equal
// digits keep their order, without atomics.

#include "launch.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint Group = 64;
layout(constant_id = 1) const uint Bits = 4;        // of a digit
layout(constant_id = 2) const bool Unmoved = false; // numbers are still in order
const uint Digits = 1 << Bits;

layout(set = 0, binding = 0) readonly buffer Keys { uint keys[]; };
layout(set = 0, binding = 1) readonly buffer From { uint from[]; };

#define lane gl_LocalInvocationID.x

shared uint counts[Digits * Group]; // of each digit and invocation

struct Block {
	uint n, blocks, line, block; // elements and blocks of a line, this one
	uint first, end;             // of the invocation's run
	uint shift, words, word;     // where the digit is, and in which word of a key
};

Block thisBlock() {
	uint id = group(), n = param(First), blocks = param(First + 1), run = param(First + 2);
	uint block = id % blocks, first = (block * Group + lane) * run;
	return Block(n, blocks, id / blocks, block, min(first, n), min(first + run, n), param(First + 3), param(First + 4), param(First + 5));
}

// number returns which element is at a place of the line.
uint number(Block b, uint place) { return Unmoved ? place : from[b.line * b.n + place]; }

uint digit(Block b, uint number) {
	return keys[(b.line * b.n + number) * b.words + b.word] >> b.shift & Digits - 1;
}

// count counts the digits of all runs.
void count(Block b) {
	for (uint d = 0; d < Digits; d++) counts[d * Group + lane] = 0;
	for (uint i = b.first; i < b.end; i++) counts[digit(b, number(b, i)) * Group + lane]++;
	barrier();
}
