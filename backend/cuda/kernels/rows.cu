// Softmax, its logarithm and layer normalisation of rows that fit the registers of a warp (up to 1,024 elements) or of a
// block (up to 8,192): each element is read once and written once. Arithmetic is float32, elements are of TYPE.
#include "math.cuh"

enum { EACH = 32, BLOCK = 256 };

struct rows {
	i64 count, n;
	const TYPE *x;
	TYPE *y;
	const TYPE *weight, *bias; // of layer normalisation; may be null
	float *mean, *variance;
	double eps;
};

// A row of a team: element e*TEAM + rank of it is in x[e].
template <int TEAM> struct row {
	float x[EACH];
	i64 at, which;
	int n, rank;
	bool here;

	__device__ __forceinline__ row(const rows &p, float absent) {
		rank = threadIdx.x % TEAM;
		which = i64(blockIdx.x) * (BLOCK / TEAM) + threadIdx.x / TEAM;
		n = p.n;
		at = which * n + rank;
		here = which < p.count;
#pragma unroll
		for (int e = 0; e < EACH; e++) x[e] = inside(e) ? number(p.x[at + e * TEAM]) : absent;
	}
	__device__ __forceinline__ bool inside(int e) const { return here && e * TEAM + rank < n; }
};

template <int TEAM, bool LOG> INLINE void softmax(const rows &p, float *shared) {
	row<TEAM> r(p, -__builtin_inff());
	float top = r.x[0], total = 0;
#pragma unroll
	for (int e = 1; e < EACH; e++) top = largest::of(top, r.x[e]);
	top = fold<TEAM, largest>(top, shared);
#pragma unroll
	for (int e = 0; e < EACH; e++)
		if (r.inside(e)) {
			r.x[e] -= top;
			float y = power(r.x[e]);
			total += y;
			if (!LOG) r.x[e] = y;
		}
	total = fold<TEAM, sum>(total, shared);
	float log = LOG ? logarithm(total) : 0;
#pragma unroll
	for (int e = 0; e < EACH; e++)
		if (r.inside(e)) p.y[r.at + e * TEAM] = rounded<TYPE>(LOG ? r.x[e] - log : r.x[e] / total);
}

template <int TEAM> INLINE void layernorm(const rows &p, float *shared) {
	row<TEAM> r(p, 0);
	float total = 0, squares = 0;
#pragma unroll
	for (int e = 0; e < EACH; e++) total += r.x[e];
	float mean = fold<TEAM, sum>(total, shared) / float(r.n);
#pragma unroll
	for (int e = 0; e < EACH; e++)
		if (r.inside(e)) {
			r.x[e] -= mean;
			squares = fma(r.x[e], r.x[e], squares);
		}
	float variance = fold<TEAM, sum>(squares, shared) / float(r.n);
	float scale = 1 / __builtin_sqrtf(variance + float(p.eps));
#pragma unroll
	for (int e = 0; e < EACH; e++)
		if (r.inside(e)) {
			int i = e * TEAM + r.rank;
			float y = r.x[e] * scale;
			if (p.weight) y *= number(p.weight[i]);
			if (p.bias) y += number(p.bias[i]);
			p.y[r.at + e * TEAM] = rounded<TYPE>(y);
		}
	if (r.here && r.rank == 0) {
		p.mean[r.which] = mean;
		p.variance[r.which] = variance;
	}
}

#define ROWS(name, function)              \
	KERNEL(BLOCK) name(rows p) {          \
		__shared__ float shared[BLOCK / 32]; \
		function(p, shared);              \
	}

ROWS(softmax_warp, (softmax<32, false>))
ROWS(softmax_block, (softmax<256, false>))
ROWS(logsoftmax_warp, (softmax<32, true>))
ROWS(logsoftmax_block, (softmax<256, true>))
ROWS(layernorm_warp, layernorm<32>)
ROWS(layernorm_block, layernorm<256>)
