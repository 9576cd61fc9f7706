// What a matrix product is given: [m, k] times [k, n], with leading axes.
#pragma once
#include "hekla.cuh"

struct product {
	i64 m, n, k;
	const char *x, *y;
	char *out;
	i64 xStep, yStep;       // bytes from one row to the next; of columns if those follow memory
	i64 first;              // the first product of the grid's third axis
	i64 sizes[4];           // leading axes, the last first
	i64 xLead[4], yLead[4]; // their strides in bytes
	const char *bias;       // is added to every row; may be null
};

// place finds the operands of this block's product, and returns its number.
INLINE i64 place(const product &p, const char *&x, const char *&y) {
	i64 which = p.first + blockIdx.z, rest = which;
	x = p.x;
	y = p.y;
#pragma unroll
	for (int a = 0; a < 4; a++) {
		i64 i = rest % p.sizes[a];
		rest /= p.sizes[a];
		x += i * p.xLead[a];
		y += i * p.yLead[a];
	}
	return which;
}
