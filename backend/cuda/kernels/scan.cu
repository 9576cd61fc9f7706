// Running operations along the axis n of x [outer, n, inner], in one pass where there are lines enough to fill the GPU. Else
// lines are cut into chunks: a pass finds what each chunk comes to, a second what comes before each, a third runs through.
// Every element is combined in an order that depends on the shape alone.
#include "elements.cuh"

enum { BLOCK = 256, EACH = 4 };

struct scan {
	i64 lines, n, inner;
	i64 chunk, chunks; // elements of a chunk; chunks of a line
	const TYPE *x;
	TYPE *y;
	i64 *index;  // of running extrema
	void *carry; // states, chunk by chunk, of every line; null if lines are whole
	i64 reverse, totals;
};

typedef wider<TYPE>::type number_t;

// An operation has a state: none at first, one of each element, and a way to join that of earlier and of later ones.
struct adding {
	typedef number_t state;
	static __device__ __forceinline__ state none() { return 0; }
	static __device__ __forceinline__ state one(TYPE x, i64) { return number(x); }
	static __device__ __forceinline__ state join(state x, state y) { return x + y; }
	static __device__ __forceinline__ void put(const scan &p, i64 at, state x) { store(p.y + at, x); }
};
struct multiplying : adding {
	static __device__ __forceinline__ state none() { return 1; }
	static __device__ __forceinline__ state join(state x, state y) { return x * y; }
};

// The largest or smallest so far, the last of several, or the last NaN. -1 is the index of none.
template <bool LARGEST> struct extreme {
	struct state {
		decltype(number(TYPE())) x;
		i64 index;
	};
	static __device__ __forceinline__ state none() { return {0, -1}; }
	static __device__ __forceinline__ state one(TYPE x, i64 i) { return {number(x), i}; }
	static __device__ __forceinline__ state join(state x, state y) {
		bool better = y.x != y.x || (x.x == x.x && (LARGEST ? y.x >= x.x : y.x <= x.x));
		bool later = x.index < 0 || (y.index >= 0 && better);
		return {later ? y.x : x.x, later ? y.index : x.index};
	}
	static __device__ __forceinline__ void put(const scan &p, i64 at, state s) {
		store(p.y + at, s.x);
		p.index[at] = p.reverse ? p.n - 1 - s.index : s.index;
	}
};

#ifdef FLOAT
// The logarithm of a sum of e**x is kept as the largest x and the sum of e**(x - largest).
struct logadding {
	struct state { FLOAT top, sum; };
	static __device__ __forceinline__ state none() { return {-__builtin_inff(), 0}; }
	static __device__ __forceinline__ state one(TYPE x, i64) { return {number(x), 1}; }
	static __device__ __forceinline__ state join(state x, state y) {
		FLOAT top = x.top > y.top || x.top != x.top ? x.top : y.top;
		if (!(top - top == 0)) return {top, 1}; // infinite or NaN
		return {top, x.sum * power(x.top - top) + y.sum * power(y.top - top)};
	}
	static __device__ __forceinline__ void put(const scan &p, i64 at, state s) {
		p.y[at] = narrow<TYPE>(s.top + logarithm(s.sum));
	}
};
#endif

// A part is the elements of a chunk of one line; place i counts in the direction of the scan.
struct part {
	i64 base, step, from, to, carry;
	__device__ __forceinline__ part(const scan &p, i64 line, i64 chunk) {
		base = line / p.inner * p.n * p.inner + line % p.inner;
		step = p.inner;
		if (p.reverse) {
			base += (p.n - 1) * step;
			step = -step;
		}
		from = chunk * p.chunk;
		to = from + p.chunk < p.n ? from + p.chunk : p.n;
		carry = chunk * p.lines + line;
	}
	__device__ __forceinline__ i64 at(i64 i) const { return base + i * step; }
};

// columns runs a thread along each part: neighbouring threads have neighbouring lines.
template <class OP> INLINE void columns(const scan &p) {
	typedef typename OP::state state;
	i64 line = i64(blockIdx.x) * BLOCK + threadIdx.x;
	if (line >= p.lines) return;
	part c(p, line, blockIdx.y);
	state s = p.carry && !p.totals ? ((state *)p.carry)[c.carry] : OP::none();
	for (i64 i = c.from; i < c.to; i++) {
		i64 at = c.at(i);
		s = OP::join(s, OP::one(p.x[at], i));
		if (!p.totals) OP::put(p, at, s);
	}
	if (p.totals) ((state *)p.carry)[c.carry] = s;
}

// rows runs a team of threads along each part of a line whose elements are neighbours.
template <class OP, int TEAM> INLINE void rows(const scan &p) {
	typedef typename OP::state state;
	__shared__ state shared[TEAM / 32];
	i64 line = i64(blockIdx.x) * (BLOCK / TEAM) + threadIdx.x / TEAM;
	int rank = threadIdx.x % TEAM;
	if (line >= p.lines) return; // all of a team
	part c(p, line, blockIdx.y);
	state s = p.carry && !p.totals ? ((state *)p.carry)[c.carry] : OP::none();
	for (i64 tile = c.from; tile < c.to; tile += TEAM * EACH) {
		state own[EACH];
		i64 first = tile + rank * EACH;
#pragma unroll
		for (int e = 0; e < EACH; e++) own[e] = first + e < c.to ? OP::one(p.x[c.at(first + e)], first + e) : OP::none();
#pragma unroll
		for (int e = 1; e < EACH; e++) own[e] = OP::join(own[e - 1], own[e]);
		state total = own[EACH - 1];
#pragma unroll
		for (int lanes = 1; lanes < 32; lanes *= 2) {
			state before = above(total, lanes);
			if (rank % 32 >= lanes) total = OP::join(before, total);
		}
		state before = above(total, 1), all = lane(total, 31);
		if (rank % 32 == 0) before = OP::none();
		if (TEAM > 32) {
			__syncthreads(); // what was in shared is read
			if (rank % 32 == 31) shared[rank / 32] = total;
			__syncthreads();
			state warps = OP::none();
#pragma unroll 1
			for (int w = 0; w < TEAM / 32; w++) {
				if (w == rank / 32) before = OP::join(warps, before);
				warps = OP::join(warps, shared[w]);
			}
			all = warps;
		}
		before = OP::join(s, before);
		s = OP::join(s, all);
		if (!p.totals)
#pragma unroll
			for (int e = 0; e < EACH; e++)
				if (first + e < c.to) OP::put(p, c.at(first + e), OP::join(before, own[e]));
	}
	if (p.totals && rank == 0) ((state *)p.carry)[c.carry] = s;
}

// carries replaces what each chunk comes to by what comes before it.
template <class OP> INLINE void carries(const scan &p) {
	typedef typename OP::state state;
	i64 line = i64(blockIdx.x) * BLOCK + threadIdx.x;
	if (line >= p.lines) return;
	state s = OP::none(), *at = (state *)p.carry + line;
	for (i64 i = 0; i < p.chunks; i++, at += p.lines) {
		state here = *at;
		*at = s;
		s = OP::join(s, here);
	}
}

#define SCAN(name, ...)                                             \
	KERNEL(BLOCK) name##_warp(scan p) { rows<__VA_ARGS__, 32>(p); }    \
	KERNEL(BLOCK) name##_block(scan p) { rows<__VA_ARGS__, BLOCK>(p); } \
	KERNEL(BLOCK) name##_columns(scan p) { columns<__VA_ARGS__>(p); }  \
	KERNEL(BLOCK) name##_carries(scan p) { carries<__VA_ARGS__>(p); }

SCAN(sum, adding)
SCAN(product, multiplying)
SCAN(largest, extreme<true>)
SCAN(smallest, extreme<false>)
#ifdef FLOAT
SCAN(logsum, logadding)
#endif
