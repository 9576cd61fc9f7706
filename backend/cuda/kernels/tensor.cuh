// The instructions of tensor cores, for 16-bit floats, TYPE or in PTX NAME, and of asynchronous copies: sm_80 and newer.
#pragma once
#include "hekla.cuh"

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

INLINE void multiply(float *c, const u32 *a, const u32 *b) {
	asm("mma.sync.aligned.m16n8k16.row.col.f32." NAME "." NAME ".f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
	    : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3]) : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

INLINE void store2(TYPE *to, float x, float y, int left, bool pairs) {
	if (pairs && left > 1) {
		*(u32 *)to = rounded<TYPE>(x).bits | u32(rounded<TYPE>(y).bits) << 16;
		return;
	}
	if (left > 0) to[0] = rounded<TYPE>(x);
	if (left > 1) to[1] = rounded<TYPE>(y);
}
