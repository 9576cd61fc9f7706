// Products of matrices [m, k] and [k, n], in float32 arithmetic, with the
// result in row-major order, of elements of TYPE. Each operand follows one of its
// axes in memory.
#include "product.cuh"
#include "tile.cuh"
#ifdef ACTIVATIONS
#include "zz_activation.cuh"
#else
INLINE float same(float x) { return x; }
#endif

// An operand's part: LONG elements of its outer axis by DEPTH terms. With ALONG,
// terms follow each other in memory.
template <class T, int LONG, bool ALONG> struct matrix {
	enum { N = LONG * DEPTH / THREADS };
	const char *base;
	i64 step;
	int size, first; // of the outer axis
	bool vectors;    // four elements can be loaded at once

	__device__ matrix(const char *at, i64 step, int size, int first, int terms) : base(at), step(step), size(size), first(first) {
		vectors = ((i64(at) | step) & (4 * sizeof(T) - 1)) == 0 && ((ALONG ? terms : size) & 3) == 0;
	}

	// element of this thread's group g of four: outer index i, term d, of the part.
	INLINE void place(int g, int &i, int &d) {
		int id = threadIdx.x + g * THREADS;
		i = ALONG ? id / (DEPTH / 4) : id % (LONG / 4) * 4;
		d = ALONG ? id % (DEPTH / 4) * 4 : id / (LONG / 4);
	}

	__device__ __forceinline__ void fetch(int k, int end, float *regs) {
#pragma unroll
		for (int g = 0; g < N / 4; g++) {
			int i, d;
			place(g, i, d);
			i += first;
			d += k;
			const char *at = base + (ALONG ? i * step + d * i64(sizeof(T)) : d * step + i * i64(sizeof(T)));
			bool inside = i < size && d < end;
			if (vectors) {
#pragma unroll
				for (int e = 0; e < 4; e++) regs[g * 4 + e] = 0;
				if (inside) fetch4((const T *)at, regs + g * 4);
			} else {
#pragma unroll
				for (int e = 0; e < 4; e++) {
					bool in = ALONG ? i < size && d + e < end : i + e < size && d < end;
					regs[g * 4 + e] = in ? number(((const T *)at)[e]) : 0;
				}
			}
		}
	}

	__device__ __forceinline__ void put(float to[DEPTH][LONG + PAD], const float *regs) {
#pragma unroll
		for (int g = 0; g < N / 4; g++) {
			int i, d;
			place(g, i, d);
			if (ALONG) {
#pragma unroll
				for (int e = 0; e < 4; e++) to[d + e][i] = regs[g * 4 + e];
			} else {
				store4(&to[d][i], regs + g * 4);
			}
		}
	}
};

// rows stores results in row-major order, each after THEN.
template <class T, float THEN(float)> struct rows {
	T *base;
	const T *bias;
	int m, n, row, column;
	__device__ __forceinline__ void operator()(int i, int j, const float *sums) {
		i += row;
		j += column;
		if (i >= m) return;
		float v[4];
#pragma unroll
		for (int e = 0; e < 4; e++) v[e] = THEN(bias && j + e < n ? sums[e] + number(bias[j + e]) : sums[e]);
		T *to = base + i64(i) * n + j;
		if ((n & 3) == 0) {
			if (j < n) store4(to, v);
			return;
		}
#pragma unroll
		for (int e = 0; e < 4; e++)
			if (j + e < n) to[e] = rounded<T>(v[e]);
	}
};

template <class T, bool XK, bool YN, float THEN(float)> INLINE void gemm(stage<128, 128> &s, const product &p) {
	const char *x, *y;
	i64 which = place(p, x, y);
	int row = blockIdx.y * 128, column = blockIdx.x * 128;
	matrix<T, 128, XK> a(x, p.xStep, p.m, row, p.k);
	matrix<T, 128, !YN> b(y, p.yStep, p.n, column, p.k);
	rows<T, THEN> out = {(T *)p.out + which * p.m * p.n, (const T *)p.bias, int(p.m), int(p.n), row, column};
	multiply<128, 128>(s, a, b, 0, int(p.k), out);
}

#define GEMM(name, XK, YN, THEN)            \
	KERNEL(THREADS) name(product p) {       \
		__shared__ stage<128, 128> s;       \
		gemm<TYPE, XK, YN, THEN>(s, p);     \
	}

// The names say which axis follows memory: of x, k or m; of y, n or k. Activations
// follow in layers, whose weights follow k.
#ifdef ACTIVATIONS
GEMM(gemm_kk_relu, true, false, relu)
GEMM(gemm_kk_gelu, true, false, gelu)
GEMM(gemm_kk_gelutanh, true, false, gelutanh)
#else
GEMM(gemm_kn, true, true, same)
GEMM(gemm_kk, true, false, same)
GEMM(gemm_mn, false, true, same)
GEMM(gemm_mk, false, false, same)
#endif
