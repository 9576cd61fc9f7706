// The shim: the few steps a compute device needs, each one call from Go.
#ifndef HEKLA_SHIM_H
#define HEKLA_SHIM_H

#include "vk.h"

typedef struct {
	Handle physical;
	Properties p;
	char driver_name[256], driver_info[256];
	uint8_t uuid[16];
	uint64_t memory; // of the largest device-local heap
	uint32_t family; // of queues that compute
	uint32_t subgroup_size, subgroup_operations; // in compute shaders
	int compute, float64, int64, driver_known;
} Physical;

typedef struct Loader Loader;
typedef struct Device Device;
typedef struct Batch Batch;

typedef struct { Object buffer, memory; void *mapped; int coherent, cached; } Memory;
typedef struct { Object set_layout, layout, pipeline; } Pipeline;

// A step returns a VkResult, or these.
enum { ShimNoFunction = -100000, ShimNoMemoryType, ShimBadStream };

const char *hekla_open(const char *library, Loader **out); // the loader's message, or NULL
int hekla_instance(Loader *, const char *layer);
int hekla_physicals(Loader *, Physical *out, uint32_t *count);

int hekla_device(Loader *, const Physical *, Device **out);
void hekla_device_close(Device *);
int hekla_memory(Device *, uint64_t size, int host, Memory *out);
void hekla_memory_free(Device *, const Memory *);
int hekla_pipeline(Device *, const uint32_t *words, size_t count, uint32_t buffers, uint32_t push_bytes, const uint32_t *constants, uint32_t constant_count, Pipeline *out);
void hekla_pipeline_free(Device *, const Pipeline *);

// A batch is a command buffer, the descriptor sets it uses, and a fence.
int hekla_batch(Device *, uint32_t sets, uint32_t descriptors, Batch **out);
void hekla_batch_free(Device *, Batch *);
int hekla_submit(Device *, Batch *, const uint64_t *stream, size_t count);
int hekla_wait(Device *, Batch *, uint64_t nanoseconds);

// The stream's instructions, each followed by its words.
enum {
	OpDispatch = 1, // pipeline, layout, set layout, groups x, y, z, n, n*(buffer, offset, range), push words p, (p+1)/2 words of two each
	OpBarrier,      // all that was done is seen by all that follows
	OpCopy,         // from, to, from offset, to offset, size
	OpHostBarrier,  // all that was done is seen by the host
};

size_t hekla_abi(int what);

#endif
