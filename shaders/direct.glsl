// A tile of a product, 16 rows by 32 columns, from panels of pack.comp, for
// devices that run on the CPU. The workgroup is one subgroup of 8 lanes and uses
// no shared memory, since a barrier costs such a device more than it saves. What
// costs most is a load, whatever its width, so that all are as wide as can be.
// A lane holds two rows of the left panel, which shuffles hand to all lanes, and
// four columns of the right one. Loops are written out: no compiler on the way
// unrolls them.

layout(local_size_x = 8) in;

#ifdef LINEAR
layout(set = 0, binding = 2) buffer Z { vec4 z[]; };
#include "linear.glsl"
#else
layout(set = 0, binding = 2) writeonly buffer Z { vec4 z[]; };
#endif

#define ROW(r, xs, lane)                                  \
	s[r] += subgroupShuffle(xs.x, lane) * y0;         \
	s[r] += subgroupShuffle(xs.y, lane) * y1;         \
	s[r] += subgroupShuffle(xs.z, lane) * y2;         \
	s[r] += subgroupShuffle(xs.w, lane) * y3;
#define ROWS(lane) ROW(2 * lane, even, lane) ROW(2 * lane + 1, odd, lane)
#define EACH(what) what(0) what(1) what(2) what(3) what(4) what(5) what(6) what(7)

vec4 four(uint64_t a, uint64_t b) { return vec4(uintBitsToFloat(unpack32(a)), uintBitsToFloat(unpack32(b))); }

void main() {
	uint g = group(), lane = gl_SubgroupInvocationID;
	if (g * 8 >= param(Count)) return;
	uint m = param(First), n = param(First + 1), blocks = param(First + 2), run = param(First + 3);
	uint slices = param(First + 4), down = param(First + 5), across = param(First + 6);
	// Of the result in units of four floats, inner in columns.
	uint start = param(First + 7), byRow = param(First + 8), inner = param(First + 9), outer = param(First + 10), bySlice = param(First + 11);
	const uint sizes = First + 12, ofX = sizes + 4, ofY = ofX + 4, ofZ = ofY + 4; // of the batch

#ifdef DECLARE
	DECLARE
#endif
	uint row = g % down;
	g /= down;
	uint column = g % across;
	g /= across;
	uint slice = g % slices, batch = g / slices;

	uint first = slice * run, last = min(first + run, blocks);
	uint xAt = ((along(batch, sizes, ofX) * down + row) * blocks + first) * 8 + lane;
	uint yAt = (((along(batch, sizes, ofY) * across + column) * blocks + first) * 8 + lane) * 2;
	vec4 s[16];
#define ZERO(r) s[2 * r] = vec4(0); s[2 * r + 1] = vec4(0);
	EACH(ZERO)
	for (uint b = first; b < last; b++) {
		u64vec4 both = X(xAt), front = Y(yAt), back = Y(yAt + 1);
		vec4 even = four(both.x, both.y), odd = four(both.z, both.w);
		vec4 c0 = four(front.x, front.y), c1 = four(front.z, front.w), c2 = four(back.x, back.y), c3 = four(back.z, back.w);
		vec4 y0 = vec4(c0.x, c1.x, c2.x, c3.x), y1 = vec4(c0.y, c1.y, c2.y, c3.y);
		vec4 y2 = vec4(c0.z, c1.z, c2.z, c3.z), y3 = vec4(c0.w, c1.w, c2.w, c3.w);
		EACH(ROWS)
		xAt += 8;
		yAt += 16;
	}

	uint i = row * 16, j = column * 32 + lane * 4;
	if (j >= n) return;
	uint to = start + along(batch, sizes, ofZ) + slice * bySlice + j / inner * outer + j % inner / 4 + i * byRow;
#define STORE(r)                                                      \
	if (i + 2 * r < m) z[to + 2 * r * byRow] = s[2 * r];          \
	if (i + 2 * r + 1 < m) z[to + (2 * r + 1) * byRow] = s[2 * r + 1];
	EACH(STORE)
#ifdef LINEAR
	// What is stored is still in the cache. Sixteen times the activation would be too much code.
	uint from = param(Bias) + j;
	vec4 b = vec4(bias[from], bias[from + 1], bias[from + 2], bias[from + 3]);
	for (uint r = 0; r < 16 && i + r < m; r++) {
		vec4 v = z[to + r * byRow] + b;
		for (uint e = 0; e < 4; e++) v[e] = finished(v[e]);
		z[to + r * byRow] = v;
	}
#endif
}
