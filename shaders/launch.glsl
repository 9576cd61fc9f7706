// What all kernels begin with: their parameters, of which the launcher fills in
// the first four, and the numbers of workgroups, which several grids may share.
// A kernel with more parameters than every device has push constants for finds
// them in a buffer, bound as PARAMS.

#ifdef PARAMS
layout(push_constant) uniform Push { uint place; };
layout(set = 0, binding = PARAMS) readonly buffer Params { uint params[]; };
uint param(uint i) { return params[place + i]; }
#else
layout(push_constant) uniform Push { uint params[32]; };
uint param(uint i) { return params[i]; }
#endif

const uint Count = 0; // invocations that have something to do
const uint First = 4; // the kernel's own parameters

uint group() { return gl_WorkGroupID.x + gl_WorkGroupID.y * param(2) + gl_WorkGroupID.z * param(3) + param(1); }

// along returns the place of row-major number i of a box of four axes, whose
// sizes and strides are parameters.
uint along(uint i, uint sizes, uint strides) {
	uint at = 0;
	for (uint a = 3; a > 0; a--) {
		uint n = param(sizes + a), q = i / n;
		at += (i - q * n) * param(strides + a);
		i = q;
	}
	return at + i * param(strides);
}
