// Numbers taken apart.
#pragma once
#include "hekla.cuh"

// A number of columns j or terms k is (outer, a, b, c): outer is an image or channel, the rest a place on three axes.
struct digits {
	divisor by[3]; // sizes of c, b, a
};
struct place { int outer, at[3]; };

INLINE place split(u32 i, const digits &d) {
	place p;
#pragma unroll
	for (int a = 0; a < 3; a++) {
		u32 q = divide(i, d.by[a]);
		p.at[2 - a] = i - q * d.by[a].size;
		i = q;
	}
	p.outer = i;
	return p;
}
