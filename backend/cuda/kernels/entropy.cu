// Cross entropy of logits and target classes. A row is the logits of one target: of [count, n] neighbours, which a team reads
// together, or of [outer, n, inner] with as many elements between them, where each thread reads one. A row is read once, and
// where smoothing spreads the target over all classes again, from the cache. Arithmetic is float32, elements are of TYPE.
#include "math.cuh"

enum { BLOCK = 256 };

struct rows {
	i64 count, n, inner;
	const TYPE *x;
	const void *target;
	i64 wide;            // targets are int64, else int32
	const TYPE *weight;  // of the classes; may be null
	TYPE *each;          // the loss of each row; null where they are added up
	float *lse, *over;   // log(sum of e**x) of each row; what the mean is divided by
	float *parts;        // [2, blocks] sums of losses and weights
	i64 ignore;
	double a, b;         // of the target: a*[it is the class] + b
	i64 *cell;           // where a class that there is not is left

	__device__ __forceinline__ float w(i64 k) const { return weight ? number(weight[k]) : 1; }
};

// A running sum of e**(x - top).
struct powers {
	float top = -__builtin_inff(), sum = 0;
	__device__ __forceinline__ void add(float x) {
		if (x > top || x != x) {
			sum = sum * power(top - x) + 1;
			top = x;
		} else if (x > -__builtin_inff()) {
			sum += power(x - top);
		}
	}
};

// logSum gives infinities and NaN as they are.
INLINE float logSum(float top, float sum) { return top - top == 0 ? top + logarithm(sum) : top; }

// A row's loss and weight.
struct result { float loss, weight; };

INLINE result lossOf(const rows &p, i64 row, const TYPE *x, i64 step, float lse, float spread) {
	i64 t = p.wide ? ((const i64 *)p.target)[row] : ((const int *)p.target)[row];
	if (t == p.ignore) return {0, 0};
	if (u64(t) >= u64(p.n)) {
		p.cell[1] = t;
		p.cell[0] = 1;
		return {0, 0};
	}
	float w = p.w(t), loss = (lse - number(x[t * step])) * float(p.a) * w;
	return {p.b != 0 ? fma(spread, float(p.b), loss) : loss, w};
}

// finish adds up what the rows of a block have, each thread's or that of the first of each team.
INLINE void finish(const rows &p, result r, float *shared) {
	if (p.each) {
		if (blockIdx.x == 0 && threadIdx.x == 0) *p.over = 1;
		return;
	}
	r.loss = fold<BLOCK, sum>(r.loss, shared);
	r.weight = fold<BLOCK, sum>(r.weight, shared);
	if (threadIdx.x == 0) {
		p.parts[blockIdx.x] = r.loss;
		p.parts[gridDim.x + blockIdx.x] = r.weight;
	}
}

template <int TEAM> INLINE void neighbours(const rows &p) {
	__shared__ float shared[BLOCK / 32];
	i64 row = i64(blockIdx.x) * (BLOCK / TEAM) + threadIdx.x / TEAM;
	int rank = threadIdx.x % TEAM;
	result r = {0, 0};
	if (row < p.count) { // all of a team
		const TYPE *x = p.x + row * p.n;
		powers s;
		for (i64 k = rank; k < p.n; k += TEAM) s.add(number(x[k]));
		float top = fold<TEAM, largest>(s.top, shared);
		float total = fold<TEAM, sum>(s.top > -__builtin_inff() ? s.sum * power(s.top - top) : 0, shared);
		float lse = logSum(top, total), spread = 0;
		if (p.b != 0) {
			for (i64 k = rank; k < p.n; k += TEAM) spread = fma(lse - number(x[k]), p.w(k), spread);
			spread = fold<TEAM, sum>(spread, shared);
		}
		if (rank == 0) {
			r = lossOf(p, row, x, 1, lse, spread);
			p.lse[row] = lse;
			if (p.each) p.each[row] = rounded<TYPE>(r.loss);
		}
	}
	finish(p, r, shared);
}

KERNEL(BLOCK) entropy_warp(rows p) { neighbours<32>(p); }
KERNEL(BLOCK) entropy_block(rows p) { neighbours<BLOCK>(p); }

KERNEL(BLOCK) entropy_columns(rows p) {
	__shared__ float shared[BLOCK / 32];
	i64 row = i64(blockIdx.x) * BLOCK + threadIdx.x;
	result r = {0, 0};
	if (row < p.count) {
		i64 outer = row / p.inner;
		const TYPE *x = p.x + (outer * p.n - outer) * p.inner + row;
		powers s;
		for (i64 k = 0; k < p.n; k++) s.add(number(x[k * p.inner]));
		float lse = logSum(s.top, s.sum), spread = 0;
		if (p.b != 0)
			for (i64 k = 0; k < p.n; k++) spread = fma(lse - number(x[k * p.inner]), p.w(k), spread);
		r = lossOf(p, row, x, p.inner, lse, spread);
		p.lse[row] = lse;
		if (p.each) p.each[row] = rounded<TYPE>(r.loss);
	}
	finish(p, r, shared);
}

struct totals {
	i64 blocks, mean;
	const float *parts;
	TYPE *loss;
	float *over;
};

// entropy_total adds up the parts, in double: there may be millions.
KERNEL(BLOCK) entropy_total(totals p) {
	__shared__ double shared[2][BLOCK];
	double s[2] = {0, 0};
	for (i64 i = threadIdx.x; i < p.blocks; i += BLOCK) {
		s[0] += p.parts[i];
		s[1] += p.parts[p.blocks + i];
	}
#pragma unroll
	for (int k = 0; k < 2; k++) shared[k][threadIdx.x] = s[k];
	for (int half = BLOCK / 2; half > 0; half /= 2) {
		__syncthreads();
		if (threadIdx.x < half)
#pragma unroll
			for (int k = 0; k < 2; k++) shared[k][threadIdx.x] += shared[k][threadIdx.x + half];
	}
	if (threadIdx.x > 0) return;
	float over = p.mean ? float(shared[1][0]) : 1;
	*p.loss = rounded<TYPE>(float(p.mean ? shared[0][0] / shared[1][0] : shared[0][0]));
	*p.over = over;
}
