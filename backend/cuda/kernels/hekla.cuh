// What kernels need of CUDA, without a header of NVIDIA's: clang knows the rest.
#pragma once

#include <__clang_cuda_builtin_vars.h>
#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __shared__ __attribute__((shared))
#define __forceinline__ __inline__ __attribute__((always_inline))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))

// Two blocks of a kernel share a multiprocessor, which bounds its registers.
#define KERNEL(threads) extern "C" __global__ __launch_bounds__(threads, 2) void
#define INLINE static __device__ __forceinline__

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef long long i64;
typedef unsigned long long u64;

// Element types. half and bfloat are kept as bits.
struct half { u16 bits; };
struct bfloat { u16 bits; };

// Vectors, loaded and stored at once.
typedef float float4 __attribute__((ext_vector_type(4)));
typedef u16 short4 __attribute__((ext_vector_type(4)));

INLINE float number(float x) { return x; }
INLINE float number(bfloat x) { return __builtin_bit_cast(float, u32(x.bits) << 16); }
INLINE float number(half x) {
	float y;
	asm("cvt.f32.f16 %0, %1;" : "=f"(y) : "h"(x.bits));
	return y;
}

// rounded returns x in an element type, to nearest, ties to even.
template <class T> __device__ T rounded(float x);
template <> __device__ __forceinline__ float rounded<float>(float x) { return x; }
template <> __device__ __forceinline__ half rounded<half>(float x) {
	half y;
	asm("cvt.rn.f16.f32 %0, %1;" : "=h"(y.bits) : "f"(x));
	return y;
}
template <> __device__ __forceinline__ bfloat rounded<bfloat>(float x) {
	u32 b = __builtin_bit_cast(u32, x);
	u32 r = (b + 0x7fff + (b >> 16 & 1)) >> 16;
	return {u16((b & 0x7fffffff) > 0x7f800000 ? 0x7fc0 : r)};
}

// fetch4 loads four elements of global memory that lie on a multiple of their size. In C the compiler takes the vector
// apart.
#define GLOBAL(p) ((const __attribute__((address_space(1))) char *)(const char *)(p))
INLINE void fetch4(const float *p, float *to) {
	asm volatile("ld.global.v4.f32 {%0, %1, %2, %3}, [%4];" : "=f"(to[0]), "=f"(to[1]), "=f"(to[2]), "=f"(to[3]) : "l"(GLOBAL(p)));
}
template <class T> INLINE void fetch4(const T *p, float *to) {
	T v[4];
	asm volatile("ld.global.v4.u16 {%0, %1, %2, %3}, [%4];" : "=h"(v[0].bits), "=h"(v[1].bits), "=h"(v[2].bits), "=h"(v[3].bits) : "l"(GLOBAL(p)));
	for (int e = 0; e < 4; e++) to[e] = number(v[e]);
}

// load4 and store4 move four elements that lie on a multiple of their size.
INLINE void load4(const float *p, float *to) {
	float4 v = *(const float4 *)p;
	for (int e = 0; e < 4; e++) to[e] = v[e];
}
INLINE void store4(float *p, const float *x) { *(float4 *)p = float4{x[0], x[1], x[2], x[3]}; }
template <class T> INLINE void store4(T *p, const float *x) {
	short4 v;
	for (int e = 0; e < 4; e++) v[e] = rounded<T>(x[e]).bits;
	*(short4 *)p = v;
}

INLINE float fma(float x, float y, float z) { return __builtin_fmaf(x, y, z); }
INLINE int least(int x, int y) { return x < y ? x : y; }

// A divisor divides by multiplication: q = (n * mul >> 32) + n >> shift, for n
// below 2^31. The host computes both words.
struct divisor { u32 size, mul, shift, unused; };
INLINE u32 divide(u32 n, const divisor &d) { return (u32(u64(n) * d.mul >> 32) + n) >> d.shift; }
