// Attention and its gradients on tensor cores, for elements of TYPE (Dao 2023, FlashAttention-2): sm_80 and newer. A warp
// keeps M times 16 rows of its own side in registers: queries, or for the gradients by k and v keys. Tiles of the other side
// come to shared memory, the next while one is used, in chunks of 16 bytes whose order is mixed so that ldmatrix meets no
// bank twice. Scores stay in registers: the sums of one product are, as they lie, the first operand of the next. Weights
// and what comes to the scores are rounded to TYPE for it. Where the sums of wide heads fill more registers than a thread has,
// two warps share rows: each has half of the columns, and they add up their parts of the scores. Rows must begin at multiples
// of 16 bytes, and those of an odd number of columns have a place behind the last.
#include "attention.cuh"
#include "tensor.cuh"

#define LOG2E 1.44269504f

// power2 returns 2**x, off by two units in the last place: far less than the rounding of weights to TYPE.
INLINE float power2(float x) {
	float y;
	asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
	return y;
}

// quad folds a number over the four lanes that share a row.
template <class F> INLINE float quad(float x) {
	x = F::of(x, shuffle(x, 1));
	return F::of(x, shuffle(x, 2));
}

// hold loads rows of n columns as first operands; what is beyond them is 0.
template <int M, int DIM> INLINE void hold(u32 (&to)[M][DIM / 16][4], const TYPE *from, i64 stride, i64 first, i64 rows, int n) {
	int lane = threadIdx.x % 32;
#pragma unroll
	for (int m = 0; m < M; m++)
#pragma unroll
		for (int h = 0; h < 2; h++) {
			i64 i = first + m * 16 + h * 8 + lane / 4;
			const TYPE *at = from + i * stride;
#pragma unroll
			for (int d = 0; d < DIM / 8; d++) {
				int x = d * 8 + lane % 4 * 2;
				u32 both = i < rows && x < n ? *(const u32 *)(at + x) : 0;
				to[m][d / 2][h + d % 2 * 2] = x + 1 == n ? both & 0xffff : both;
			}
		}
}

// spot returns the place of chunk c of a row of a tile, in bytes.
template <int DIM> INLINE u32 spot(int row, int c) { return row * (DIM * 2) + (c ^ (row & 7)) * 16; }

// bring starts the copy of a tile of ROWS rows of n columns; what is beyond them is 0.
template <int ROWS, int DIM, int THREADS> INLINE void bring(u32 to, const TYPE *from, i64 stride, i64 first, i64 rows, int n) {
#pragma unroll
	for (int g = 0; g < ROWS * DIM / 8; g += THREADS) {
		int id = g + threadIdx.x, row = id / (DIM / 8), c = id % (DIM / 8);
		if (ROWS * DIM / 8 % THREADS && row >= ROWS) return;
		bool inside = first + row < rows && c * 8 < n;
		copy16(to + spot<DIM>(row, c), (const char *)(inside ? from + (first + row) * stride + c * 8 : from), inside ? least(n - c * 8, 8) * 2 : 0);
	}
}

INLINE void swap(u32 &x, u32 &y) {
	u32 was = x;
	x = y;
	y = was;
}

// bringBoth brings tiles of two operands, one behind the other, of e and of d columns.
template <int ROWS, int DIM, int THREADS> INLINE void bringBoth(u32 to, const attention &p, const stack &x, const stack &y, i64 outer, i64 inner, i64 first, i64 rows) {
	bring<ROWS, DIM, THREADS>(to, matrix(x, outer, inner), x.row, first, rows, p.e);
	bring<ROWS, DIM, THREADS>(to + ROWS * DIM * 2, matrix(y, outer, inner), y.row, first, rows, p.d);
}

// scores multiplies own rows with the rows of a tile, OWN columns from one on.
template <int M, int N, int DIM, int OWN> INLINE void scores(float (&to)[M][N / 8][4], const u32 (&own)[M][OWN / 16][4], u32 tile, int column) {
	int lane = threadIdx.x % 32, j = lane / 8, e = lane % 8;
#pragma unroll
	for (int i = 0; i < M * N / 2; i++) (&to[0][0][0])[i] = 0;
#pragma unroll
	for (int d = 0; d < OWN / 16; d++)
#pragma unroll
		for (int n = 0; n < N / 16; n++) {
			u32 b[4];
			load<false>(tile + spot<DIM>(n * 16 + j / 2 * 8 + e, column / 8 + d * 2 + (j & 1)), b);
#pragma unroll
			for (int m = 0; m < M; m++) {
				multiply(to[m][2 * n], own[m][d], b);
				multiply(to[m][2 * n + 1], own[m][d], b + 2);
			}
		}
}

// join adds COUNT sums of the two warps that share rows, each of its columns' products: both then have the same.
template <int COUNT> INLINE void join(float *sums, u32 memory) {
	u32 mine = memory + threadIdx.x * 16, other = memory + (threadIdx.x ^ 32) * 16, step = blockDim.x * 16;
#pragma unroll
	for (int i = 0; i < COUNT; i += 4)
		asm volatile("st.shared.v4.f32 [%0], {%1, %2, %3, %4};" ::"r"(mine + i / 4 * step), "f"(sums[i]), "f"(sums[i + 1]), "f"(sums[i + 2]), "f"(sums[i + 3]) : "memory");
	__syncthreads();
#pragma unroll
	for (int i = 0; i < COUNT; i += 4) {
		float x[4];
		asm volatile("ld.shared.v4.f32 {%0, %1, %2, %3}, [%4];" : "=f"(x[0]), "=f"(x[1]), "=f"(x[2]), "=f"(x[3]) : "r"(other + i / 4 * step) : "memory");
#pragma unroll
		for (int j = 0; j < 4; j++) sums[i + j] += x[j];
	}
}

// gather adds the product of weights and the rows of a tile, OWN columns from one on.
template <int M, int N, int DIM, int OWN> INLINE void gather(float (&to)[M][OWN / 8][4], const float (&w)[M][N / 8][4], u32 tile, int column) {
	int lane = threadIdx.x % 32, j = lane / 8, e = lane % 8;
#pragma unroll
	for (int k = 0; k < N / 16; k++) {
		u32 a[M][4];
#pragma unroll
		for (int m = 0; m < M; m++)
#pragma unroll
			for (int r = 0; r < 4; r++) a[m][r] = pair(w[m][2 * k + r / 2][r % 2 * 2], w[m][2 * k + r / 2][r % 2 * 2 + 1]);
#pragma unroll
		for (int d = 0; d < OWN / 16; d++) {
			u32 b[4];
			load<true>(tile + spot<DIM>(k * 16 + (j & 1) * 8 + e, column / 8 + d * 2 + j / 2), b);
#pragma unroll
			for (int m = 0; m < M; m++) {
				multiply(to[m][2 * d], a[m], b);
				multiply(to[m][2 * d + 1], a[m], b + 2);
			}
		}
	}
}

template <int M, int N> INLINE void zero(float (&x)[M][N][4]) {
#pragma unroll
	for (int i = 0; i < M * N * 4; i++) (&x[0][0][0])[i] = 0;
}

// put stores rows of a result, row-major with n columns, from one on.
template <int M, int DIM> INLINE void put(TYPE *to, const float (&x)[M][DIM / 8][4], i64 first, i64 rows, int n, int column, float scale) {
	int lane = threadIdx.x % 32;
#pragma unroll
	for (int m = 0; m < M; m++)
#pragma unroll
		for (int h = 0; h < 2; h++) {
			i64 i = first + m * 16 + h * 8 + lane / 4;
			if (i >= rows) continue;
			TYPE *row = to + i * n;
#pragma unroll
			for (int c = 0; c < DIM / 8; c++) {
				int at = column + c * 8 + lane % 4 * 2;
				u32 both = pair(x[m][c][2 * h] * scale, x[m][c][2 * h + 1] * scale);
				if (at >= n) continue;
				if (n & 1) {
					row[at].bits = both;
					if (at + 1 < n) row[at + 1].bits = both >> 16;
				} else
					*(u32 *)(row + at) = both;
			}
		}
}

INLINE int clamp(i64 n, int most) { return n < 0 ? 0 : n < most ? int(n) : most; }

// visible turns scores into logarithms of weights, to the base 2: rows are those from i, queries or with ACROSS keys.
template <int M, int N, bool ACROSS> INLINE void visible(const attention &p, float (&s)[M][N / 8][4], i64 outer, i64 inner, i64 i, i64 k, float scale) {
	int lane = threadIdx.x % 32, column = lane % 4 * 2;
	i64 left = (ACROSS ? p.l : p.s) - k, rows = (ACROSS ? p.s : p.l) - i;
	scale *= LOG2E;
	if (!p.kind && left >= N && rows >= 16 * M && (!p.causal || (ACROSS ? i + 16 * M <= k + 1 : k + N <= i + 1))) {
#pragma unroll
		for (int x = 0; x < M * N / 2; x++) (&s[0][0][0])[x] *= scale;
		return;
	}
	const i64 rowStep = ACROSS ? p.maskColumn : p.maskRow, columnStep = ACROSS ? p.maskRow : p.maskColumn;
	const i64 mask = outer * p.maskOuter + inner * p.maskInner + i * rowStep + (k + column) * columnStep;
#pragma unroll
	for (int m = 0; m < M; m++)
#pragma unroll
		for (int h = 0; h < 2; h++) {
			int row = m * 16 + h * 8 + lane / 4;
			i64 diagonal = i + row - k; // the column of the row's own number
			int from = (ACROSS && p.causal ? clamp(diagonal, N) : 0) - column;
			int until = row < rows ? clamp(!ACROSS && p.causal && diagonal + 1 < left ? diagonal + 1 : left, N) - column : -N;
			i64 at = mask + row * rowStep;
#pragma unroll
			for (int j = 0; j < N / 8; j++)
#pragma unroll
				for (int x = 0; x < 2; x++) {
					bool seen = j * 8 + x >= from && j * 8 + x < until;
					float score = s[m][j][2 * h + x] * scale;
					if (p.kind && seen) {
						i64 here = at + (j * 8 + x) * columnStep;
						if (p.kind == 1) seen = p.mask[here];
						else score = fma(number(((const TYPE *)p.mask)[here]), LOG2E, score);
					}
					s[m][j][2 * h + x] = seen ? score : -__builtin_inff();
				}
		}
}

// tileOf is placeOf for tiles of which, with causal, the last have most to do: they begin first.
INLINE place tileOf(const attention &p, i64 tiles, i64 heads, int size) {
	place at = placeOf(tiles, heads, size);
	if (p.causal) at.first = (tiles - 1) * size - at.first;
	return at;
}

template <int DIM, int KEYS, int M, int WARPS, int SPLIT> INLINE void forward(const attention &p, u32 memory) {
	static_assert(SPLIT == 1, "a warp has all columns of its rows");
	enum { QUERIES = 16 * M * WARPS, THREADS = 32 * WARPS, TILE = KEYS * DIM * 2 };
	place at = tileOf(p, (p.l + QUERIES - 1) / QUERIES, p.heads, QUERIES);
	int lane = threadIdx.x % 32;
	i64 head = at.outer * p.heads + at.inner, mine = at.first + threadIdx.x / 32 * (16 * M);
	i64 end = visibleTo(p, at.first + QUERIES);
	bringBoth<KEYS, DIM, THREADS>(memory, p, p.k, p.v, at.outer, at.inner / p.group, 0, p.s);
	commit();
	u32 q[M][DIM / 16][4];
	hold<M, DIM>(q, matrix(p.q, at.outer, at.inner), p.q.row, mine, p.l, p.e);
	float top[M][2], sums[M][2], y[M][DIM / 8][4], scale = p.scale;
	zero<M, DIM / 8>(y);
#pragma unroll
	for (int r = 0; r < 2 * M; r++) {
		top[r / 2][r % 2] = -__builtin_inff();
		sums[r / 2][r % 2] = 0;
	}
	u32 now = memory, next = memory + 2 * TILE;
	for (i64 first = 0; first < end; first += KEYS) {
		wait<0>();
		__syncthreads(); // this tile is there, that before is read
		if (first + KEYS < end) bringBoth<KEYS, DIM, THREADS>(next, p, p.k, p.v, at.outer, at.inner / p.group, first + KEYS, p.s);
		commit();
		float s[M][KEYS / 8][4];
		scores<M, KEYS, DIM, DIM>(s, q, now, 0);
		visible<M, KEYS, false>(p, s, at.outer, at.inner, mine, first, scale);
#pragma unroll
		for (int m = 0; m < M; m++)
#pragma unroll
			for (int h = 0; h < 2; h++) {
				float most = top[m][h], total = 0;
#pragma unroll
				for (int j = 0; j < KEYS / 8; j++) most = largest::of(largest::of(most, s[m][j][2 * h]), s[m][j][2 * h + 1]);
				most = quad<largest>(most);
				float shift = most == -__builtin_inff() ? 0 : most; // of nothing seen so far nothing remains
				float shrink = power2(top[m][h] - shift);
#pragma unroll
				for (int j = 0; j < KEYS / 8; j++)
#pragma unroll
					for (int r = 2 * h; r < 2 * h + 2; r++) {
						s[m][j][r] = power2(s[m][j][r] - shift);
						total += s[m][j][r];
					}
				sums[m][h] = fma(sums[m][h], shrink, total); // of this lane's columns
				top[m][h] = most;
				if (DIM <= 128 || shrink != 1) // tiles of wide heads have few keys, mostly none that matters more than all before
#pragma unroll
					for (int c = 0; c < DIM / 8; c++) {
						y[m][c][2 * h] *= shrink;
						y[m][c][2 * h + 1] *= shrink;
					}
			}
		gather<M, KEYS, DIM, DIM>(y, s, now + TILE, 0);
		swap(now, next);
	}
#pragma unroll
	for (int m = 0; m < M; m++)
#pragma unroll
		for (int h = 0; h < 2; h++) {
			i64 i = mine + m * 16 + h * 8 + lane / 4;
			float total = quad<sum>(sums[m][h]), part = total == 0 ? 0 : 1 / total;
#pragma unroll
			for (int c = 0; c < DIM / 8; c++) {
				y[m][c][2 * h] *= part;
				y[m][c][2 * h + 1] *= part;
			}
			if (i < p.l && lane % 4 == 0) p.lse[head * p.l + i] = total == 0 ? 0 : top[m][h] * 0.693147181f + logarithm(total);
		}
	put<M, DIM>(p.y + head * p.l * p.d, y, mine, p.l, p.d, 0, 1);
}

// The gradient by q: a block has queries and walks along the keys.
template <int DIM, int KEYS, int M, int WARPS, int SPLIT> INLINE void backQ(const attention &p, u32 memory) {
	enum { OWN = DIM / SPLIT, QUERIES = 16 * M * WARPS / SPLIT, THREADS = 32 * WARPS, TILE = KEYS * DIM * 2 };
	place at = tileOf(p, (p.l + QUERIES - 1) / QUERIES, p.heads, QUERIES);
	int lane = threadIdx.x % 32, warp = threadIdx.x / 32, column = warp % SPLIT * OWN;
	i64 head = at.outer * p.heads + at.inner, mine = at.first + warp / SPLIT * (16 * M);
	i64 end = visibleTo(p, at.first + QUERIES);
	bringBoth<KEYS, DIM, THREADS>(memory, p, p.k, p.v, at.outer, at.inner / p.group, 0, p.s);
	commit();
	u32 q[M][OWN / 16][4], g[M][OWN / 16][4];
	hold<M, OWN>(q, matrix(p.q, at.outer, at.inner) + column, p.q.row, mine, p.l, p.e - column);
	hold<M, OWN>(g, matrix(p.g, at.outer, at.inner) + column, p.g.row, mine, p.l, p.d - column);
	float lse[M][2], delta[M][2], dq[M][OWN / 8][4], scale = p.scale;
	zero<M, OWN / 8>(dq);
#pragma unroll
	for (int r = 0; r < 2 * M; r++) {
		i64 i = mine + r * 8 + lane / 4;
		lse[r / 2][r % 2] = i < p.l ? p.lse[head * p.l + i] * LOG2E : 0;
		delta[r / 2][r % 2] = i < p.l ? p.delta[head * p.l + i] : 0;
	}
	u32 now = memory, next = memory + 2 * TILE;
	for (i64 first = 0; first < end; first += KEYS) {
		wait<0>();
		__syncthreads();
		if (first + KEYS < end) bringBoth<KEYS, DIM, THREADS>(next, p, p.k, p.v, at.outer, at.inner / p.group, first + KEYS, p.s);
		commit();
		float products[2][M][KEYS / 8][4], (&w)[M][KEYS / 8][4] = products[0], (&ds)[M][KEYS / 8][4] = products[1];
		scores<M, KEYS, DIM, OWN>(w, q, now, column);
		scores<M, KEYS, DIM, OWN>(ds, g, now + TILE, column);
		if (SPLIT > 1) join<M * KEYS>(&products[0][0][0][0], memory + 4 * TILE);
		visible<M, KEYS, false>(p, w, at.outer, at.inner, mine, first, scale);
#pragma unroll
		for (int m = 0; m < M; m++)
#pragma unroll
			for (int j = 0; j < KEYS / 8; j++)
#pragma unroll
				for (int r = 0; r < 4; r++) ds[m][j][r] = power2(w[m][j][r] - lse[m][r / 2]) * (ds[m][j][r] - delta[m][r / 2]);
		gather<M, KEYS, DIM, OWN>(dq, ds, now, column);
		swap(now, next);
	}
	put<M, OWN>(p.dq + head * p.l * p.e, dq, mine, p.l, p.e, column, scale);
}

// The gradients by k and v: a block has keys and walks along the queries of all heads that share them.
template <int DIM, int QUERIES, int M, int WARPS, int SPLIT> INLINE void backKV(const attention &p, u32 memory) {
	enum { OWN = DIM / SPLIT, KEYS = 16 * M * WARPS / SPLIT, THREADS = 32 * WARPS, TILE = QUERIES * DIM * 2 };
	i64 kvHeads = p.heads / p.group;
	place at = placeOf((p.s + KEYS - 1) / KEYS, kvHeads, KEYS);
	int lane = threadIdx.x % 32, warp = threadIdx.x / 32, column = warp % SPLIT * OWN;
	i64 mine = at.first + warp / SPLIT * (16 * M), begin = p.causal ? at.first / QUERIES * QUERIES : 0;
	i64 inner = at.inner * p.group, last = inner + p.group;
	u32 now = memory, next = memory + 2 * TILE;
	if (begin < p.l) {
		bringBoth<QUERIES, DIM, THREADS>(now, p, p.q, p.g, at.outer, inner, begin, p.l);
	} else {
		inner = last; // none sees these keys
	}
	commit();
	u32 k[M][OWN / 16][4], v[M][OWN / 16][4];
	hold<M, OWN>(k, matrix(p.k, at.outer, at.inner) + column, p.k.row, mine, p.s, p.e - column);
	hold<M, OWN>(v, matrix(p.v, at.outer, at.inner) + column, p.v.row, mine, p.s, p.d - column);
	float dk[M][OWN / 8][4], dv[M][OWN / 8][4], scale = p.scale;
	zero<M, OWN / 8>(dk);
	zero<M, OWN / 8>(dv);
	for (i64 first = begin; inner < last;) {
		wait<0>();
		__syncthreads();
		i64 then = first + QUERIES, thenInner = inner;
		if (then >= p.l) {
			then = begin;
			thenInner++;
		}
		if (thenInner < last) bringBoth<QUERIES, DIM, THREADS>(next, p, p.q, p.g, at.outer, thenInner, then, p.l);
		commit();
		float products[2][M][QUERIES / 8][4], (&w)[M][QUERIES / 8][4] = products[0], (&ds)[M][QUERIES / 8][4] = products[1];
		scores<M, QUERIES, DIM, OWN>(w, k, now, column);
		scores<M, QUERIES, DIM, OWN>(ds, v, now + TILE, column);
		if (SPLIT > 1) join<M * QUERIES>(&products[0][0][0][0], memory + 4 * TILE);
		visible<M, QUERIES, true>(p, w, at.outer, inner, mine, first, scale);
		i64 rows = (at.outer * p.heads + inner) * p.l;
#pragma unroll
		for (int j = 0; j < QUERIES / 8; j++)
#pragma unroll
			for (int x = 0; x < 2; x++) {
				i64 i = first + j * 8 + lane % 4 * 2 + x;
				float lse = i < p.l ? p.lse[rows + i] * LOG2E : 0, delta = i < p.l ? p.delta[rows + i] : 0;
#pragma unroll
				for (int m = 0; m < M; m++)
#pragma unroll
					for (int r = x; r < 4; r += 2) {
						w[m][j][r] = power2(w[m][j][r] - lse);
						ds[m][j][r] = w[m][j][r] * (ds[m][j][r] - delta);
					}
			}
		gather<M, QUERIES, DIM, OWN>(dv, w, now + TILE, column);
		gather<M, QUERIES, DIM, OWN>(dk, ds, now, column);
		first = then;
		inner = thenInner;
		swap(now, next);
	}
	i64 head = at.outer * kvHeads + at.inner;
	put<M, OWN>(p.dk + head * p.s * p.e, dk, mine, p.s, p.e, column, scale);
	put<M, OWN>(p.dv + head * p.s * p.d, dv, mine, p.s, p.d, column, 1);
}

// BLOCKS share a multiprocessor. A block has two pairs of tiles, and WARPS warps with M times 16 rows each, of which SPLIT
// share rows and have room for two sets of scores.
#define FLASH(name, function, DIM, ROWS, M, WARPS, SPLIT, BLOCKS)                                                             \
	extern "C" __global__ __launch_bounds__(WARPS * 32, BLOCKS) void name(attention p) {                                       \
		__shared__ __attribute__((aligned(128))) char memory[4 * ROWS * DIM * 2 + (SPLIT - 1) * WARPS * 32 * M * ROWS * 4];    \
		function<DIM, ROWS, M, WARPS, SPLIT>(p, shared(memory));                                                               \
	}

FLASH(forward_64, forward, 64, 64, 2, 4, 1, 2)
FLASH(forward_128, forward, 128, 32, 1, 8, 1, 1)
FLASH(forward_256, forward, 256, 16, 1, 8, 1, 1)
FLASH(back_q_64, backQ, 64, 64, 1, 4, 1, 2)
FLASH(back_q_128, backQ, 128, 32, 1, 4, 1, 2)
FLASH(back_q_256, backQ, 256, 16, 1, 8, 2, 1)
FLASH(back_kv_64, backKV, 64, 32, 1, 4, 1, 2)
FLASH(back_kv_128, backKV, 128, 16, 1, 4, 1, 2)
FLASH(back_kv_256, backKV, 256, 16, 1, 8, 2, 1)
