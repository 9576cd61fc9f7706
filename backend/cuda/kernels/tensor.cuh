// The instructions of tensor cores and of asynchronous copies, for elements of TYPE, in PTX NAME: sm_80 and newer. As tf32,
// elements are float, rounded to 10 bits of fraction when they are multiplied.
#pragma once
#include "hekla.cuh"

enum {
	CHUNK = 16 / sizeof(TYPE), // elements of a copy
	STEP = 2 * CHUNK,          // terms of one multiplication
};

INLINE u32 shared(const void *p) { return u32(i64((__attribute__((address_space(3))) const char *)p)); }

// copy16 starts a copy of 16 bytes; beyond the first n they are zero.
INLINE void copy16(u32 to, const char *from, int n) {
	asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(from), "r"(n) : "memory");
}
INLINE void commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int N> INLINE void wait() { asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory"); }

template <bool TRANSPOSED> INLINE void load(u32 at, u32 *r) {
	if (TRANSPOSED)
		asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
		             : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(at) : "memory");
	else
		asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
		             : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(at) : "memory");
}

INLINE u32 word(u32 at) {
	u32 x;
	asm volatile("ld.shared.b32 %0, [%1];" : "=r"(x) : "r"(at) : "memory");
	return x;
}

// round makes four elements what the multiplication takes: of float, hardware would cut the bits off.
INLINE void round(u32 *r) {
	if (sizeof(TYPE) == 4)
#pragma unroll
		for (int i = 0; i < 4; i++) asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(r[i]) : "f"(__builtin_bit_cast(float, r[i])));
}

#ifdef TF32
#define SHAPE "m16n8k8"
#else
#define SHAPE "m16n8k16"
#endif
INLINE void multiply(float *c, const u32 *a, const u32 *b) {
	asm("mma.sync.aligned." SHAPE ".row.col.f32." NAME "." NAME ".f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
	    : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3]) : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// store2 stores the first left of two elements, at once if pairs lie on a multiple of their size.
INLINE void store2(float *to, float x, float y, int left, bool pairs) {
	typedef float float2 __attribute__((ext_vector_type(2)));
	if (pairs && left > 1) {
		*(float2 *)to = float2{x, y};
		return;
	}
	if (left > 0) to[0] = x;
	if (left > 1) to[1] = y;
}
#ifndef TF32
INLINE u32 pair(float lo, float hi) {
	u32 y;
	asm("cvt.rn." NAME "x2.f32 %0, %1, %2;" : "=r"(y) : "f"(hi), "f"(lo));
	return y;
}
INLINE void store2(TYPE *to, float x, float y, int left, bool pairs) {
	u32 both = pair(x, y);
	if (pairs && left > 1) {
		*(u32 *)to = both;
		return;
	}
	if (left > 0) to[0].bits = both;
	if (left > 1) to[1].bits = both >> 16;
}
#endif
