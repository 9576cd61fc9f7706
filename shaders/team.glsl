// Sums and the like of what all invocations of a workgroup bring, in the same
// order every time; all of them call these together. They share memory, for
// that any device has.

#define lane gl_LocalInvocationID.x

// TEAM declares a function that joins a number, or vector, of each invocation:
// those of large workgroups are first brought down to Few.
const uint Few = 16;
#define TEAM(T, name, parts, join)                                             \
	shared T parts[Group];                                                 \
	T name(T x) {                                                          \
		barrier(); /* what was there is read */                        \
		parts[lane] = x;                                               \
		barrier();                                                     \
		if (Group > Few) {                                             \
			if (lane < Few)                                        \
				for (uint i = lane + Few; i < Group; i += Few) x = join(x, parts[i]); \
			barrier();                                             \
			if (lane < Few) parts[lane] = x;                       \
			barrier();                                             \
		}                                                              \
		x = parts[0];                                                  \
		for (uint i = 1; i < min(Group, Few); i++) x = join(x, parts[i]); \
		return x;                                                      \
	}

#define plus(x, y) ((x) + (y))

float sumOf(vec4 v) { return (v.x + v.y) + (v.z + v.w); }
float mostOf(vec4 v) { return max(max(v.x, v.y), max(v.z, v.w)); }
