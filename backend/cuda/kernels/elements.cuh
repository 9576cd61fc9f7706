// Elements of every type, and the wider numbers in which they are summed.
#pragma once

#include "math.cuh"
#include "math64.cuh"

INLINE double number(double x) { return x; }
INLINE i64 number(i64 x) { return x; }
template <> __device__ __forceinline__ double rounded<double>(float x) { return x; }

// A wider number holds a running sum of elements: double for floats, i64 for integers.
template <class T> struct wider { typedef double type; };
template <> struct wider<i64> { typedef i64 type; };

template <class T> INLINE T narrow(double x) { return rounded<T>(float(x)); }
template <> __device__ __forceinline__ double narrow<double>(double x) { return x; }
INLINE void store(i64 *p, i64 x) { *p = x; }
template <class T> INLINE void store(T *p, double x) { *p = narrow<T>(x); }

// above gives lane i what lane i-lanes has, of any size; the first lanes keep their own.
template <class S> INLINE S above(const S &s, int lanes) {
	u32 w[sizeof(S) / 4];
	__builtin_memcpy(w, &s, sizeof(S));
#pragma unroll
	for (u32 &x : w) {
		u32 y;
		asm volatile("shfl.sync.up.b32 %0, %1, %2, 0, -1;" : "=r"(y) : "r"(x), "r"(lanes));
		x = y;
	}
	S y;
	__builtin_memcpy(&y, w, sizeof(S));
	return y;
}

// lane gives all lanes what one of them has.
template <class S> INLINE S lane(const S &s, int which) {
	u32 w[sizeof(S) / 4];
	__builtin_memcpy(w, &s, sizeof(S));
#pragma unroll
	for (u32 &x : w) {
		u32 y;
		asm volatile("shfl.sync.idx.b32 %0, %1, %2, 31, -1;" : "=r"(y) : "r"(x), "r"(which));
		x = y;
	}
	S y;
	__builtin_memcpy(&y, w, sizeof(S));
	return y;
}
