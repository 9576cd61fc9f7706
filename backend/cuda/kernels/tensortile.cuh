// The heart of matrix products and convolutions on tensor cores: a block of 8 warps has 32 times M by 128 results, each
// warp 16 times M by 32 of them. The operands' parts, DEPTH terms at a time, are copied asynchronously to STAGES places of
// shared memory, in chunks of 16 bytes whose order is mixed so that no bank is met twice: neither by ldmatrix nor, where
// 32-bit elements have to be turned, by the words of a warp.
#pragma once
#include "tensor.cuh"

enum { DEPTH = 64 / sizeof(TYPE), STAGES = 3, THREADS = 256, COLUMNS = 128 };

// A layout is how LINES elements of the outer axis by DEPTH terms lie in shared memory. With ALONG, terms follow each other.
template <bool ALONG, int LINES> struct layout {
	enum { SIZE = LINES * 64, COPIES = SIZE / 16 / THREADS, ACROSS = LINES / CHUNK };

	// at returns the place of chunk c of a line, in bytes.
	static __device__ __forceinline__ u32 at(int line, int c) {
		if (ALONG) return line * 64 + (c ^ (line >> 1 & 3)) * 16;
		return line * (LINES * sizeof(TYPE)) + (c ^ (sizeof(TYPE) == 4 ? (line & 3) * 2 : line & 7)) * 16;
	}
	static __device__ __forceinline__ int lineOf(int id) { return ALONG ? id / 4 : id / ACROSS; }
	static __device__ __forceinline__ int chunkOf(int id) { return ALONG ? id % 4 : id % ACROSS; }

	// rows loads 16 rows of an [m, k] operand from element i, and STEP terms from d; columns 16 columns of a [k, n] operand,
	// both halves of the terms of 8 and then of the other 8.
	static __device__ __forceinline__ void rows(u32 from, int i, int d, u32 *r) {
		int lane = threadIdx.x % 32, j = lane / 8, e = lane % 8;
		if (sizeof(TYPE) == 4 && !ALONG) {
			words(from, i, d, r[0], r[1], r[2], r[3]);
		} else {
			load<!ALONG>(from + (ALONG ? at(i + (j & 1) * 8 + e, d / CHUNK + j / 2) : at(d + j / 2 * 8 + e, i / CHUNK + (j & 1))), r);
		}
		round(r);
	}
	static __device__ __forceinline__ void columns(u32 from, int i, int d, u32 *r) {
		int lane = threadIdx.x % 32, j = lane / 8, e = lane % 8;
		if (sizeof(TYPE) == 4 && !ALONG) {
			words(from, i, d, r[0], r[2], r[1], r[3]);
		} else {
			load<!ALONG>(from + (ALONG ? at(i + j / 2 * 8 + e, d / CHUNK + (j & 1)) : at(d + (j & 1) * 8 + e, i / CHUNK + j / 2)), r);
		}
		round(r);
	}
	// words loads element lane/4 of 8 and of the next 8, at term lane%4 and four further.
	static __device__ __forceinline__ void words(u32 from, int i, int d, u32 &a, u32 &b, u32 &c, u32 &e) {
		int lane = threadIdx.x % 32, g = lane / 4, t = lane % 4, chunk = i / 4 + g / 4;
		u32 first = from + at(d + t, chunk) + g % 4 * 4, second = from + at(d + t, chunk + 2) + g % 4 * 4;
		a = word(first);
		b = word(second);
		c = word(first + LINES * 16);
		e = word(second + LINES * 16);
	}
};

// A part is an operand in memory whose lines are step bytes apart.
template <bool ALONG, int LINES> struct part : layout<ALONG, LINES> {
	typedef layout<ALONG, LINES> on;
	const char *base;
	i64 step;
	int size, first;

	__device__ __forceinline__ part(const char *base, i64 step, int size, int first) : base(base), step(step), size(size), first(first) {}
	__device__ __forceinline__ void fetch(u32 to, int k, int end) const {
#pragma unroll
		for (int g = 0; g < on::COPIES; g++) {
			int id = threadIdx.x + g * THREADS, line = on::lineOf(id), c = on::chunkOf(id);
			int outer = first + (ALONG ? line : c * CHUNK), term = k + (ALONG ? c * CHUNK : line);
			int left = ALONG ? end - term : size - outer;
			bool inside = outer < size && term < end;
			const char *from = base + (ALONG ? outer * step + term * int(sizeof(TYPE)) : term * step + outer * int(sizeof(TYPE)));
			copy16(to + on::at(line, c), inside ? from : base, inside ? least(left, CHUNK) * int(sizeof(TYPE)) : 0);
		}
	}
};

// accumulate adds the products of the terms from begin to end.
template <int M, class A, class B> INLINE void accumulate(float (&sum)[M][4][4], u32 memory, const A &a, const B &b, int begin, int end) {
	constexpr u32 EACH = A::SIZE + B::SIZE;
	int warp = threadIdx.x / 32, wm = warp / 4 * (16 * M), wn = warp % 4 * 32;
#pragma unroll
	for (int i = 0; i < M * 16; i++) (&sum[0][0][0])[i] = 0;
#pragma unroll
	for (int s = 0; s < STAGES - 1; s++) {
		if (begin + s * DEPTH < end) {
			a.fetch(memory + s * EACH, begin + s * DEPTH, end);
			b.fetch(memory + s * EACH + A::SIZE, begin + s * DEPTH, end);
		}
		commit();
	}
	int now = 0, next = STAGES - 1;
	for (int from = begin; from < end; from += DEPTH) {
		wait<STAGES - 2>();
		__syncthreads();
		int ahead = from + (STAGES - 1) * DEPTH;
		if (ahead < end) {
			a.fetch(memory + next * EACH, ahead, end);
			b.fetch(memory + next * EACH + A::SIZE, ahead, end);
		}
		commit();
		u32 pa = memory + now * EACH, pb = pa + A::SIZE;
#pragma unroll
		for (int d = 0; d < DEPTH; d += STEP) {
			u32 u[M][4], v[2][4];
#pragma unroll
			for (int i = 0; i < M; i++) A::rows(pa, wm + i * 16, d, u[i]);
#pragma unroll
			for (int j = 0; j < 2; j++) B::columns(pb, wn + j * 16, d, v[j]);
#pragma unroll
			for (int i = 0; i < M; i++)
#pragma unroll
				for (int j = 0; j < 4; j++) multiply(sum[i][j], u[i], &v[j / 2][j % 2 * 2]);
		}
		now = now + 1 == STAGES ? 0 : now + 1;
		next = next + 1 == STAGES ? 0 : next + 1;
	}
}

// deliver calls out(row, column, sum, the next column's sum) for all pairs of a block.
template <int M, class Out> INLINE void deliver(const float (&sum)[M][4][4], int rows, const Out &out) {
	int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
#pragma unroll
	for (int i = 0; i < M; i++)
#pragma unroll
		for (int h = 0; h < 2; h++) {
			int r = blockIdx.y * (32 * M) + warp / 4 * (16 * M) + i * 16 + h * 8 + lane / 4;
			if (r >= rows) continue;
#pragma unroll
			for (int j = 0; j < 4; j++) out(r, int(blockIdx.x * COLUMNS) + warp % 4 * 32 + j * 8 + lane % 4 * 2, sum[i][j][h * 2], sum[i][j][h * 2 + 1]);
		}
}
