#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require

// A tile of a product, for GPUs: a workgroup brings Deep places of the sum of
// Rows rows and Columns columns into shared memory at a time, while the next
// ones are on their way to registers. An invocation sums up High rows and Wide
// columns, which are spread over the tile, so that neighbours read and write
// neighbouring words.

#ifdef LINEAR
#define PARAMS 4
#else
#define PARAMS 3
#endif
#include "launch.glsl"
#include "element.glsl"
#include "operand.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint Group = 256; // Rows / High * Columns / Wide
layout(constant_id = 1) const uint Rows = 64;
layout(constant_id = 2) const uint Columns = 64;
layout(constant_id = 3) const uint Deep = 16;
layout(constant_id = 4) const uint High = 4;
layout(constant_id = 5) const uint Wide = 4;
layout(constant_id = 6) const uint XType = Float32;
layout(constant_id = 7) const uint YType = Float32;
layout(constant_id = 8) const uint XKind = Plain;
layout(constant_id = 9) const uint YKind = Plain;
// Whether neighbours in memory are places of the sum, rather than lines.
layout(constant_id = 10) const bool XAlong = true;
layout(constant_id = 11) const bool YAlong = false;

const uint Down = Rows / High, Across = Columns / Wide;
const uint XEach = Rows * Deep / Group, YEach = Columns * Deep / Group;

layout(set = 0, binding = 0) readonly buffer X { uint x[]; };
layout(set = 0, binding = 1) readonly buffer Y { uint y[]; };
layout(set = 0, binding = 2) writeonly buffer Z { float z[]; };
#ifdef LINEAR
layout(constant_id = 12) const uint Then = 0;
const uint Bias = First + 12 + 4 * 4 + 2 * OperandParams;
#include "linear.glsl"
#endif

// One word more than a power of two, lest columns fall on the same bank.
shared float xs[Deep * (Rows + 1)];
shared float ys[Deep * (Columns + 1)];

// LOAD brings element i of a tile's share to a register, 0 beyond the matrix.
#define LOAD(o, buffer, type, kind, lines, i, first, count, from, to, result)                       \
	{                                                                             \
		uint j = i, c = first + j % lines, k = from + j / lines;                            \
		bool inside = true;                                                   \
		uint e = o.start + c * o.byC + k * o.byK;                             \
		if (kind != Plain) e = find(o, kind, placeOf(c, o.cSizes), placeOf(k, o.kSizes), inside); \
		inside = inside && c < count && k < to;                               \
		result = 0;                                                           \
		if (inside) result = value(type, buffer[word(type, e)], e);           \
	}

// share returns which element of a tile of lines by Deep an invocation brings,
// lines fastest.
uint share(uint n, uint lines, bool along) {
	uint i = gl_LocalInvocationID.x + n * Group;
	return along ? i % Deep * lines + i / Deep : i;
}

void main() {
	uint g = group();
	if (g * Group >= param(Count)) return;
	uint m = param(First), n = param(First + 1), places = param(First + 2), run = param(First + 3);
	uint slices = param(First + 4), down = param(First + 5), across = param(First + 6);
	uint start = param(First + 7), byRow = param(First + 8), inner = param(First + 9), outer = param(First + 10), bySlice = param(First + 11);
	const uint sizes = First + 12, ofX = sizes + 4, ofY = ofX + 4, ofZ = ofY + 4; // of the batch
	Operand xo = operand(ofZ + 4), yo = operand(ofZ + 4 + OperandParams);

	uint row = g % down * Rows;
	g /= down;
	uint column = g % across * Columns;
	g /= across;
	uint slice = g % slices, batch = g / slices;
	xo.start += along(batch, sizes, ofX);
	yo.start += along(batch, sizes, ofY);
	uint first = slice * run, last = min(first + run, places);

	float s[High * Wide], xNext[XEach], yNext[YEach];
	[[unroll]] for (uint i = 0; i < High * Wide; i++) s[i] = 0;
	uint i0 = gl_LocalInvocationID.x / Across, j0 = gl_LocalInvocationID.x % Across;

	for (uint k = first; k < last + Deep; k += Deep) {
		if (k < last) {
			[[unroll]] for (uint q = 0; q < XEach; q++) LOAD(xo, x, XType, XKind, Rows, share(q, Rows, XAlong), row, m, k, last, xNext[q])
			[[unroll]] for (uint q = 0; q < YEach; q++) LOAD(yo, y, YType, YKind, Columns, share(q, Columns, YAlong), column, n, k, last, yNext[q])
		}
		if (k > first) { // what the last turn brought
			[[unroll]] for (uint d = 0; d < Deep; d++) {
				float a[High], b[Wide];
				[[unroll]] for (uint i = 0; i < High; i++) a[i] = xs[d * (Rows + 1) + i0 + i * Down];
				[[unroll]] for (uint j = 0; j < Wide; j++) b[j] = ys[d * (Columns + 1) + j0 + j * Across];
				[[unroll]] for (uint i = 0; i < High; i++)
					[[unroll]] for (uint j = 0; j < Wide; j++) s[i * Wide + j] += a[i] * b[j];
			}
		}
		barrier();
		[[unroll]] for (uint q = 0; q < XEach; q++) {
			uint i = share(q, Rows, XAlong);
			xs[i / Rows * (Rows + 1) + i % Rows] = xNext[q];
		}
		[[unroll]] for (uint q = 0; q < YEach; q++) {
			uint i = share(q, Columns, YAlong);
			ys[i / Columns * (Columns + 1) + i % Columns] = yNext[q];
		}
		barrier();
	}

	uint to = start + along(batch, sizes, ofZ) + slice * bySlice;
	[[unroll]] for (uint j = 0; j < Wide; j++) {
		uint c = column + j0 + j * Across;
		uint at = to + c / inner * outer + c % inner;
#ifdef LINEAR
		if (c >= n) continue;
		float b = bias[param(Bias) + c];
#endif
		[[unroll]] for (uint i = 0; i < High; i++) {
			uint r = row + i0 + i * Down;
#ifdef LINEAR
			if (r < m) z[at + r * byRow] = finished(s[i * Wide + j] + b);
#else
			if (r < m && c < n) z[at + r * byRow] = s[i * Wide + j];
#endif
		}
	}
}
