// Softmax, its logarithm and the gradients of both, of rows of any length: a team reads a row twice, the second time from the
// cache. Arithmetic is float32, elements are of TYPE.
#include "math.cuh"

enum { BLOCK = 256 };

struct rows {
	i64 count, n;
	const TYPE *x; // of gradients that of the result
	TYPE *y;
	const TYPE *result;
};

// A row of a team.
template <int TEAM> struct row {
	i64 which, at, n;
	int rank;
	__device__ __forceinline__ row(const rows &p) : which(i64(blockIdx.x) * (BLOCK / TEAM) + threadIdx.x / TEAM), at(which * p.n), n(p.n), rank(threadIdx.x % TEAM) {}
};

// softmax keeps the largest element so far, and the sum of e**(x - largest).
template <bool LOG> INLINE void softmax(const rows &p, float *shared) {
	row<BLOCK> r(p);
	float top = -__builtin_inff(), sums = 0;
	for (i64 i = r.rank; i < r.n; i += BLOCK) {
		float x = number(p.x[r.at + i]);
		if (x > top || x != x) {
			sums = sums * power(top - x) + 1;
			top = x;
		} else if (x > -__builtin_inff()) {
			sums += power(x - top);
		}
	}
	float all = fold<BLOCK, largest>(top, shared);
	float total = fold<BLOCK, sum>(top > -__builtin_inff() ? sums * power(top - all) : 0, shared);
	if (!(all - all == 0)) total = all - all; // NaN, as e**(all - all) is
	float log = LOG ? logarithm(total) : 0;
	for (i64 i = r.rank; i < r.n; i += BLOCK) {
		float x = number(p.x[r.at + i]) - all;
		p.y[r.at + i] = rounded<TYPE>(LOG ? x - log : power(x) / total);
	}
}

// gradient gives y*(g - sum of g*y), or g - e**y * sum of g.
template <int TEAM, bool LOG> INLINE void gradient(const rows &p, float *shared) {
	row<TEAM> r(p);
	if (r.which >= p.count) return; // all of a team
	float total = 0;
	for (i64 i = r.rank; i < r.n; i += TEAM) {
		float g = number(p.x[r.at + i]);
		total = LOG ? total + g : fma(g, number(p.result[r.at + i]), total);
	}
	total = fold<TEAM, sum>(total, shared);
	for (i64 i = r.rank; i < r.n; i += TEAM) {
		float g = number(p.x[r.at + i]), y = number(p.result[r.at + i]);
		p.y[r.at + i] = rounded<TYPE>(LOG ? g - power(y) * total : y * (g - total));
	}
}

#define ROWS(name, function)              \
	KERNEL(BLOCK) name(rows p) {          \
		__shared__ float shared[BLOCK / 32]; \
		function(p, shared);              \
	}

ROWS(softmax_long, softmax<false>)
ROWS(logsoftmax_long, softmax<true>)
ROWS(softmaxgrad_warp, (gradient<32, false>))
ROWS(softmaxgrad_block, (gradient<256, false>))
ROWS(logsoftmaxgrad_warp, (gradient<32, true>))
ROWS(logsoftmaxgrad_block, (gradient<256, true>))
