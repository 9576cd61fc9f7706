// Products of matrices [m, k] and [k, n] of 16-bit floats, TYPE or in PTX NAME, on tensor cores, with sums in float32: for sm_80 and newer. A
// block of 8 warps has 128 by 128 results, DEPTH terms at a time, each warp 64 by 32 of them. The operands' parts are copied
// asynchronously to STAGES places of shared memory, in chunks of 16 bytes whose order is mixed so that ldmatrix meets no
// bank twice. Operands must begin at, and step by, multiples of 16 bytes.
#include "product.cuh"
#include "tensor.cuh"

enum { TILE = 128, DEPTH = 32, STAGES = 3, THREADS = 256, CHUNK = 8 };

// An operand's part in shared memory: TILE elements of the outer axis by DEPTH terms. With ALONG, terms follow each other.
template <bool ALONG> struct part {
	const char *base;
	i64 step;
	int size, first;

	// at returns the place of chunk c of a line, in bytes.
	static __device__ __forceinline__ u32 at(int line, int c) {
		return ALONG ? line * (DEPTH * 2) + (c ^ (line >> 1 & 3)) * 16 : line * (TILE * 2) + (c ^ (line & 7)) * 16;
	}

	__device__ __forceinline__ void fetch(u32 to, int k, int end) const {
#pragma unroll
		for (int g = 0; g < 2; g++) {
			int id = threadIdx.x + g * THREADS;
			int line = ALONG ? id / 4 : id / 16, c = ALONG ? id % 4 : id % 16;
			int outer = first + (ALONG ? line : c * CHUNK), term = k + (ALONG ? c * CHUNK : line);
			int left = ALONG ? end - term : size - outer;
			bool inside = outer < size && term < end;
			const char *from = base + (ALONG ? outer * step + term * 2 : term * step + outer * 2);
			copy16(to + at(line, c), inside ? from : base, inside ? least(left, CHUNK) * 2 : 0);
		}
	}

	// rows loads the four 8 by 8 matrices of 16 rows of an [m, k] operand from element i, and 16 terms from d; columns
	// those of 16 columns of a [k, n] operand, two terms' halves of each 8.
	static __device__ __forceinline__ void rows(u32 from, int i, int d, u32 *r) {
		int lane = threadIdx.x % 32, j = lane / 8, e = lane % 8;
		load<!ALONG>(from + (ALONG ? at(i + (j & 1) * 8 + e, d / CHUNK + j / 2) : at(d + j / 2 * 8 + e, i / CHUNK + (j & 1))), r);
	}
	static __device__ __forceinline__ void columns(u32 from, int i, int d, u32 *r) {
		int lane = threadIdx.x % 32, j = lane / 8, e = lane % 8;
		load<!ALONG>(from + (ALONG ? at(i + j / 2 * 8 + e, d / CHUNK + (j & 1)) : at(d + (j & 1) * 8 + e, i / CHUNK + j / 2)), r);
	}
};

template <bool XK, bool YN> INLINE void gemm(char *memory, const product &p) {
	const char *x, *y;
	i64 which = place(p, x, y);
	int m = p.m, n = p.n, k = p.k, row0 = blockIdx.y * TILE, column0 = blockIdx.x * TILE;
	part<XK> a = {x, p.xStep, m, row0};
	part<!YN> b = {y, p.yStep, n, column0};
	constexpr u32 HALF = TILE * DEPTH * 2;
	u32 at = shared(memory);
	int warp = threadIdx.x / 32, lane = threadIdx.x % 32, wm = warp / 4 * 64, wn = warp % 4 * 32;

	float sum[4][4][4];
#pragma unroll
	for (int i = 0; i < 64; i++) (&sum[0][0][0])[i] = 0;
#pragma unroll
	for (int s = 0; s < STAGES - 1; s++) {
		if (s * DEPTH < k) {
			a.fetch(at + s * 2 * HALF, s * DEPTH, k);
			b.fetch(at + s * 2 * HALF + HALF, s * DEPTH, k);
		}
		commit();
	}
	int now = 0, next = STAGES - 1;
	for (int from = 0; from < k; from += DEPTH) {
		wait<STAGES - 2>();
		__syncthreads();
		int ahead = from + (STAGES - 1) * DEPTH;
		if (ahead < k) {
			a.fetch(at + next * 2 * HALF, ahead, k);
			b.fetch(at + next * 2 * HALF + HALF, ahead, k);
		}
		commit();
		u32 pa = at + now * 2 * HALF, pb = pa + HALF;
#pragma unroll
		for (int d = 0; d < DEPTH; d += 16) {
			u32 u[4][4], v[2][4];
#pragma unroll
			for (int i = 0; i < 4; i++) part<XK>::rows(pa, wm + i * 16, d, u[i]);
#pragma unroll
			for (int j = 0; j < 2; j++) part<!YN>::columns(pb, wn + j * 16, d, v[j]);
#pragma unroll
			for (int i = 0; i < 4; i++)
#pragma unroll
				for (int j = 0; j < 4; j++) multiply(sum[i][j], u[i], &v[j / 2][j % 2 * 2]);
		}
		now = now + 1 == STAGES ? 0 : now + 1;
		next = next + 1 == STAGES ? 0 : next + 1;
	}

	TYPE *out = (TYPE *)p.out + which * p.m * p.n;
	bool pairs = (n & 1) == 0;
#pragma unroll
	for (int i = 0; i < 4; i++)
#pragma unroll
		for (int h = 0; h < 2; h++) {
			int r = row0 + wm + i * 16 + h * 8 + lane / 4;
			if (r >= m) continue;
#pragma unroll
			for (int j = 0; j < 4; j++) {
				int c = column0 + wn + j * 8 + lane % 4 * 2;
				store2(out + i64(r) * n + c, sum[i][j][h * 2], sum[i][j][h * 2 + 1], n - c, pairs);
			}
		}
}

#define GEMM(name, XK, YN)                                                          \
	KERNEL(THREADS) name(product p) {                                               \
		__shared__ __attribute__((aligned(128))) char memory[STAGES * 2 * TILE * DEPTH * 2]; \
		gemm<XK, YN>(memory, p);                                                    \
	}

// The names say which axis follows memory: of x, k or m; of y, n or k.
GEMM(gemm_kn, true, true)
GEMM(gemm_kk, true, false)
GEMM(gemm_mn, false, true)
GEMM(gemm_mk, false, false)
