// Convolutions and their gradients on tensor cores, in the form of conv.cu: sm_80 and newer. Channels are the innermost axis
// of both operands, padded with zeros to chunks of 16 bytes (kernels arrange), so that the elements of the second, which
// is never stored, come to shared memory in whole chunks: some channels at the place that a tap, an element of the window,
// has for a place of the result.
#include "digits.cuh"
#include "tensortile.cuh"

// Operands in which channels are innermost are made of those where they are not.
struct arrangement {
	const TYPE *from;
	TYPE *to;
	i64 places, channels, padded;
	i64 fromOuter, fromChannel, fromGroup; // elements; places follow each other
	i64 toOuter, toPlace, toGroup;
};

extern "C" __global__ __launch_bounds__(THREADS) void arrange(arrangement p) {
	__shared__ TYPE tile[32][32 + 4 / sizeof(TYPE)];
	u32 tiles = (p.places + 31) / 32, outer = blockIdx.x / tiles;
	int tx = threadIdx.x % 32, ty = threadIdx.x / 32;
	i64 place = i64(blockIdx.x % tiles) * 32, channel = i64(blockIdx.y) * 32;
	const TYPE *from = p.from + outer * p.fromOuter + blockIdx.z * p.fromGroup + place + tx;
	TYPE *to = p.to + outer * p.toOuter + blockIdx.z * p.toGroup + channel + tx;
#pragma unroll
	for (int g = 0; g < 32; g += THREADS / 32) {
		int r = g + ty;
		TYPE x = {};
		if (channel + r < p.channels && place + tx < p.places) x = from[(channel + r) * p.fromChannel];
		tile[r][tx] = x;
	}
	__syncthreads();
#pragma unroll
	for (int g = 0; g < 32; g += THREADS / 32) {
		int r = g + ty;
		if (place + r < p.places && channel + tx < p.padded) to[(place + r) * p.toPlace] = tile[tx][r];
	}
}

struct convolution {
	i64 m, lines, end; // rows; images' places; chunks of all taps
	const char *a, *b;
	void *out;
	i64 aStep, aGroup, bGroup, bOuter, bAt[3];  // bytes
	i64 outRow, outOuter, inner, outGroup; // elements; inner places follow each other
	// The place in b on an axis is (line*lineStep + tap*tapStep + offset) / step, within size; nothing is between the steps.
	i64 size[3], lineStep[3], tapStep[3], offset[3];
	divisor step[3];
	digits places, taps;
	divisor chunks; // of one tap
	i64 groups, each, part; // terms of a block, and elements of the sums of one part
};

// A spot is an image, or channels, and a place on three axes that is yet to be added to another.
struct spot {
	const char *at;
	int axis[3];
};

INLINE spot lineAt(const convolution &p, u32 line) {
	place l = split(line, p.places);
	spot s = {p.b + l.outer * p.bOuter, {}};
#pragma unroll
	for (int a = 0; a < 3; a++) s.axis[a] = l.at[a] * int(p.lineStep[a]) + int(p.offset[a]);
	return s;
}

INLINE spot chunkAt(const convolution &p, u32 chunk) {
	u32 tap = divide(chunk, p.chunks);
	place t = split(tap, p.taps);
	spot s = {(const char *)(i64(chunk - tap * p.chunks.size) * 16), {}};
#pragma unroll
	for (int a = 0; a < 3; a++) s.axis[a] = t.at[a] * int(p.tapStep[a]);
	return s;
}

// chunk16 starts the copy of a chunk: of zeros, if it is not inside.
template <bool STEPS> INLINE void chunk16(u32 to, const convolution &p, const spot &line, const spot &tap, bool inside) {
	const char *from = line.at + i64(tap.at);
#pragma unroll
	for (int a = 0; a < 3; a++) {
		int at = line.axis[a] + tap.axis[a];
		if (STEPS) {
			int q = divide(at < 0 ? 0 : at, p.step[a]);
			inside = inside && q * int(p.step[a].size) == at;
			at = q;
		}
		inside = inside && u32(at) < u32(p.size[a]);
		from += at * p.bAt[a];
	}
	copy16(to, inside ? from : p.b, inside ? 16 : 0);
}

// The second operand where terms are chunks: a thread has some lines, which are columns.
template <bool STEPS> struct byColumn : layout<true, COLUMNS> {
	const convolution &p;
	spot lines[COPIES];
	int inside;
	i64 group;
	__device__ byColumn(const convolution &p, i64 group) : p(p), inside(0), group(group) {
#pragma unroll
		for (int g = 0; g < COPIES; g++) {
			u32 line = blockIdx.x * COLUMNS + lineOf(threadIdx.x + g * THREADS);
			inside |= (line < p.lines) << g;
			lines[g] = lineAt(p, line);
			lines[g].at += group;
		}
	}
	__device__ __forceinline__ void fetch(u32 to, int k, int) const {
		u32 chunk = k / CHUNK + chunkOf(threadIdx.x);
		spot tap = chunkAt(p, chunk);
#pragma unroll
		for (int g = 0; g < COPIES; g++) {
			int id = threadIdx.x + g * THREADS;
			chunk16<STEPS>(to + at(lineOf(id), chunkOf(id)), p, lines[g], tap, inside >> g & 1 && chunk < p.end);
		}
	}
};

// The same where terms are lines: a thread has one chunk of columns.
struct byTerm : layout<false, COLUMNS> {
	const convolution &p;
	spot tap;
	bool inside;
	__device__ byTerm(const convolution &p, i64 group) : p(p) {
		u32 chunk = blockIdx.x * ACROSS + chunkOf(threadIdx.x);
		inside = chunk < p.end;
		tap = chunkAt(p, chunk);
		tap.at += group;
	}
	__device__ __forceinline__ void fetch(u32 to, int k, int end) const {
#pragma unroll
		for (int g = 0; g < COPIES; g++) {
			int id = threadIdx.x + g * THREADS, line = lineOf(id);
			chunk16<false>(to + at(line, chunkOf(id)), p, lineAt(p, k + line), tap, inside && k + line < end);
		}
	}
};

// The convolution, or with STEPS its gradient by the operand: columns are images' places.
template <int M, bool STEPS> INLINE void across(u32 memory, const convolution &p) {
	i64 group = blockIdx.z;
	part<true, 32 * M> a(p.a + group * p.aGroup, p.aStep, p.m, blockIdx.y * (32 * M));
	byColumn<STEPS> b(p, group * p.bGroup);
	float sum[M][4][4];
	accumulate(sum, memory, a, b, 0, p.end * CHUNK);
	TYPE *out = (TYPE *)p.out + group * p.outGroup;
	deliver(sum, p.m, [&](int r, u32 c, float x, float y) {
		TYPE *row = out + r * p.outRow;
		u32 outer = split(c, p.places).outer, inner = p.inner;
		if (inner % 2 == 0) { // both are of one image
			store2(row + outer * p.outOuter + (c - outer * inner), x, y, int(p.lines - c), true);
			return;
		}
		if (c < p.lines) row[outer * p.outOuter + (c - outer * inner)] = rounded<TYPE>(x);
		outer = split(++c, p.places).outer;
		if (c < p.lines) row[outer * p.outOuter + (c - outer * inner)] = rounded<TYPE>(y);
	});
}

// The gradient by the weight: columns are the channels of taps, sums are of some terms and kept in float.
template <int M> INLINE void weight(u32 memory, const convolution &p) {
	i64 group = blockIdx.z % p.groups, which = blockIdx.z / p.groups;
	int from = which * p.each, to = least(p.lines, from + p.each), columns = p.end * CHUNK;
	part<false, 32 * M> a(p.a + group * p.aGroup, p.aStep, p.m, blockIdx.y * (32 * M));
	byTerm b(p, group * p.bGroup);
	float sum[M][4][4];
	accumulate(sum, memory, a, b, from, to);
	float *out = (float *)p.out + group * p.outGroup + which * p.part;
	deliver(sum, p.m, [&](int r, int c, float x, float y) { store2(out + r * p.outRow + c, x, y, columns - c, true); });
}

#define CONV(name, M, function)                                                                \
	KERNEL(THREADS) name(convolution p) {                                                       \
		__shared__ __attribute__((aligned(128))) char memory[STAGES * (32 * M + COLUMNS) * 64]; \
		function(shared(memory), p);                                                            \
	}

CONV(conv_out_64, 2, (across<2, false>))
CONV(conv_out_128, 4, (across<4, false>))
CONV(conv_in_64, 2, (across<2, true>))
CONV(conv_in_128, 4, (across<4, true>))
CONV(conv_weight_64, 2, weight<2>)
CONV(conv_weight_128, 4, weight<4>)
