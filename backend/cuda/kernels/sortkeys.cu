// Keys that order as elements do: zeros of both signs are one, all NaN are the largest; or as indices do.
#include "elements.cuh"

enum { BLOCK = 256 };

struct making {
	i64 count, n, inner; // elements; those of a line; lines lie inner apart: x is [outer, n, inner], keys [outer, inner, n]
	const void *x;
	void *keys;
	i64 descending;
};

template <class BITS, class KEY, bool REAL> INLINE void keys(const making &p, BITS infinity) {
	i64 i = i64(blockIdx.x) * BLOCK + threadIdx.x;
	if (i >= p.count) return;
	i64 line = i / p.n;
	BITS b = ((const BITS *)p.x)[(line / p.inner * p.n + i % p.n) * p.inner + line % p.inner];
	const BITS top = BITS(BITS(1) << (8 * sizeof(BITS) - 1)), all = BITS(~BITS(0));
	BITS size = b & BITS(~top);
	if (!REAL)
		b ^= infinity; // the top bit of signed integers, 0 of others
	else if (size > infinity)
		b = all;
	else if (size == 0)
		b = top;
	else
		b = b & top ? BITS(~b) : BITS(b | top);
	((KEY *)p.keys)[i] = p.descending ? BITS(~b) : b;
}

#define KEYS(name, BITS, KEY, REAL, infinity) KERNEL(BLOCK) keys_##name(making p) { keys<BITS, KEY, REAL>(p, BITS(infinity)); }
KEYS(f32, u32, u32, true, 0x7f800000)
KEYS(f16, u16, u32, true, 0x7c00)
KEYS(bf16, u16, u32, true, 0x7f80)
KEYS(f64, u64, u64, true, 0x7ffll << 52)
KEYS(i64, u64, u64, false, 1ull << 63)
KEYS(i32, u32, u32, false, 1u << 31)
KEYS(i16, u16, u32, false, 1 << 15)
KEYS(i8, u8, u32, false, 1 << 7)
KEYS(u8, u8, u32, false, 0)

// Indices of an axis; those that it does not have are left in the cell of errors, and sort behind the others.
struct indexing {
	i64 count;
	const char *index;
	i64 step, size; // bytes from one to the next; of the axis
	u32 *keys;
	i64 *cell;
};

template <class T> INLINE void indices(const indexing &p) {
	i64 i = i64(blockIdx.x) * BLOCK + threadIdx.x;
	if (i >= p.count) return;
	i64 at = *(const T *)(p.index + i * p.step);
	if (u64(at) >= u64(p.size)) {
		p.cell[1] = at;
		p.cell[0] = 1;
		at = p.size;
	}
	p.keys[i] = u32(at);
}

KERNEL(BLOCK) indices_i64(indexing p) { indices<i64>(p); }
KERNEL(BLOCK) indices_i32(indexing p) { indices<int>(p); }
