// Products of matrices [m, k] and [k, n] on tensor cores, of TYPE with sums in float32: for sm_80 and newer. A block has
// 128 by 128 results. Operands must begin at, and step by, multiples of 16 bytes.
#include "product.cuh"
#include "tensortile.cuh"
#ifdef ACTIVATIONS
#include "zz_activation.cuh"
#else
INLINE float same(float x) { return x; }
#endif

template <bool XK, bool YN, float THEN(float)> INLINE void gemm(char *memory, const product &p) {
	const char *x, *y;
	i64 which = place(p, x, y);
	int m = p.m, n = p.n;
	part<XK, 128> a(x, p.xStep, m, blockIdx.y * 128);
	part<!YN, COLUMNS> b(y, p.yStep, n, blockIdx.x * COLUMNS);
	float sum[4][4][4];
	accumulate(sum, shared(memory), a, b, 0, p.k);
	TYPE *out = (TYPE *)p.out + which * p.m * p.n;
	bool pairs = (n & 1) == 0;
	const TYPE *bias = (const TYPE *)p.bias;
	deliver(sum, m, [=](int r, int c, float x, float y) {
		if (bias && c < n) x += number(bias[c]);
		if (bias && c + 1 < n) y += number(bias[c + 1]);
		store2(out + i64(r) * n + c, THEN(x), THEN(y), n - c, pairs);
	});
}

#define GEMM(name, XK, YN, THEN)                                                        \
	KERNEL(THREADS) name(product p) {                                                   \
		__shared__ __attribute__((aligned(128))) char memory[STAGES * (128 + COLUMNS) * 64]; \
		gemm<XK, YN, THEN>(memory, p);                                                  \
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
