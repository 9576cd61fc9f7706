// A library with the driver's name, for programs that are linked to it: its
// functions are those that hekla_set puts in. Before that, cuInit works and the
// others say that nothing is initialized.
#include <string.h>

typedef unsigned long word;

enum { NOT_INITIALIZED = 3 };

#define FUNCTIONS(F) \
	F(cuDriverGetVersion, (word a), (a)) \
	F(cuDeviceGetCount, (word a), (a)) \
	F(cuDeviceGet, (word a, word b), (a, b)) \
	F(cuDeviceGetName, (word a, word b, word c), (a, b, c)) \
	F(cuDeviceGetUuid, (word a, word b), (a, b)) \
	F(cuDeviceGetAttribute, (word a, word b, word c), (a, b, c)) \
	F(cuDeviceTotalMem_v2, (word a, word b), (a, b)) \
	F(cuDevicePrimaryCtxRetain, (word a, word b), (a, b)) \
	F(cuDevicePrimaryCtxRelease_v2, (word a), (a)) \
	F(cuDevicePrimaryCtxReset_v2, (word a), (a)) \
	F(cuCtxSetCurrent, (word a), (a)) \
	F(cuCtxSynchronize, (void), ()) \
	F(cuMemAlloc_v2, (word a, word b), (a, b)) \
	F(cuMemFree_v2, (word a), (a)) \
	F(cuMemcpyHtoD_v2, (word a, word b, word c), (a, b, c)) \
	F(cuMemcpyDtoH_v2, (word a, word b, word c), (a, b, c)) \
	F(cuModuleLoadData, (word a, word b), (a, b)) \
	F(cuModuleUnload, (word a), (a)) \
	F(cuModuleGetFunction, (word a, word b, word c), (a, b, c)) \
	F(cuLaunchKernel, (word a, word b, word c, word d, word e, word f, word g, word h, word i, word j, word k), \
	  (a, b, c, d, e, f, g, h, i, j, k))

#define DEFINE(name, parameters, arguments) \
	static word(*own_##name) parameters; \
	int name parameters { return own_##name ? (int)own_##name arguments : NOT_INITIALIZED; }
FUNCTIONS(DEFINE)

int cuInit(unsigned flags) { return flags != 0; }

// hekla_set sets a function, or returns 1 if there is none of that name.
int hekla_set(const char *name, void *function) {
#define SET(f, parameters, arguments) \
	if (!strcmp(name, #f)) { own_##f = function; return 0; }
	FUNCTIONS(SET)
	return 1;
}

// hekla_name returns the name of function i, or a null pointer after the last.
const char *hekla_name(int i) {
#define NAME(f, parameters, arguments) #f,
	static const char *const names[] = { FUNCTIONS(NAME) };
	return i < (int)(sizeof names / sizeof *names) ? names[i] : 0;
}
