// What of Vulkan's ABI the shim uses, declared by hand so that no header is
// needed to build. Names lose their prefix; members that are not used keep
// their room. abi_test.go compares sizes and offsets with the specification's.
#ifndef HEKLA_VK_H
#define HEKLA_VK_H

#include <stddef.h>
#include <stdint.h>

#ifdef _WIN32
#define VKAPI __stdcall
#else
#define VKAPI
#endif

typedef void *Handle;    // dispatchable: instance, device, queue, command buffer
typedef uint64_t Object; // not dispatchable: on 32-bit systems too

typedef struct {
	uint32_t type; const void *next; const char *app; uint32_t app_version; const char *engine;
	uint32_t engine_version, api;
} ApplicationInfo;

typedef struct {
	uint32_t type; const void *next; uint32_t flags; const ApplicationInfo *app;
	uint32_t layers; const char *const *layer_names; uint32_t extensions; const char *const *extension_names;
} InstanceInfo;

typedef struct { char name[256]; uint32_t version; } ExtensionProperties;

// Limits has those in use at their places.
typedef struct {
	uint32_t images[7], storage_range, push_bytes, allocations, samplers;
	uint64_t granularity, sparse;
	uint32_t sets[3], stage_storage_buffers, more[34], shared_bytes, groups[3], invocations, group_size[3];
	uint32_t drawing[5]; float sampling[2]; uint32_t viewports[3]; float viewport_range[2]; uint32_t viewport_bits;
	size_t map_alignment;
	uint64_t texel_alignment, uniform_alignment, storage_alignment;
	uint32_t texels[22]; float timestamp_period; uint32_t clipping[4]; float points[6]; uint32_t lines[2];
	uint64_t copy_alignment, copy_pitch, atom;
} Limits;

typedef struct {
	uint32_t api, driver, vendor, device, kind; char name[256]; uint8_t cache_uuid[16]; Limits limits; uint32_t sparse[5];
} Properties;

typedef struct { uint32_t type; void *next; Properties p; } Properties2;
typedef struct { uint32_t type; void *next; uint8_t device_uuid[16], driver_uuid[16], luid[8]; uint32_t mask, valid; } IDProperties;
typedef struct { uint32_t type; void *next; uint32_t id; char name[256], info[256]; uint8_t conformance[4]; } DriverProperties;

typedef struct { uint32_t type; void *next; uint32_t domain, bus, device, function; } PCIProperties;
typedef struct { uint32_t type; void *next; uint32_t size, stages, operations, quads; } SubgroupProperties;
typedef struct { uint32_t type; void *next; uint32_t features[55]; } Features2;
typedef struct { uint32_t type; void *next; uint32_t on[4]; } ExtensionFeatures; // up to three flags, as of an extension

enum { FeatureFloat64 = 39, FeatureInt64 = 40, Features = 55 }; // places in VkPhysicalDeviceFeatures

// VK_KHR_cooperative_matrix.
typedef struct {
	uint32_t type; void *next; uint32_t m, n, k, a, b, c, result, saturating, scope;
} FragmentProperties;

enum { Float16Component = 0, BFloat16Component = 1000141000 }; // VkComponentTypeKHR

typedef struct { uint32_t flags, heap; } MemoryType;
typedef struct { uint64_t size; uint32_t flags; } MemoryHeap;
typedef struct { uint32_t types; MemoryType type[32]; uint32_t heaps; MemoryHeap heap[16]; } MemoryProperties;
typedef struct { uint32_t type; void *next; MemoryProperties m; } MemoryProperties2;
typedef struct { uint32_t type; void *next; uint64_t budget[16], usage[16]; } BudgetProperties;
typedef struct { uint32_t flags, count, timestamp_bits, extent[3]; } QueueFamily;

typedef struct { uint32_t type; const void *next; uint32_t flags, family, count; const float *priorities; } QueueInfo;
typedef struct {
	uint32_t type; const void *next; uint32_t flags, queues; const QueueInfo *queue;
	uint32_t layers; const char *const *layer_names; uint32_t extensions; const char *const *extension_names;
	const uint32_t *features;
} DeviceInfo;

typedef struct { uint32_t id, offset; size_t size; } ConstantEntry;
typedef struct { uint32_t count; const ConstantEntry *entries; size_t bytes; const void *data; } ConstantInfo;
typedef struct { uint32_t type; const void *next; uint32_t flags, stage; Object module; const char *entry; const ConstantInfo *constants; } StageInfo;
typedef struct { uint32_t type; const void *next; uint32_t flags; StageInfo stage; Object layout, base; int32_t base_index; } PipelineInfo;
typedef struct { uint32_t binding, type, count, stages; const void *samplers; } Binding;
typedef struct { uint32_t type; const void *next; uint32_t flags, count; const Binding *bindings; } SetLayoutInfo;
typedef struct { uint32_t stages, offset, size; } PushRange;
typedef struct { uint32_t type; const void *next; uint32_t flags, sets; const Object *set; uint32_t ranges; const PushRange *range; } LayoutInfo;

typedef struct { uint32_t type, count; } PoolSize;
typedef struct { uint32_t type; const void *next; uint32_t flags, sets, sizes; const PoolSize *size; } DescriptorPoolInfo;
typedef struct { uint32_t type; const void *next; Object pool; uint32_t count; const Object *layouts; } SetAllocateInfo;
typedef struct { Object buffer; uint64_t offset, range; } BufferRange;
typedef struct {
	uint32_t type; const void *next; Object set; uint32_t binding, element, count, kind;
	const void *images; const BufferRange *buffers; const void *texels;
} WriteSet;

typedef struct { uint32_t type; const void *next; uint32_t flags, family; } CommandPoolInfo;
typedef struct {
	void *user;
	void *(VKAPI *allocate)(void *, size_t, size_t, int);
	void *(VKAPI *reallocate)(void *, void *, size_t, size_t, int);
	void (VKAPI *free)(void *, void *);
	void *allocated, *freed; // told of the driver's own allocations
} AllocationCallbacks;
typedef struct { uint32_t type; const void *next; Object pool; uint32_t level, count; } CommandAllocateInfo;
typedef struct { uint32_t type; const void *next; uint32_t flags; const void *inheritance; } BeginInfo;
typedef struct { uint32_t type; const void *next; uint32_t from, to; } MemoryBarrier;
typedef struct { uint64_t from, to, size; } CopyRegion;
typedef struct { uint32_t type; const void *next; uint32_t flags, mask; } AllocateFlags;
typedef struct { uint32_t type; const void *next; Object buffer; } AddressInfo;
typedef struct { uint32_t type; const void *next; uint32_t flags; } FenceInfo; // and of a semaphore
typedef struct { uint32_t type; const void *next; uint32_t kind; uint64_t value; } SemaphoreKind;
typedef struct { uint32_t type; const void *next; uint32_t waits; const uint64_t *wait; uint32_t signals; const uint64_t *signal; } TimelineSubmit;
typedef struct { uint32_t type; const void *next; uint32_t flags, count; const Object *semaphores; const uint64_t *values; } WaitInfo;
typedef struct { uint32_t type; const void *next; uint32_t flags, kind, count, statistics; } QueryPoolInfo;
typedef struct {
	uint32_t type; const void *next; uint32_t waits; const Object *wait; const uint32_t *stages;
	uint32_t commands; const Handle *command; uint32_t signals; const Object *signal;
} SubmitInfo;

// VK_EXT_device_fault, of which the description alone is asked for.
typedef struct { uint32_t type; void *next; uint32_t addresses, vendors; uint64_t binary; } FaultCounts;
typedef struct { uint32_t type; void *next; char description[256]; void *addresses, *vendors, *binary; } FaultInfo;

// VK_EXT_debug_utils and VK_EXT_validation_features. A message has more, unused.
typedef struct { uint32_t type; const void *next; uint32_t flags; const char *id; int32_t number; const char *message; } Message;
typedef uint32_t (VKAPI *Callback)(uint32_t, uint32_t, const Message *, void *);
typedef struct { uint32_t type; const void *next; uint32_t flags, severities, kinds; Callback callback; void *user; } MessengerInfo;
typedef struct { uint32_t type; const void *next; uint32_t enabled; const uint32_t *enable; uint32_t disabled; const uint32_t *disable; } ValidationInfo;

#endif
