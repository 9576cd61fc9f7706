// The gradient of normalisations of x: of rows [count, n], as LayerNorm's, or of channels [outer, c, inner], as BatchNorm's.
// Arithmetic is float32, elements are of TYPE; weights are too, or float32. Sums over rows or channels are made in parts
// [2, chunks, columns], of what the weight and the bias get, and those added up in their order.
#include "math.cuh"

enum { BLOCK = 256, WIDTH = 32 };

struct norms {
	i64 count, n; // rows and their length; of channels how many there are and the elements of each
	const TYPE *g, *x;
	const float *mean, *variance;
	const void *weight; // may be null
	i64 wide;           // weights are float32
	i64 centred;        // the mean depends on x
	TYPE *dx;
	float *scale; // 1/sqrt(variance + eps) of each row
	double eps;
	float *parts;
	i64 chunk, chunks; // rows, or elements of a channel, of a part
	float *sums;       // [2, channels]
	void *dweight, *dbias;
	divisor inner, channels;

	__device__ __forceinline__ float w(i64 i) const { return !weight ? 1 : wide ? ((const float *)weight)[i] : number(((const TYPE *)weight)[i]); }
	__device__ __forceinline__ float root(i64 i) const { return 1 / __builtin_sqrtf(variance[i] + float(eps)); }
};

// rows gives dx, a team to each row. The second loop finds the row in the cache.
template <int TEAM> INLINE void rows(const norms &p) {
	__shared__ float shared[BLOCK / 32];
	i64 row = i64(blockIdx.x) * (BLOCK / TEAM) + threadIdx.x / TEAM;
	if (row >= p.count) return;
	int rank = threadIdx.x % TEAM;
	const TYPE *g = p.g + row * p.n, *x = p.x + row * p.n;
	float mean = p.mean[row], r = p.root(row), s1 = 0, s2 = 0;
	for (i64 i = rank; i < p.n; i += TEAM) {
		float gw = number(g[i]) * p.w(i);
		s1 += gw;
		s2 = fma(gw, number(x[i]) - mean, s2);
	}
	s1 = p.centred ? fold<TEAM, sum>(s1, shared) / float(p.n) : 0;
	s2 = fold<TEAM, sum>(s2, shared) / float(p.n) * r * r;
	for (i64 i = rank; i < p.n; i += TEAM) p.dx[row * p.n + i] = rounded<TYPE>(r * (number(g[i]) * p.w(i) - s1 - (number(x[i]) - mean) * s2));
	if (rank == 0 && p.scale) p.scale[row] = r;
}

KERNEL(BLOCK) rows_warp(norms p) { rows<32>(p); }
KERNEL(BLOCK) rows_block(norms p) { rows<BLOCK>(p); }

// columns sums a chunk of rows for 32 columns: statistics are of rows, or of columns.
template <bool ROWS> INLINE void columns(const norms &p) {
	__shared__ float shared[2][BLOCK / WIDTH][WIDTH];
	int lane = threadIdx.x % WIDTH, y = threadIdx.x / WIDTH;
	i64 column = i64(blockIdx.x) * WIDTH + lane, row = blockIdx.y * p.chunk, end = row + p.chunk < p.count ? row + p.chunk : p.count;
	float s1 = 0, s2 = 0;
	if (column < p.n) {
		float mean = ROWS ? 0 : p.mean[column];
		for (row += y; row < end; row += BLOCK / WIDTH) {
			float g = number(p.g[row * p.n + column]), d = number(p.x[row * p.n + column]);
			d = ROWS ? (d - p.mean[row]) * p.scale[row] : d - mean;
			s1 += g;
			s2 = fma(g, d, s2);
		}
	}
	shared[0][y][lane] = s2;
	shared[1][y][lane] = s1;
	__syncthreads();
	if (y >= 2 || column >= p.n) return;
	float total = 0;
	for (int i = 0; i < BLOCK / WIDTH; i++) total += shared[y][i][lane];
	p.parts[(y * p.chunks + blockIdx.y) * p.n + column] = total;
}

KERNEL(BLOCK) columns_rows(norms p) { columns<true>(p); }
KERNEL(BLOCK) columns_channels(norms p) { columns<false>(p); }

// planes sums a chunk of the elements of a channel.
KERNEL(BLOCK) planes(norms p) {
	__shared__ float shared[BLOCK / 32];
	u32 channel = blockIdx.x;
	i64 at = blockIdx.y * p.chunk, end = at + p.chunk < p.n ? at + p.chunk : p.n;
	float mean = p.mean[channel], s1 = 0, s2 = 0;
	for (at += threadIdx.x; at < end; at += BLOCK) {
		u32 outer = divide(u32(at), p.inner);
		i64 i = (i64(outer) * p.channels.size + channel) * p.inner.size + (at - i64(outer) * p.inner.size);
		float g = number(p.g[i]);
		s1 += g;
		s2 = fma(g, number(p.x[i]) - mean, s2);
	}
	s1 = fold<BLOCK, sum>(s1, shared);
	s2 = fold<BLOCK, sum>(s2, shared);
	if (threadIdx.x == 0) {
		p.parts[i64(blockIdx.y) * p.channels.size + channel] = s2;
		p.parts[(p.chunks + blockIdx.y) * p.channels.size + channel] = s1;
	}
}

// finish adds up the parts of each column.
template <bool ROWS> INLINE void finish(const norms &p, i64 columns) {
	i64 i = i64(blockIdx.x) * BLOCK + threadIdx.x;
	if (i >= columns) return;
	float s[2];
#pragma unroll
	for (int k = 0; k < 2; k++) {
		s[k] = 0;
		for (i64 c = 0; c < p.chunks; c++) s[k] += p.parts[(k * p.chunks + c) * columns + i];
		if (!ROWS) p.sums[k * columns + i] = s[k];
	}
	if (!p.weight) return;
	if (!ROWS) s[0] *= p.root(i);
	if (p.wide) {
		((float *)p.dweight)[i] = s[0];
		((float *)p.dbias)[i] = s[1];
	} else {
		((TYPE *)p.dweight)[i] = rounded<TYPE>(s[0]);
		((TYPE *)p.dbias)[i] = rounded<TYPE>(s[1]);
	}
}

KERNEL(BLOCK) finish_rows(norms p) { finish<true>(p, p.n); }
KERNEL(BLOCK) finish_channels(norms p) { finish<false>(p, p.channels.size); }

// spread gives dx of channels, EACH neighbours to a thread, which are of one channel.
template <int EACH> INLINE void spread(const norms &p) {
	i64 i = (i64(blockIdx.x) * BLOCK + threadIdx.x) * EACH;
	if (i >= p.count * p.n) return;
	u32 plane = divide(u32(i), p.inner), c = plane - divide(plane, p.channels) * p.channels.size;
	float r = p.root(c), mean = p.mean[c], w = p.w(c) * r;
	float s1 = p.centred ? p.sums[p.channels.size + c] / float(p.n) : 0, s2 = p.sums[c] / float(p.n) * r * r;
	float g[EACH], x[EACH];
	if (EACH == 4) {
		fetch4(p.g + i, g);
		fetch4(p.x + i, x);
	} else {
		g[0] = number(p.g[i]);
		x[0] = number(p.x[i]);
	}
#pragma unroll
	for (int e = 0; e < EACH; e++) g[e] = w * (g[e] - s1 - (x[e] - mean) * s2);
	if (EACH == 4)
		store4(p.dx + i, g);
	else
		p.dx[i] = rounded<TYPE>(g[0]);
}

KERNEL(BLOCK) spread_1(norms p) { spread<1>(p); }
KERNEL(BLOCK) spread_4(norms p) { spread<4>(p); }
