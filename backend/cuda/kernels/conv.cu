// Convolutions and their gradients as matrix products whose second operand is never stored: one form, by what of
//
//	sum of x[n, ci, p*stride - pad + q*dilation] * w[co, ci, q] * y[n, co, p]
//
// is the result. Elements are of TYPE, arithmetic in float32. A block has 64 rows (channels) by 128 columns.
#include "digits.cuh"
#include "tile.cuh"

struct convolution {
	i64 m, j, k;
	const TYPE *a, *b;
	void *out;
	// Strides in elements. a[row, k]; b[outer j, outer k, place on three axes]; out[row, outer j], its inner places follow.
	i64 aRow, aOuter, aAt[3];
	i64 bOuterJ, bOuterK, bAt[3];
	i64 outRow, outOuter, inner;
	i64 aGroup, bGroup, outGroup;
	// The place in b on an axis is (j*jStep + k*kStep + offset) / step, within size; nothing is between the steps.
	i64 size[3], jStep[3], kStep[3], offset[3];
	divisor step[3];
	digits jDigits, kDigits;
	i64 groups, each, part; // terms of a block, and elements of the sums of one part
};

struct first {
	enum { N = 64 * DEPTH / THREADS };
	const convolution &p;
	const TYPE *base;
	int row, d;
	__device__ first(const convolution &p, int group) : p(p), base(p.a + group * p.aGroup) {
		d = threadIdx.x % DEPTH;
		row = threadIdx.x / DEPTH;
	}
	__device__ __forceinline__ void fetch(int k, int end, float *regs) {
		k += d;
		place t = split(k, p.kDigits);
		const TYPE *at = base + t.outer * p.aOuter + t.at[0] * p.aAt[0] + t.at[1] * p.aAt[1] + t.at[2] * p.aAt[2];
#pragma unroll
		for (int g = 0; g < N; g++) {
			int i = blockIdx.y * 64 + row + g * (THREADS / DEPTH);
			regs[g] = i < p.m && k < end ? number(at[i * p.aRow]) : 0;
		}
	}
	__device__ __forceinline__ void put(float to[DEPTH][64 + PAD], const float *regs) {
#pragma unroll
		for (int g = 0; g < N; g++) to[d][row + g * (THREADS / DEPTH)] = regs[g];
	}
};

// element returns that of b for a column and a term.
template <bool STEPS> INLINE float element(const convolution &p, const TYPE *base, const place &j, const place &k) {
	base += j.outer * p.bOuterJ + k.outer * p.bOuterK;
#pragma unroll
	for (int a = 0; a < 3; a++) {
		int at = j.at[a] * int(p.jStep[a]) + k.at[a] * int(p.kStep[a]) + int(p.offset[a]);
		if (STEPS) {
			if (at < 0) return 0;
			int q = divide(at, p.step[a]);
			if (q * int(p.step[a].size) != at) return 0;
			at = q;
		}
		if (u32(at) >= u32(p.size[a])) return 0;
		base += at * p.bAt[a];
	}
	return number(*base);
}

// The second operand, for results whose neighbours are columns: a thread has one column.
template <bool STEPS> struct columns {
	enum { N = 128 * DEPTH / THREADS };
	const convolution &p;
	const TYPE *base;
	int column, d;
	bool inside;
	place j;
	__device__ columns(const convolution &p, int group) : p(p), base(p.b + group * p.bGroup) {
		column = threadIdx.x % 128;
		d = threadIdx.x / 128 * N;
		u32 i = blockIdx.x * 128 + column;
		inside = i < p.j;
		j = split(i, p.jDigits);
	}
	__device__ __forceinline__ void fetch(int k, int end, float *regs) {
#pragma unroll
		for (int g = 0; g < N; g++) {
			int term = k + d + g;
			regs[g] = inside && term < end ? element<STEPS>(p, base, j, split(term, p.kDigits)) : 0;
		}
	}
	__device__ __forceinline__ void put(float to[DEPTH][128 + PAD], const float *regs) {
#pragma unroll
		for (int g = 0; g < N; g++) to[d + g][column] = regs[g];
	}
};

// The same where neighbours are terms: a thread has one term of a part.
struct terms {
	enum { N = 128 * DEPTH / THREADS };
	const convolution &p;
	const TYPE *base;
	int column, d;
	place j[N];
	__device__ terms(const convolution &p, int group) : p(p), base(p.b + group * p.bGroup) {
		d = threadIdx.x % DEPTH;
		column = threadIdx.x / DEPTH;
#pragma unroll
		for (int g = 0; g < N; g++) j[g] = split(blockIdx.x * 128 + column + g * (THREADS / DEPTH), p.jDigits);
	}
	__device__ __forceinline__ void fetch(int k, int end, float *regs) {
		k += d;
		place t = split(k, p.kDigits);
#pragma unroll
		for (int g = 0; g < N; g++) {
			bool inside = blockIdx.x * 128 + column + g * (THREADS / DEPTH) < p.j && k < end;
			regs[g] = inside ? element<false>(p, base, j[g], t) : 0;
		}
	}
	__device__ __forceinline__ void put(float to[DEPTH][128 + PAD], const float *regs) {
#pragma unroll
		for (int g = 0; g < N; g++) to[d][column + g * (THREADS / DEPTH)] = regs[g];
	}
};

template <class T> struct store {
	const convolution &p;
	T *base;
	__device__ __forceinline__ void operator()(int i, int j, const float *v) {
		i += blockIdx.y * 64;
		if (i >= p.m) return;
#pragma unroll
		for (int e = 0; e < 4; e++) {
			u32 c = blockIdx.x * 128 + j + e;
			if (c >= p.j) return;
			int outer = split(c, p.jDigits).outer;
			base[i * p.outRow + outer * p.outOuter + (c - outer * p.inner)] = rounded<T>(v[e]);
		}
	}
};

template <class B, class T> INLINE void convolve(stage<64, 128> &s, const convolution &p) {
	int group = blockIdx.z % p.groups, part = blockIdx.z / p.groups;
	int from = part * p.each, to = least(p.k, from + p.each);
	first a(p, group);
	B b(p, group);
	store<T> out = {p, (T *)p.out + group * p.outGroup + part * p.part};
	multiply<64, 128>(s, a, b, from, to, out);
}

#define CONV(name, B, T)                 \
	KERNEL(THREADS) name(convolution p) { \
		__shared__ stage<64, 128> s;     \
		convolve<B, T>(s, p);            \
	}

CONV(conv_out, columns<false>, TYPE)
CONV(conv_in, columns<true>, TYPE)
CONV(conv_weight, terms, float)
