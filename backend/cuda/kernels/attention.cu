// Attention and its gradients, tile by tile: scores stay in shared memory and registers, never in the device's memory
// (Dao et al. 2022). A tile is 16 or 32 queries by 32 keys, a thread computes four scores of each of its queries, and
// every eighth column of its part of a result. Arithmetic is float32, elements are of TYPE.
#include "attention.cuh"

enum { THREADS = 128, KEYS = 32, PAD = KEYS + 1 };

// A block keeps its own rows in shared memory. Of WIDE heads it has room for WIDTH columns at a time: both sides come in parts.
template <int DIM> constexpr bool WIDE = DIM > 128;
template <int DIM> constexpr int WIDTH = WIDE<DIM> ? 64 : DIM;

// Lines are rows of an operand from first on, of n columns.
struct lines {
	const TYPE *at;
	i64 step, first, rows;
	int n;
	float scale;
};

// fill loads COUNT rows from a column on, scaled; what is beyond them is 0.
template <int COUNT, int DIM> INLINE void fill(float *to, const lines &from, int column) {
	for (int i = threadIdx.x; i < COUNT * DIM; i += THREADS) {
		int r = i / DIM, x = i % DIM;
		bool inside = from.first + r < from.rows && column + x < from.n;
		to[r * (DIM + 1) + x] = inside ? number(from.at[(from.first + r) * from.step + column + x]) * from.scale : 0;
	}
}

INLINE lines linesOf(const stack &m, i64 outer, i64 inner, i64 first, i64 rows, int n, float scale) {
	return {matrix(m, outer, inner), m.row, first, rows, n, scale};
}

// add adds the products of rows of a with rows of b, of n columns.
template <int R, int DIM> INLINE void add(float (&to)[R][4], const float *a, const float *b, int n) {
	int row = threadIdx.x / 8, lane = threadIdx.x % 8;
	for (int x = 0; x < n; x++) {
		float y[4];
#pragma unroll
		for (int j = 0; j < 4; j++) y[j] = b[(lane + 8 * j) * (DIM + 1) + x];
#pragma unroll
		for (int r = 0; r < R; r++) {
			float z = a[(row + 16 * r) * (DIM + 1) + x];
#pragma unroll
			for (int j = 0; j < 4; j++) to[r][j] = fma(z, y[j], to[r][j]);
		}
	}
}

// scores multiplies queries with keys, of which those at the block's own side, OWN, are there already unless heads are wide.
enum side { QUERY, KEY };
template <side OWN, int R, int DIM> INLINE void scores(float (&to)[R][4], float *a, const lines &queries, float *b, const lines &keys) {
	for (int r = 0; r < R; r++)
		for (int j = 0; j < 4; j++) to[r][j] = 0;
	for (int x = 0; x < keys.n; x += WIDTH<DIM>) {
		__syncthreads(); // what was there is read
		if (WIDE<DIM> || OWN == KEY) fill<16 * R, WIDTH<DIM>>(a, queries, x);
		if (WIDE<DIM> || OWN == QUERY) fill<KEYS, WIDTH<DIM>>(b, keys, x);
		__syncthreads();
		add<R, WIDTH<DIM>>(to, a, b, least(keys.n - x, WIDTH<DIM>));
	}
}

// eight folds a number over the threads that share a query.
template <class F> INLINE float eight(float x) {
	for (int lanes = 4; lanes > 0; lanes /= 2) x = F::of(x, shuffle(x, lanes));
	return x;
}

// gather adds the product of weights and rows of m: to[r] += sum over k of w[row, k] * m[k], or with ACROSS of w[k, row].
// With THERE the rows are at tile already, unless heads are wide.
template <int R, int DIM, int COUNT, bool ACROSS, bool THERE> INLINE void gather(float (&to)[R][DIM / 8], const float *w, float *tile, const lines &m) {
	int row = threadIdx.x / 8, lane = threadIdx.x % 8;
#pragma unroll
	for (int part = 0; part < DIM / WIDTH<DIM>; part++) {
		if (part && part * WIDTH<DIM> >= m.n) break;
		__syncthreads(); // weights are there, what was in the tile is read
		if (WIDE<DIM> || !THERE) {
			fill<COUNT, WIDTH<DIM>>(tile, m, part * WIDTH<DIM>);
			__syncthreads();
		}
		for (int k = 0; k < COUNT; k++) {
			float x[R];
#pragma unroll
			for (int r = 0; r < R; r++) x[r] = ACROSS ? w[k * PAD + row + 16 * r] : w[(row + 16 * r) * PAD + k];
#pragma unroll
			for (int c = 0; c < WIDTH<DIM> / 8; c++) {
				float y = tile[k * (WIDTH<DIM> + 1) + lane + 8 * c];
#pragma unroll
				for (int r = 0; r < R; r++) to[r][part * (WIDTH<DIM> / 8) + c] = fma(x[r], y, to[r][part * (WIDTH<DIM> / 8) + c]);
			}
		}
	}
}

template <int R, int DIM> INLINE void zero(float (&x)[R][DIM / 8]) {
#pragma unroll
	for (int r = 0; r < R; r++)
#pragma unroll
		for (int c = 0; c < DIM / 8; c++) x[r][c] = 0;
}

// put stores rows of a result, row-major with n columns.
template <int R, int DIM> INLINE void put(TYPE *to, const float (&x)[R][DIM / 8], i64 first, i64 rows, int n, float scale) {
	int row = threadIdx.x / 8, lane = threadIdx.x % 8;
#pragma unroll
	for (int r = 0; r < R; r++) {
		i64 i = first + row + 16 * r;
#pragma unroll
		for (int c = 0; c < DIM / 8; c++)
			if (i < rows && lane + 8 * c < n) to[i * n + lane + 8 * c] = rounded<TYPE>(x[r][c] * scale);
	}
}

template <int DIM> INLINE void forward(const attention &p, float *shared) {
	enum { R = 2, QUERIES = 16 * R };
	float *own = shared, *tile = own + QUERIES * (WIDTH<DIM> + 1), *weights = tile + KEYS * (WIDTH<DIM> + 1);
	place at = placeOf((p.l + QUERIES - 1) / QUERIES, p.heads, QUERIES);
	int row = threadIdx.x / 8, lane = threadIdx.x % 8;
	i64 head = at.outer * p.heads + at.inner;
	lines q = linesOf(p.q, at.outer, at.inner, at.first, p.l, p.e, p.scale);
	lines k = linesOf(p.k, at.outer, at.inner / p.group, 0, p.s, p.e, 1), v = linesOf(p.v, at.outer, at.inner / p.group, 0, p.s, p.d, 1);
	if (!WIDE<DIM>) fill<QUERIES, WIDTH<DIM>>(own, q, 0);
	float top[R], sums[R], y[R][DIM / 8];
	zero<R, DIM>(y);
	for (int r = 0; r < R; r++) {
		top[r] = -__builtin_inff();
		sums[r] = 0;
	}
	i64 end = visibleTo(p, at.first + QUERIES);
	for (i64 first = 0; first < end; first += KEYS) {
		float s[R][4];
		k.first = v.first = first;
		scores<QUERY, R, DIM>(s, own, q, tile, k);
#pragma unroll
		for (int r = 0; r < R; r++) {
			float m = top[r], total = 0;
#pragma unroll
			for (int j = 0; j < 4; j++) {
				s[r][j] = masked(p, s[r][j], at.outer, at.inner, at.first + row + 16 * r, first + lane + 8 * j);
				m = largest::of(m, s[r][j]);
			}
			m = eight<largest>(m);
			float shift = m == -__builtin_inff() ? 0 : m; // of nothing seen so far nothing remains
			float shrink = power(top[r] - shift);
#pragma unroll
			for (int j = 0; j < 4; j++) {
				float w = power(s[r][j] - shift);
				total += w;
				weights[(row + 16 * r) * PAD + lane + 8 * j] = w;
			}
			sums[r] = fma(sums[r], shrink, eight<sum>(total));
			top[r] = m;
#pragma unroll
			for (int c = 0; c < DIM / 8; c++) y[r][c] *= shrink;
		}
		gather<R, DIM, KEYS, false, false>(y, weights, tile, v);
	}
#pragma unroll
	for (int r = 0; r < R; r++) {
		i64 i = at.first + row + 16 * r;
		float scale = sums[r] == 0 ? 0 : 1 / sums[r];
#pragma unroll
		for (int c = 0; c < DIM / 8; c++) y[r][c] = sums[r] == 0 ? 0 : y[r][c] * scale;
		if (i < p.l && lane == 0) p.lse[head * p.l + i] = sums[r] == 0 ? 0 : top[r] + logarithm(sums[r]);
	}
	put<R, DIM>(p.y + head * p.l * p.d, y, at.first, p.l, p.d, 1);
}

// exponent is power for any x.
INLINE float exponent(float x) { return x > 89 ? __builtin_inff() : power(x); }

// A step of the gradient: from tiles of q, k, and of g, v the weights, and what comes to the scores.
template <int R> INLINE void back(const attention &p, float (&w)[R][4], float (&g)[R][4], i64 outer, i64 inner, i64 query, i64 key) {
	int row = threadIdx.x / 8, lane = threadIdx.x % 8;
	i64 at = (outer * p.heads + inner) * p.l;
#pragma unroll
	for (int r = 0; r < R; r++) {
		i64 i = query + row + 16 * r;
		float lse = i < p.l ? p.lse[at + i] : 0, delta = i < p.l ? p.delta[at + i] : 0;
#pragma unroll
		for (int j = 0; j < 4; j++) {
			w[r][j] = exponent(masked(p, w[r][j], outer, inner, i, key + lane + 8 * j) - lse);
			g[r][j] = w[r][j] * (g[r][j] - delta);
		}
	}
}

template <int R> INLINE void spread(float *to, const float (&x)[R][4]) {
	int row = threadIdx.x / 8, lane = threadIdx.x % 8;
#pragma unroll
	for (int r = 0; r < R; r++)
#pragma unroll
		for (int j = 0; j < 4; j++) to[(row + 16 * r) * PAD + lane + 8 * j] = x[r][j];
}

// The gradient by q: a block has a tile of queries and walks along the keys.
template <int DIM, int R> INLINE void backQ(const attention &p, float *shared) {
	enum { QUERIES = 16 * R };
	float *own = shared, *ownG = WIDE<DIM> ? own : own + QUERIES * (DIM + 1);
	float *tile = ownG + QUERIES * (WIDTH<DIM> + 1), *weights = tile + KEYS * (WIDTH<DIM> + 1);
	place at = placeOf((p.l + QUERIES - 1) / QUERIES, p.heads, QUERIES);
	lines q = linesOf(p.q, at.outer, at.inner, at.first, p.l, p.e, p.scale), g = linesOf(p.g, at.outer, at.inner, at.first, p.l, p.d, 1);
	lines k = linesOf(p.k, at.outer, at.inner / p.group, 0, p.s, p.e, 1), v = linesOf(p.v, at.outer, at.inner / p.group, 0, p.s, p.d, 1);
	if (!WIDE<DIM>) {
		fill<QUERIES, WIDTH<DIM>>(own, q, 0);
		fill<QUERIES, WIDTH<DIM>>(ownG, g, 0);
	}
	float dq[R][DIM / 8];
	zero<R, DIM>(dq);
	i64 end = visibleTo(p, at.first + QUERIES);
	for (i64 first = 0; first < end; first += KEYS) {
		float w[R][4], ds[R][4];
		k.first = v.first = first;
		scores<QUERY, R, DIM>(ds, ownG, g, tile, v);
		scores<QUERY, R, DIM>(w, own, q, tile, k);
		back<R>(p, w, ds, at.outer, at.inner, at.first, first);
		spread<R>(weights, ds);
		gather<R, DIM, KEYS, false, true>(dq, weights, tile, k);
	}
	put<R, DIM>(p.dq + (at.outer * p.heads + at.inner) * p.l * p.e, dq, at.first, p.l, p.e, p.scale);
}

// The gradients by k and v: a block has a tile of keys and walks along the queries of all heads that share them.
template <int DIM, int R> INLINE void backKV(const attention &p, float *shared) {
	enum { QUERIES = 16 * R };
	float *own = shared, *ownV = WIDE<DIM> ? own : own + KEYS * (DIM + 1);
	float *tile = ownV + KEYS * (WIDTH<DIM> + 1), *weights = tile + QUERIES * (WIDTH<DIM> + 1), *grads = weights + QUERIES * PAD;
	i64 kvHeads = p.heads / p.group;
	place at = placeOf((p.s + KEYS - 1) / KEYS, kvHeads, KEYS);
	lines k = linesOf(p.k, at.outer, at.inner, at.first, p.s, p.e, 1), v = linesOf(p.v, at.outer, at.inner, at.first, p.s, p.d, 1);
	if (!WIDE<DIM>) {
		fill<KEYS, WIDTH<DIM>>(own, k, 0);
		fill<KEYS, WIDTH<DIM>>(ownV, v, 0);
	}
	float dk[2][DIM / 8], dv[2][DIM / 8];
	zero<2, DIM>(dk);
	zero<2, DIM>(dv);
	for (i64 inner = at.inner * p.group; inner < (at.inner + 1) * p.group; inner++) {
		for (i64 first = p.causal ? at.first / QUERIES * QUERIES : 0; first < p.l; first += QUERIES) {
			lines q = linesOf(p.q, at.outer, inner, first, p.l, p.e, p.scale), g = linesOf(p.g, at.outer, inner, first, p.l, p.d, 1);
			float w[R][4], ds[R][4];
			scores<KEY, R, DIM>(w, tile, q, own, k);
			scores<KEY, R, DIM>(ds, tile, g, ownV, v);
			back<R>(p, w, ds, at.outer, inner, first, at.first);
			spread<R>(weights, w);
			spread<R>(grads, ds);
			gather<2, DIM, QUERIES, true, true>(dv, weights, tile, g);
			gather<2, DIM, QUERIES, true, false>(dk, grads, tile, q);
		}
	}
	i64 head = at.outer * kvHeads + at.inner;
	put<2, DIM>(p.dk + head * p.s * p.e, dk, at.first, p.s, p.e, 1);
	put<2, DIM>(p.dv + head * p.s * p.d, dv, at.first, p.s, p.d, 1);
}

#define ATTENTION(name, floats, function)    \
	KERNEL(THREADS) name(attention p) {      \
		__shared__ float shared[floats];     \
		function(p, shared);                 \
	}

ATTENTION(forward_64, 64 * 65 + 32 * PAD, forward<64>)
ATTENTION(forward_128, 64 * 129 + 32 * PAD, forward<128>)
ATTENTION(forward_256, 64 * 65 + 32 * PAD, forward<256>)
ATTENTION(back_q_64, 96 * 65 + 32 * PAD, (backQ<64, 2>))
ATTENTION(back_q_128, 64 * 129 + 16 * PAD, (backQ<128, 1>))
ATTENTION(back_q_256, 64 * 65 + 32 * PAD, (backQ<256, 2>))
ATTENTION(back_kv_64, 96 * 65 + 64 * PAD, (backKV<64, 2>))
ATTENTION(back_kv_128, 80 * 129 + 32 * PAD, (backKV<128, 1>))
ATTENTION(back_kv_256, 64 * 65 + 64 * PAD, (backKV<256, 2>))
