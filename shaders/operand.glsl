// An operand of a product: a matrix whose element (c, k) stands in line c, a row
// of the left operand or a column of the right one, at place k of the sum.
//
// A plain matrix has a stride for each. That of a convolution is never stored:
// c and k are each a number and a position on three spatial axes, and their
// positions together say where on the axes of the array the element stands. If
// that is nowhere, the element is 0.

const uint Plain = 0, Spatial = 1, Stepped = 2;

struct Operand {
	uint start, byC, byK;      // place of element (0, 0), strides of c and k or of their numbers
	uvec3 cSizes, kSizes;      // of the positions
	ivec3 moveC, moveK, first; // position on the array: c * moveC + k * moveK + first
	ivec3 step;                // Stepped: it must be a multiple of this, and is divided by it
	ivec3 sizes, strides;      // of the array
};

const uint OperandParams = 27;

uvec3 three(uint at) { return uvec3(param(at), param(at + 1), param(at + 2)); }

Operand operand(uint at) {
	return Operand(param(at), param(at + 1), param(at + 2), three(at + 3), three(at + 6),
		ivec3(three(at + 9)), ivec3(three(at + 12)), ivec3(three(at + 15)), ivec3(three(at + 18)), ivec3(three(at + 21)), ivec3(three(at + 24)));
}

// A Place is a number and a position.
struct Place {
	uint number;
	uvec3 position;
};

Place placeOf(uint i, uvec3 sizes) {
	uvec3 p;
	uint q = i / sizes.z;
	p.z = i - q * sizes.z;
	i = q / sizes.y;
	p.y = q - i * sizes.y;
	q = i / sizes.x;
	p.x = i - q * sizes.x;
	return Place(q, p);
}

// next returns the place after p.
Place next(Place p, uvec3 sizes) {
	p.position.z++;
	bool carry = p.position.z == sizes.z;
	p.position.z = carry ? 0 : p.position.z;
	p.position.y += carry ? 1 : 0;
	carry = p.position.y == sizes.y;
	p.position.y = carry ? 0 : p.position.y;
	p.position.x += carry ? 1 : 0;
	carry = p.position.x == sizes.x;
	p.position.x = carry ? 0 : p.position.x;
	p.number += carry ? 1 : 0;
	return p;
}

// find returns where element (c, k) stands, and sets inside if it does.
uint find(Operand o, uint kind, Place c, Place k, out bool inside) {
	ivec3 p = ivec3(c.position) * o.moveC + ivec3(k.position) * o.moveK + o.first;
	inside = true;
	if (kind == Stepped) {
		ivec3 q = ivec3(uvec3(p) / uvec3(o.step));
		inside = all(equal(q * o.step, p));
		p = q;
	}
	inside = inside && all(lessThan(uvec3(p), uvec3(o.sizes)));
	ivec3 s = p * o.strides;
	return o.start + c.number * o.byC + k.number * o.byK + uint(s.x + s.y + s.z);
}
