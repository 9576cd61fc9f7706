//go:build cgo && ((linux && !android) || windows || vulkan)

#include "load.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
	DeviceInfo info; // first: it is what Vulkan gets
	QueueInfo queue;
	Features2 features;
	ExtensionFeatures timeline, fault, addresses, fragments, halves, model, bfloats;
	const char *extensions[6];
	float priority;
} DeviceBlock;

void *hekla_device_info(const Physical *p) {
	DeviceBlock *b = calloc(1, sizeof *b);
	if (!b) return NULL;
	b->priority = 1;
	b->queue = (QueueInfo){.type = 2, .family = p->family, .count = 1, .priorities = &b->priority};
	b->features.type = 1000059000;
	b->features.features[FeatureFloat64] = p->float64 != 0, b->features.features[FeatureInt64] = p->int64 != 0;
	b->info = (DeviceInfo){.type = 3, .next = &b->features, .queues = 1, .queue = &b->queue, .extension_names = b->extensions};
	void **end = &b->features.next;
	if (p->timeline) {
		b->timeline = (ExtensionFeatures){.type = 1000207000, .on = {1}};
		*end = &b->timeline, end = &b->timeline.next;
		if (p->p.api < API12) b->extensions[b->info.extensions++] = "VK_KHR_timeline_semaphore";
	}
	if (p->addresses) {
		b->addresses = (ExtensionFeatures){.type = 1000257000, .on = {1}};
		*end = &b->addresses, end = &b->addresses.next;
		if (p->p.api < API12) b->extensions[b->info.extensions++] = "VK_KHR_buffer_device_address";
	}
	if (p->fragment[0] || p->wide_fragment[0]) {
		b->fragments = (ExtensionFeatures){.type = 1000506000, .on = {1}};
		b->model = (ExtensionFeatures){.type = 1000211000, .next = &b->fragments, .on = {1}};
		*end = &b->model, end = &b->fragments.next;
		b->extensions[b->info.extensions++] = "VK_KHR_cooperative_matrix";
	}
	if (p->fragment[0]) {
		b->halves = (ExtensionFeatures){.type = 1000082000, .on = {1}};
		*end = &b->halves, end = &b->halves.next;
	}
	if (p->wide_fragment[0]) {
		b->bfloats = (ExtensionFeatures){.type = 1000141000, .on = {1, 0, 1}};
		*end = &b->bfloats, end = &b->bfloats.next;
		b->extensions[b->info.extensions++] = "VK_KHR_shader_bfloat16";
	}
	if (p->fault) {
		b->fault = (ExtensionFeatures){.type = 1000341000, .on = {1}};
		*end = &b->fault;
		b->extensions[b->info.extensions++] = "VK_EXT_device_fault";
	}
	if (p->budget) b->extensions[b->info.extensions++] = "VK_EXT_memory_budget";
	return b;
}

static int make_timeline(Loader *l, Device *d) {
	d->WaitSemaphores = l->GetDeviceProcAddr(d->device, "vkWaitSemaphores");
	d->GetSemaphoreCounterValue = l->GetDeviceProcAddr(d->device, "vkGetSemaphoreCounterValue");
	if (!d->WaitSemaphores) d->WaitSemaphores = l->GetDeviceProcAddr(d->device, "vkWaitSemaphoresKHR");
	if (!d->GetSemaphoreCounterValue) d->GetSemaphoreCounterValue = l->GetDeviceProcAddr(d->device, "vkGetSemaphoreCounterValueKHR");
	if (!d->WaitSemaphores || !d->GetSemaphoreCounterValue) return ShimNoFunction;
	SemaphoreKind kind = {.type = 1000207002, .kind = 1};
	FenceInfo info = {.type = 9, .next = &kind};
	return d->CreateSemaphore(d->device, &info, NULL, &d->timeline);
}

int hekla_device(Loader *l, Handle device, Handle queue, Handle physical, const Physical *p, int fences, Device **out) {
	Device *d = calloc(1, sizeof *d);
	if (!d) return -1;
	d->device = device, d->queue = queue, d->family = p->family;
#define LOAD(name) if (!(d->name = (void *)l->GetDeviceProcAddr(device, "vk" #name))) { free(d); return ShimNoFunction; }
	DEVICE_FUNCTIONS(LOAD)
#undef LOAD
	if (p->fault) d->GetDeviceFaultInfoEXT = l->GetDeviceProcAddr(device, "vkGetDeviceFaultInfoEXT");
	if (p->addresses) {
		d->GetBufferDeviceAddress = l->GetDeviceProcAddr(device, "vkGetBufferDeviceAddress");
		if (!d->GetBufferDeviceAddress) d->GetBufferDeviceAddress = l->GetDeviceProcAddr(device, "vkGetBufferDeviceAddressKHR");
	}
	l->GetPhysicalDeviceMemoryProperties(physical, &d->memory);
	int r = p->timeline && !fences ? make_timeline(l, d) : 0;
	if (r) {
		free(d);
		return r;
	}
	*out = d;
	return 0;
}

void hekla_device_free(Device *d) {
	d->DestroySemaphore(d->device, d->timeline, NULL);
	free(d);
}

// hekla_memory_type returns the first memory type that has the flags, or -1.
int hekla_memory_type(Device *d, uint32_t types, uint32_t flags) {
	for (uint32_t i = 0; i < d->memory.types; i++)
		if (types >> i & 1 && (d->memory.type[i].flags & flags) == flags) return (int)i;
	return -1;
}

uint32_t hekla_memory_flags(Device *d, int type) { return d->memory.type[type].flags; }

const void *hekla_addressed(void) {
	static const AllocateFlags with = {.type = 1000060000, .flags = 2};
	return &with;
}

uint64_t hekla_address(Device *d, Object buffer) {
	AddressInfo info = {.type = 1000244001, .buffer = buffer};
	return d->GetBufferDeviceAddress ? d->GetBufferDeviceAddress(d->device, &info) : 0;
}

// hekla_fault asks for the story of a lost device: 256 bytes of it.
int hekla_fault(Device *d, char *description) {
	if (!d->GetDeviceFaultInfoEXT) return ShimNoFunction;
	FaultCounts counts = {.type = 1000341001};
	FaultInfo info = {.type = 1000341002};
	int r = d->GetDeviceFaultInfoEXT(d->device, &counts, &info);
	if (r >= 0) memcpy(description, info.description, 256);
	return r < 0 ? r : 0;
}
