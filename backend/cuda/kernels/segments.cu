// Sums of rows of src [l, rest] whose keys are equal, added to row key of y [size, rest]. Keys are sorted, order says which row
// each is of. A thread has a column of a chunk of keys; runs of keys that reach over the end of a chunk are summed in parts.
#include "elements.cuh"

enum { BLOCK = 256, CHUNK = 32 };

template <class T, class FLOAT> struct segments {
	i64 l, rest, size;
	const u32 *keys, *order;
	const T *src;
	FLOAT *y;
	FLOAT *parts; // [chunks, 2, rest]: of the run that the chunk begins in, of the one that it ends in

	// goesOn tells whether the run that ends before key i goes on with it.
	__device__ __forceinline__ bool goesOn(i64 i) const { return i > 0 && i < l && keys[i - 1] == keys[i]; }
};

template <class T, class FLOAT> INLINE void sums(const segments<T, FLOAT> &p) {
	i64 t = i64(blockIdx.x) * BLOCK + threadIdx.x, chunk = t / p.rest, column = t % p.rest;
	i64 i = chunk * CHUNK, end = i + CHUNK < p.l ? i + CHUNK : p.l;
	if (i >= p.l) return;
	bool early = p.goesOn(i), late = p.goesOn(end);
	FLOAT sum = 0, *parts = p.parts + chunk * 2 * p.rest + column;
	u32 key = p.keys[i];
	for (; i < end; i++) {
		u32 k = p.keys[i];
		if (k != key) {
			if (early)
				parts[0] = sum;
			else
				p.y[i64(key) * p.rest + column] += sum;
			early = false;
			key = k;
			sum = 0;
		}
		if (k < p.size) sum += number(p.src[i64(p.order[i]) * p.rest + column]);
	}
	if (early)
		parts[0] = sum;
	else if (late)
		parts[p.rest] = sum;
	else if (key < p.size)
		p.y[i64(key) * p.rest + column] += sum;
}

// joined adds up the parts of the runs that end a chunk which they did not begin in.
template <class T, class FLOAT> INLINE void joined(const segments<T, FLOAT> &p) {
	i64 t = i64(blockIdx.x) * BLOCK + threadIdx.x, chunk = t / p.rest, column = t % p.rest;
	i64 first = chunk * CHUNK, end = first + CHUNK;
	if (!p.goesOn(end)) return;
	u32 key = p.keys[end];
	if (key >= p.size || (p.keys[first] == key && p.goesOn(first))) return; // it began before
	FLOAT *parts = p.parts + chunk * 2 * p.rest + column, sum = parts[p.rest];
	for (;;) {
		parts += 2 * p.rest;
		sum += parts[0];
		end += CHUNK;
		if (end >= p.l || p.keys[end - 1] != key || !p.goesOn(end)) break;
	}
	p.y[i64(key) * p.rest + column] += sum;
}

#define SEGMENTS(name, T, FLOAT)                                              \
	KERNEL(BLOCK) sums_##name(segments<T, FLOAT> p) { sums<T, FLOAT>(p); }       \
	KERNEL(BLOCK) joined_##name(segments<T, FLOAT> p) { joined<T, FLOAT>(p); }
SEGMENTS(f32, float, float)
SEGMENTS(f16, half, float)
SEGMENTS(bf16, bfloat, float)
SEGMENTS(f64, double, double)
