// What convolutions share whose channels each see one channel of x: planes of
// pixels, Tall by Broad taps. With Aligned an invocation sees to four pixels of
// y that lie side by side, for which it moves twelve of x: the convolution has
// no stride and no dilation then, little padding, and rows made of fours.

#include "launch.glsl"
#include "element.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint Group = 64;
layout(constant_id = 2) const uint Type = BFloat16; // with HALVES
layout(constant_id = 3) const bool Aligned = false;
layout(constant_id = 4) const uint Tall = 3;
layout(constant_id = 5) const uint Broad = 3;
layout(constant_id = 6) const uint Before = 1; // padding on the left, with Aligned

#include "fours.glsl"

layout(set = 0, binding = 0) readonly buffer Ones { uint x[]; };
#ifdef HALVES
layout(set = 0, binding = 0) readonly buffer Fours { uvec2 fours[]; };
vec4 four(uint i) { return halves(fours[i]); }
#else
layout(set = 0, binding = 0) readonly buffer Fours { vec4 fours[]; };
vec4 four(uint i) { return fours[i]; }
#endif

float one(uint i) { return value(Type, x[word(Type, i)], i); }

struct Plane {
	uint height, width, tall, broad; // of x, of y
	ivec2 stride, pad, dilation;     // rows, columns
};

Plane planeAt(uint p) {
	return Plane(param(p), param(p + 1), param(p + 2), param(p + 3), ivec2(param(p + 4), param(p + 5)), ivec2(param(p + 6), param(p + 7)), ivec2(param(p + 8), param(p + 9)));
}

// span returns twelve pixels of row r of x around four of y at column c, of which
// the fifth is at that column; zeros beyond the ends.
void span(Plane p, uint start, int r, uint c, out float v[12]) {
	bool inside = uint(r) < p.height;
	uint at = (start + (inside ? uint(r) * p.width : 0)) / 4, k = c / 4, last = p.width / 4;
	[[unroll]] for (uint i = 0; i < 3; i++) {
		bool here = inside && k + i - 1 < last; // below 0 wraps
		vec4 f = four(at + (here ? k + i - 1 : 0));
		f = here ? f : vec4(0);
		v[4 * i] = f.x;
		v[4 * i + 1] = f.y;
		v[4 * i + 2] = f.z;
		v[4 * i + 3] = f.w;
	}
}

// pixel returns the one of x that tap q of pixel o of y sees, or 0.
float pixel(Plane p, uint start, ivec2 o, ivec2 q) {
	ivec2 at = o * p.stride - p.pad + q * p.dilation;
	bool inside = uint(at.x) < p.height && uint(at.y) < p.width;
	float f = one(start + (inside ? uint(at.x) * p.width + uint(at.y) : 0));
	return inside ? f : 0;
}
