// Stable sort of lines of keys of type KEY. Of short lines each element counts those that come before it. Others are sorted
// 8 bits at a time from the lowest: lines that fit a block in its shared memory; longer ones are cut into tiles: a pass counts the digits of each tile, finds where each tile's elements of
// each digit go, and moves them there, in runs of neighbours. Order is that of digits and places alone.
#include "elements.cuh"

enum { BLOCK = 256, WARPS = BLOCK / 32, EACH = 8, TILE = BLOCK * EACH, DIGITS = 256 };

struct sorting {
	i64 lines, n, tiles;
	i64 shift, bits; // of the digit of a pass; of a key
	const KEY *keys;
	const u32 *order; // null: the elements are in order
	KEY *sorted;      // null if nobody wants them
	u32 *result;      // where each element was
	u32 *counts;      // [lines, DIGITS, tiles], then where those of a tile begin within their digit
	u32 *totals;      // [lines, DIGITS]
};

// A room is the shared memory of a block.
struct room {
	u32 counts[WARPS][DIGITS];
	u32 start[DIGITS], base[DIGITS], sums[WARPS];
	KEY keys[TILE];
	u32 index[TILE];
};

INLINE u32 ballot(bool p) { return __nvvm_vote_ballot_sync(-1, p); }
INLINE int ones(u32 x) { return __builtin_popcount(x); }

// before returns the sum of what the threads below this one have.
INLINE u32 before(u32 x, room &s) {
	int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
	u32 sum = x;
#pragma unroll
	for (int lanes = 1; lanes < 32; lanes *= 2) {
		u32 y = above(sum, lanes);
		if (lane >= lanes) sum += y;
	}
	if (lane == 31) s.sums[warp] = sum;
	__syncthreads();
	u32 base = 0;
	for (int w = 0; w < warp; w++) base += s.sums[w];
	__syncthreads();
	return base + sum - x;
}

// A tile in registers: element e of a thread is place(e). Each warp has neighbours.
struct tile {
	KEY key[EACH];
	u32 index[EACH], to[EACH];
	int lane, warp, count;

	__device__ __forceinline__ tile(i64 count) : lane(threadIdx.x % 32), warp(threadIdx.x / 32), count(count < TILE ? int(count) : TILE) {}
	__device__ __forceinline__ int place(int e) const { return warp * (32 * EACH) + e * 32 + lane; }
	__device__ __forceinline__ bool inside(int e) const { return place(e) < count; }
	static __device__ __forceinline__ u32 digit(KEY k, int shift) { return u32(k >> shift) & (DIGITS - 1); }

	// rank finds where each element comes in the tile, by a digit: start has the first place of each.
	__device__ __forceinline__ void rank(int shift, room &s) {
#pragma unroll
		for (int w = 0; w < WARPS; w++) s.counts[w][threadIdx.x] = 0;
		__syncthreads();
#pragma unroll
		for (int e = 0; e < EACH; e++) {
			u32 d = digit(key[e], shift), same = ballot(inside(e));
#pragma unroll
			for (int b = 0; b < 8; b++) {
				bool one = d >> b & 1;
				u32 those = ballot(one);
				same &= one ? those : ~those;
			}
			// The first of those with this digit counts for all.
			u32 mine = 0;
			int below = ones(same & ((1u << lane) - 1)), first = __builtin_ctz(same | 1u << 31);
			if (inside(e) && below == 0) asm volatile("atom.shared.add.u32 %0, [%1], %2;" : "=r"(mine) : "l"((__attribute__((address_space(3))) u32 *)&s.counts[warp][d]), "r"(ones(same)));
			u32 y;
			asm volatile("shfl.sync.idx.b32 %0, %1, %2, 31, -1;" : "=r"(y) : "r"(mine), "r"(first));
			to[e] = y + below;
		}
		__syncthreads();
		u32 total = 0;
#pragma unroll
		for (int w = 0; w < WARPS; w++) {
			u32 c = s.counts[w][threadIdx.x];
			s.counts[w][threadIdx.x] = total;
			total += c;
		}
		s.start[threadIdx.x] = before(total, s);
		__syncthreads();
#pragma unroll
		for (int e = 0; e < EACH; e++) {
			u32 d = digit(key[e], shift);
			to[e] += s.start[d] + s.counts[warp][d];
		}
	}

	// exchange brings the elements in order of their ranks to shared memory.
	__device__ __forceinline__ void exchange(room &s) {
#pragma unroll
		for (int e = 0; e < EACH; e++)
			if (inside(e)) {
				s.keys[to[e]] = key[e];
				s.index[to[e]] = index[e];
			}
		__syncthreads();
	}
};

// few sorts lines of up to BLOCK elements, as many to a block as fit: tiles is the power of two that a line has threads.
KERNEL(BLOCK) few(sorting p) {
	__shared__ KEY keys[BLOCK];
	int width = int(p.tiles), n = int(p.n), at = threadIdx.x & (width - 1), first = threadIdx.x - at;
	i64 line = i64(blockIdx.x) * (BLOCK / width) + first / width, base = line * n;
	bool inside = line < p.lines && at < n;
	KEY key = inside ? p.keys[base + at] : 0;
	keys[threadIdx.x] = key;
	__syncthreads();
	if (!inside) return;
	int to = 0;
#pragma unroll 4
	for (int i = 0; i < n; i++) {
		KEY other = keys[first + i];
		to += (other < key) | ((other == key) & (i < at));
	}
	p.result[base + to] = at;
	if (p.sorted) p.sorted[base + to] = key;
}

// line sorts a line of up to TILE elements in one block.
KERNEL(BLOCK) line(sorting p) {
	__shared__ room s;
	i64 base = i64(blockIdx.x) * p.n;
	tile t(p.n);
#pragma unroll
	for (int e = 0; e < EACH; e++) {
		t.key[e] = t.inside(e) ? p.keys[base + t.place(e)] : 0;
		t.index[e] = t.place(e);
	}
#pragma unroll 1
	for (int shift = 0; shift < p.bits; shift += 8) {
		t.rank(shift, s);
		t.exchange(s);
#pragma unroll
		for (int e = 0; e < EACH; e++)
			if (t.inside(e)) {
				t.key[e] = s.keys[t.place(e)];
				t.index[e] = s.index[t.place(e)];
			}
		__syncthreads();
	}
#pragma unroll
	for (int e = 0; e < EACH; e++)
		if (t.inside(e)) {
			p.result[base + t.place(e)] = t.index[e];
			if (p.sorted) p.sorted[base + t.place(e)] = t.key[e];
		}
}

KERNEL(BLOCK) count(sorting p) {
	__shared__ u32 counts[DIGITS];
	i64 which = blockIdx.x / p.tiles, first = blockIdx.x % p.tiles * TILE;
	const KEY *keys = p.keys + which * p.n;
	counts[threadIdx.x] = 0;
	__syncthreads();
#pragma unroll
	for (int e = 0; e < EACH; e++) {
		i64 i = first + e * BLOCK + threadIdx.x;
		if (i < p.n) asm volatile("red.shared.add.u32 [%0], 1;" ::"l"((__attribute__((address_space(3))) u32 *)&counts[tile::digit(keys[i], p.shift)]));
	}
	__syncthreads();
	p.counts[(which * DIGITS + threadIdx.x) * p.tiles + blockIdx.x % p.tiles] = counts[threadIdx.x];
}

// offsets has a warp for each digit of each line.
KERNEL(BLOCK) offsets(sorting p) {
	i64 row = i64(blockIdx.x) * WARPS + threadIdx.x / 32;
	int lane = threadIdx.x % 32;
	u32 *c = p.counts + row * p.tiles, sum = 0;
	for (i64 i = 0; i < p.tiles; i += 32) {
		u32 x = i + lane < p.tiles ? c[i + lane] : 0, upto = x;
#pragma unroll
		for (int lanes = 1; lanes < 32; lanes *= 2) {
			u32 y = above(upto, lanes);
			if (lane >= lanes) upto += y;
		}
		if (i + lane < p.tiles) c[i + lane] = sum + upto - x;
		sum += ::lane(upto, 31);
	}
	if (lane == 0) p.totals[row] = sum;
}

KERNEL(BLOCK) move(sorting p) {
	__shared__ room s;
	i64 which = blockIdx.x / p.tiles, number = blockIdx.x % p.tiles, base = which * p.n, first = base + number * TILE;
	tile t(p.n - number * TILE);
#pragma unroll
	for (int e = 0; e < EACH; e++) {
		t.key[e] = t.inside(e) ? p.keys[first + t.place(e)] : 0;
		t.index[e] = !t.inside(e) ? 0 : p.order ? p.order[first + t.place(e)] : u32(number * TILE + t.place(e));
	}
	s.base[threadIdx.x] = before(p.totals[which * DIGITS + threadIdx.x], s) + p.counts[(which * DIGITS + threadIdx.x) * p.tiles + number];
	t.rank(p.shift, s);
	t.exchange(s);
#pragma unroll
	for (int e = 0; e < EACH; e++) {
		int i = e * BLOCK + threadIdx.x;
		if (i >= t.count) continue;
		KEY k = s.keys[i];
		u32 d = tile::digit(k, p.shift);
		i64 to = base + s.base[d] + (i - s.start[d]);
		p.result[to] = s.index[i];
		if (p.sorted) p.sorted[to] = k;
	}
}
