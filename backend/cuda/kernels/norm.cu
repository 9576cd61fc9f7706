// Normalisation of channels [outer, c, inner], as BatchNorm's, and of rows that fit no registers: rows are channels of which
// outer is 1. Elements are read once for the statistics, by moments that are merged in a fixed order (Chan, Golub and LeVeque,
// 1979), and once for the result. Arithmetic is float32, elements are of TYPE; weights and biases are too, or float32.
#include "math.cuh"

enum { BLOCK = 256, WIDTH = 32 };

struct norm {
	i64 count, n; // channels, and the elements of each
	const TYPE *x;
	TYPE *y;
	const void *weight, *bias; // may be null
	i64 wideWeight, wideBias;  // they are float32
	float *mean, *variance;
	double eps;
	float *parts;      // [2, chunks, channels] means and sums of squares
	i64 chunk, chunks; // elements of a part, and how many parts there are
	divisor inner, channels, row; // row is n
};

INLINE float affine(const void *p, i64 wide, i64 i) { return wide ? ((const float *)p)[i] : number(((const TYPE *)p)[i]); }

// The number of some elements, their mean, and the sum of the squares of their distances from it.
struct moments {
	float n, mean, squares;
	__device__ __forceinline__ void merge(const moments &o) {
		if (o.n == 0) return;
		float all = n + o.n, f = o.n / all, d = o.mean - mean;
		mean = fma(d, f, mean);
		squares += fma(d * d * n, f, o.squares);
		n = all;
	}
};

// those of EACH elements.
template <int EACH> INLINE moments of(const float *x) {
	if (EACH == 1) return {1, x[0], 0};
	float mean = (x[0] + x[1] + (x[2] + x[3])) / 4, squares = 0;
#pragma unroll
	for (int e = 0; e < EACH; e++) squares = fma(x[e] - mean, x[e] - mean, squares);
	return {EACH, mean, squares};
}

template <int EACH> INLINE void fetch(const TYPE *p, float *x) {
	if (EACH == 4)
		fetch4(p, x);
	else
		x[0] = number(p[0]);
}

// planes has a block for a part of a channel.
template <int EACH> INLINE void planes(const norm &p) {
	__shared__ moments shared[BLOCK / 32];
	u32 channel = blockIdx.x;
	i64 at = blockIdx.y * p.chunk, end = at + p.chunk < p.n ? at + p.chunk : p.n;
	moments m = {0, 0, 0};
	for (at += threadIdx.x * EACH; at < end; at += BLOCK * EACH) {
		u32 outer = divide(u32(at), p.inner);
		float x[EACH];
		fetch<EACH>(p.x + ((i64(outer) * p.channels.size + channel) * p.inner.size + (at - i64(outer) * p.inner.size)), x);
		m.merge(of<EACH>(x));
	}
	for (int lanes = 16; lanes > 0; lanes /= 2) m.merge({shuffle(m.n, lanes), shuffle(m.mean, lanes), shuffle(m.squares, lanes)});
	if (threadIdx.x % 32 == 0) shared[threadIdx.x / 32] = m;
	__syncthreads();
	if (threadIdx.x > 0) return;
	for (int w = 1; w < BLOCK / 32; w++) m.merge(shared[w]);
	p.parts[i64(blockIdx.y) * p.channels.size + channel] = m.mean;
	p.parts[(p.chunks + blockIdx.y) * p.channels.size + channel] = m.squares;
}

KERNEL(BLOCK) planes_1(norm p) { planes<1>(p); }
KERNEL(BLOCK) planes_4(norm p) { planes<4>(p); }

// columns has a block for a part of 32 channels whose elements are a row apart.
KERNEL(BLOCK) columns(norm p) {
	__shared__ moments shared[BLOCK / WIDTH][WIDTH];
	int lane = threadIdx.x % WIDTH, y = threadIdx.x / WIDTH;
	i64 column = i64(blockIdx.x) * WIDTH + lane, row = blockIdx.y * p.chunk, end = row + p.chunk < p.n ? row + p.chunk : p.n;
	moments m = {0, 0, 0};
	if (column < p.count)
		for (row += y; row < end; row += BLOCK / WIDTH) {
			float x = number(p.x[row * p.count + column]);
			m.merge(of<1>(&x));
		}
	shared[y][lane] = m;
	__syncthreads();
	if (y > 0 || column >= p.count) return;
	for (int i = 1; i < BLOCK / WIDTH; i++) m.merge(shared[i][lane]);
	p.parts[i64(blockIdx.y) * p.count + column] = m.mean;
	p.parts[(p.chunks + blockIdx.y) * p.count + column] = m.squares;
}

// finish merges the parts of each channel.
KERNEL(BLOCK) finish(norm p) {
	i64 i = i64(blockIdx.x) * BLOCK + threadIdx.x;
	if (i >= p.count) return;
	moments m = {0, 0, 0};
	for (i64 c = 0; c < p.chunks; c++) {
		i64 left = p.n - c * p.chunk;
		m.merge({float(left < p.chunk ? left : p.chunk), p.parts[c * p.count + i], p.parts[(p.chunks + c) * p.count + i]});
	}
	p.mean[i] = m.mean;
	p.variance[i] = m.squares / float(p.n);
}

// apply gives the result, EACH neighbours to a thread, which are of one channel. ROWS have weights for each column.
template <int EACH, bool ROWS> INLINE void apply(const norm &p) {
	i64 i = (i64(blockIdx.x) * BLOCK + threadIdx.x) * EACH;
	if (i >= p.count * p.n) return;
	u32 plane = divide(u32(i), ROWS ? p.row : p.inner), c = ROWS ? plane : plane - divide(plane, p.channels) * p.channels.size;
	float mean = p.mean[c], scale = 1 / __builtin_sqrtf(p.variance[c] + float(p.eps));
	float x[EACH];
	fetch<EACH>(p.x + i, x);
#pragma unroll
	for (int e = 0; e < EACH; e++) {
		i64 at = ROWS ? i + e - i64(plane) * p.n : c;
		x[e] = (x[e] - mean) * scale;
		if (p.weight) x[e] *= affine(p.weight, p.wideWeight, at);
		if (p.bias) x[e] += affine(p.bias, p.wideBias, at);
	}
	if (EACH == 4)
		store4(p.y + i, x);
	else
		p.y[i] = rounded<TYPE>(x[0]);
}

KERNEL(BLOCK) apply_1(norm p) { apply<1, false>(p); }
KERNEL(BLOCK) apply_4(norm p) { apply<4, false>(p); }
KERNEL(BLOCK) rows_1(norm p) { apply<1, true>(p); }
KERNEL(BLOCK) rows_4(norm p) { apply<4, true>(p); }
