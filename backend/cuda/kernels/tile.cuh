// The heart of matrix products and convolutions without tensor cores: a block
// of 256 threads computes BM by BN sums of products, DEPTH terms at a time.
// Both operands' parts are staged in shared memory, twice: while one half is
// multiplied, the next is fetched to registers. A thread has a square of EM by EN
// sums, in groups of four, so that shared memory is read in vectors and without conflicts.
#pragma once
#include "hekla.cuh"

enum { THREADS = 256, DEPTH = 8, PAD = 4 };

template <int BM, int BN> struct stage {
	float a[2][DEPTH][BM + PAD];
	float b[2][DEPTH][BN + PAD];
};

// A fetcher F has: type parameters of its own; static const int N, the elements
// of each thread; fetch(k, regs), which loads the part that begins at term k, zero
// where there is nothing; and put(to, regs), which stores it.
template <int BM, int BN, class A, class B, class Out>
INLINE void multiply(stage<BM, BN> &s, A &a, B &b, int from, int to, Out &out) {
	constexpr int EM = BM / 16, EN = BN / 16;
	int ty = threadIdx.x / 16 * 4, tx = threadIdx.x % 16 * 4;
	float sum[EM][EN];
#pragma unroll
	for (int i = 0; i < EM; i++)
#pragma unroll
		for (int j = 0; j < EN; j++) sum[i][j] = 0;

	float ra[A::N], rb[B::N];
	a.fetch(from, to, ra);
	b.fetch(from, to, rb);
	a.put(s.a[0], ra);
	b.put(s.b[0], rb);
	__syncthreads();
	int half = 0;
	for (int k = from; k < to; k += DEPTH) {
		bool more = k + DEPTH < to;
		if (more) {
			a.fetch(k + DEPTH, to, ra);
			b.fetch(k + DEPTH, to, rb);
		}
#pragma unroll
		for (int d = 0; d < DEPTH; d++) {
			float x[EM], y[EN];
#pragma unroll
			for (int i = 0; i < EM; i += 4) load4(&s.a[half][d][ty + i * 16], &x[i]);
#pragma unroll
			for (int j = 0; j < EN; j += 4) load4(&s.b[half][d][tx + j * 16], &y[j]);
#pragma unroll
			for (int i = 0; i < EM; i++)
#pragma unroll
				for (int j = 0; j < EN; j++) sum[i][j] = fma(x[i], y[j], sum[i][j]);
		}
		if (more) {
			half ^= 1;
			a.put(s.a[half], ra);
			b.put(s.b[half], rb);
			__syncthreads();
		}
	}
#pragma unroll
	for (int i = 0; i < EM; i++)
#pragma unroll
		for (int j = 0; j < EN; j += 4) out(ty + i / 4 * 64 + i % 4, tx + j * 16, &sum[i][j]);
}
