// Functions of float32 and of the lanes of a warp.
#pragma once

#include "hekla.cuh"

INLINE float shuffle(float x, int lanes) {
	float y;
	asm volatile("shfl.sync.bfly.b32 %0, %1, %2, 31, -1;" : "=f"(y) : "f"(x), "r"(lanes));
	return y;
}

struct sum { static __device__ __forceinline__ float of(float x, float y) { return x + y; } };
// largest gives NaN where there is one.
struct largest { static __device__ __forceinline__ float of(float x, float y) { return x > y || x != x ? x : y; } };

// fold combines a number of each thread of a team, in the same order every time, and gives the result to all.
template <int TEAM, class F> INLINE float fold(float x, float *shared) {
	for (int lanes = 16; lanes > 0; lanes /= 2) x = F::of(x, shuffle(x, lanes));
	if (TEAM == 32) return x;
	__syncthreads(); // what was in shared is read
	if (threadIdx.x % 32 == 0) shared[threadIdx.x / 32] = x;
	__syncthreads();
	x = shared[0];
	for (int w = 1; w < TEAM / 32; w++) x = F::of(x, shared[w]);
	return x;
}

// power returns e**x for x <= 0. (Cephes, expf.)
INLINE float power(float x) {
	if (!(x > -104)) return x == x ? 0 : x;
	float n = (x * 1.44269504f + 12582912.f) - 12582912.f; // to the nearest integer
	float r = fma(n, -0.693145752f, x);
	r = fma(n, -1.42860677e-6f, r);
	float p = 1.9875691500e-4f;
	p = fma(p, r, 1.3981999507e-3f);
	p = fma(p, r, 8.3334519073e-3f);
	p = fma(p, r, 4.1665795894e-2f);
	p = fma(p, r, 1.6666665459e-1f);
	p = fma(p, r, 5.0000001201e-1f);
	float y = fma(p * r, r, r) + 1;
	int k = int(n), half = k >> 1; // 2**k may be no normal number
	return y * __builtin_bit_cast(float, (half + 127) << 23) * __builtin_bit_cast(float, (k - half + 127) << 23);
}

// logarithm returns the natural one of x >= 1. (Cephes, logf.)
INLINE float logarithm(float x) {
	if (!(x < __builtin_inff())) return x;
	int b = __builtin_bit_cast(int, x), e = (b >> 23) - 126;
	float m = __builtin_bit_cast(float, (b & 0x7fffff) | 126 << 23);
	if (m < 0.707106781f) {
		e--;
		m += m;
	}
	m -= 1;
	float z = m * m, p = 7.0376836292e-2f;
	p = fma(p, m, -1.1514610310e-1f);
	p = fma(p, m, 1.1676998740e-1f);
	p = fma(p, m, -1.2420140846e-1f);
	p = fma(p, m, 1.4249322787e-1f);
	p = fma(p, m, -1.6668057665e-1f);
	p = fma(p, m, 2.0000714765e-1f);
	p = fma(p, m, -2.4999993993e-1f);
	p = fma(p, m, 3.3333331174e-1f);
	float y = p * m * z;
	y = fma(float(e), -2.12194440e-4f, y);
	y = fma(-0.5f, z, y);
	return fma(float(e), 0.693359375f, m + y);
}
