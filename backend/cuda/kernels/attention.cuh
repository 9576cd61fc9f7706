// What attention and its gradients are given, and which query sees which key.
#pragma once
#include "math.cuh"

// A stack is the matrices of an operand: of head (outer, inner) and row i, columns side by side.
struct stack {
	const TYPE *at;
	i64 outer, inner, row;
};

struct attention {
	i64 l, s, e, d;
	i64 heads, group; // inner heads of q; how many of them share one of k
	stack q, k, v, g;
	const u8 *mask;
	i64 kind; // of the mask: 0 none, 1 bools, 2 TYPE
	i64 maskOuter, maskInner, maskRow, maskColumn;
	i64 causal;
	double scale;
	float *lse, *delta;
	TYPE *y, *dq, *dk, *dv;
};

// A place is one tile of one head.
struct place { i64 outer, inner, first; };

INLINE place placeOf(i64 tiles, i64 heads, int size) {
	i64 head = blockIdx.x / tiles;
	return {head / heads, head % heads, i64(blockIdx.x % tiles) * size};
}

INLINE const TYPE *matrix(const stack &m, i64 outer, i64 inner) { return m.at + outer * m.outer + inner * m.inner; }

// visibleTo returns the end of the keys that queries before one see.
INLINE i64 visibleTo(const attention &p, i64 query) { return p.causal && query < p.s ? query : p.s; }

// masked returns a score, or -Inf where the query does not see the key.
INLINE float masked(const attention &p, float score, i64 outer, i64 inner, i64 i, i64 k) {
	if (i >= p.l || k >= p.s || (p.causal && k > i)) return -__builtin_inff();
	if (!p.kind) return score;
	i64 at = outer * p.maskOuter + inner * p.maskInner + i * p.maskRow + k * p.maskColumn;
	if (p.kind == 1) return p.mask[at] ? score : -__builtin_inff();
	return score + number(((const TYPE *)p.mask)[at]);
}
