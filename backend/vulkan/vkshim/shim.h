// The shim: what a compute device needs and vulkan-go cannot do, or not safely.
#ifndef HEKLA_SHIM_H
#define HEKLA_SHIM_H

#include "vk.h"

typedef struct Loader Loader;
typedef struct Device Device;
typedef struct Batch Batch;

typedef struct {
	Properties p;
	char driver_name[256], driver_info[256];
	uint8_t uuid[16];
	uint32_t driver_id;
	uint32_t pci[4]; // domain, bus, device, function
	uint64_t memory; // of the largest device-local heap
	uint32_t family, timestamp_bits; // of queues that compute
	uint32_t subgroup, subgroup_operations;
	uint32_t fragment[3]; // M, N and K of a cooperative matrix of float16, summed in float32, or 0
	uint32_t wide_fragment[3]; // the same of bfloat16
	int has_pci, compute, float64, int64, timeline, budget, fault, addresses, heap;
} Physical;

// A step returns a VkResult, or these.
enum { ShimNoFunction = -100000, ShimNoMemoryType, ShimBadStream };

// Structs that nest others are laid out here, in memory of C, and passed on by
// vulkan-go as they are; they are freed with free.
void *hekla_instance_info(Loader *, const char *layer, int sync, int gpu);
void *hekla_device_info(const Physical *);
void *hekla_set_layout_info(uint32_t buffers);
void *hekla_layout_info(Object set_layout, uint32_t push_bytes);

const char *hekla_open(const char *library, Loader **out); // the loader's message, or NULL
void *hekla_proc(Loader *);
uint32_t hekla_version(Loader *);
int hekla_instance(Loader *, Handle instance);
void hekla_describe(Loader *, Handle physical, Physical *out);
uint64_t hekla_available(Loader *, Handle physical, const Physical *);
uint32_t hekla_messages(void); // of layers, so far

int hekla_device(Loader *, Handle device, Handle queue, Handle physical, const Physical *, int fences, Device **out);
void hekla_device_free(Device *);
int hekla_memory_type(Device *, uint32_t types, uint32_t flags);
uint32_t hekla_memory_flags(Device *, int type);
const void *hekla_addressed(void); // what an allocation of memory with addresses is told
uint64_t hekla_address(Device *, Object buffer);
int hekla_pipeline(Device *, Object module, Object layout, Object cache, const uint32_t *constants, uint32_t constant_count, Object *out);
int hekla_fault(Device *, char *description);

// A batch is a command buffer, the descriptor sets it uses, and a fence where
// there are no timeline semaphores.
int hekla_batch(Device *, uint32_t sets, uint32_t descriptors, uint32_t stamps, Batch **out);
void hekla_batch_free(Device *, Batch *);
int hekla_submit(Device *, Batch *, const uint64_t *stream, size_t count, uint32_t stamps, uint64_t number, uint64_t generation);
int hekla_wait(Device *, Batch *, uint64_t number, uint64_t nanoseconds);
int hekla_done(Device *, uint64_t *number);
int hekla_stamps(Device *, Batch *, uint32_t count, uint64_t *out);

// The stream's instructions, each followed by its words.
enum {
	OpDispatch = 1, // pipeline, layout, set layout, groups x, y, z, n, n*(buffer, offset, range), push words p, (p+1)/2 words of two each
	OpBarrier,      // all that was done is seen by all that follows
	OpCopy,         // from, to, from offset, to offset, size
	OpHostBarrier,  // all that was done is seen by the host
	OpStamp,        // number: reads the clock when all before is done
};

size_t hekla_abi(int what);

#endif
