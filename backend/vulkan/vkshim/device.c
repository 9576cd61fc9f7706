#include "load.h"

#include <stdlib.h>

int hekla_device(Loader *l, const Physical *p, Device **out) {
	float priority = 1;
	uint32_t features[Features] = {0};
	features[FeatureFloat64] = p->float64, features[FeatureInt64] = p->int64;
	QueueInfo queue = {.type = 2, .family = p->family, .count = 1, .priorities = &priority};
	DeviceInfo info = {.type = 3, .queues = 1, .queue = &queue, .features = features};
	Device *d = calloc(1, sizeof *d);
	if (!d) return -1;
	int r = l->CreateDevice(p->physical, &info, NULL, &d->device);
	if (r) {
		free(d);
		return r;
	}
#define LOAD(name) if (!(d->name = (void *)l->GetDeviceProcAddr(d->device, "vk" #name))) goto missing
	DEVICE_FUNCTIONS(LOAD)
#undef LOAD
	d->family = p->family;
	d->GetDeviceQueue(d->device, p->family, 0, &d->queue);
	l->GetPhysicalDeviceMemoryProperties(p->physical, &d->memory);
	*out = d;
	return 0;
missing:
	if (d->DestroyDevice) d->DestroyDevice(d->device, NULL);
	free(d);
	return ShimNoFunction;
}

void hekla_device_close(Device *d) {
	d->DeviceWaitIdle(d->device);
	d->DestroyDevice(d->device, NULL);
	free(d);
}

enum { DeviceLocal = 1, HostVisible = 2, HostCoherent = 4, HostCached = 8 };

// pick returns the first memory type that has the flags, or -1.
static int pick(Device *d, uint32_t types, uint32_t flags) {
	for (uint32_t i = 0; i < d->memory.types; i++)
		if (types >> i & 1 && (d->memory.type[i].flags & flags) == flags) return (int)i;
	return -1;
}

// hekla_memory makes a buffer with memory of its own. For the host it can be
// mapped for certain, and is cached if possible; else it is where the device is
// fastest, and mapped if that can be.
int hekla_memory(Device *d, uint64_t size, int host, Memory *out) {
	BufferInfo info = {.type = 12, .size = size, .usage = 0x20 | 1 | 2}; // storage, copies from and to
	Memory m = {0};
	int r = d->CreateBuffer(d->device, &info, NULL, &m.buffer);
	if (r) return r;
	MemoryRequirements need;
	d->GetBufferMemoryRequirements(d->device, m.buffer, &need);
	static const uint32_t for_host[] = {HostVisible | HostCoherent | HostCached, HostVisible | HostCoherent, 0};
	static const uint32_t for_device[] = {DeviceLocal | HostVisible | HostCoherent, DeviceLocal, 0};
	r = ShimNoMemoryType;
	for (const uint32_t *f = host ? for_host : for_device; *f && r; f++) {
		int t = pick(d, need.types, *f);
		if (t < 0) continue;
		AllocateInfo a = {.type = 5, .size = need.size, .memory_type = (uint32_t)t};
		r = d->AllocateMemory(d->device, &a, NULL, &m.memory);
		if (r) continue; // a small window on the device's memory may be full
		m.cached = (d->memory.type[t].flags & HostCached) != 0;
		m.coherent = (d->memory.type[t].flags & (HostVisible | HostCoherent)) == (HostVisible | HostCoherent);
	}
	if (!r) r = d->BindBufferMemory(d->device, m.buffer, m.memory, 0);
	if (!r && m.coherent) r = d->MapMemory(d->device, m.memory, 0, ~0ull, 0, &m.mapped);
	if (r) {
		hekla_memory_free(d, &m);
		return r;
	}
	*out = m;
	return 0;
}

void hekla_memory_free(Device *d, const Memory *m) {
	d->DestroyBuffer(d->device, m->buffer, NULL);
	d->FreeMemory(d->device, m->memory, NULL); // unmaps too; of 0, nothing
}

enum { StorageBuffer = 7, Compute = 0x20, MaxBuffers = 64, MaxConstants = 32 };

int hekla_pipeline(Device *d, const uint32_t *words, size_t count, uint32_t buffers, uint32_t push_bytes, const uint32_t *constants, uint32_t constant_count, Pipeline *out) {
	Pipeline p = {0};
	Object module = 0;
	Binding bindings[MaxBuffers] = {0};
	ConstantEntry entries[MaxConstants];
	if (buffers > MaxBuffers || constant_count > MaxConstants) return ShimBadStream;
	for (uint32_t i = 0; i < constant_count; i++) entries[i] = (ConstantEntry){i, 4 * i, 4};
	ConstantInfo special = {constant_count, entries, 4 * constant_count, constants};
	for (uint32_t i = 0; i < buffers; i++) bindings[i] = (Binding){.binding = i, .type = StorageBuffer, .count = 1, .stages = Compute};
	SetLayoutInfo set = {.type = 32, .count = buffers, .bindings = bindings};
	int r = d->CreateDescriptorSetLayout(d->device, &set, NULL, &p.set_layout);
	PushRange range = {.stages = Compute, .size = push_bytes};
	LayoutInfo layout = {.type = 30, .sets = 1, .set = &p.set_layout, .ranges = push_bytes ? 1 : 0, .range = &range};
	if (!r) r = d->CreatePipelineLayout(d->device, &layout, NULL, &p.layout);
	ShaderInfo shader = {.type = 16, .bytes = count * 4, .code = words};
	if (!r) r = d->CreateShaderModule(d->device, &shader, NULL, &module);
	if (!r) {
		PipelineInfo info = {.type = 29, .stage = {.type = 18, .stage = Compute, .module = module, .entry = "main", .constants = constant_count ? &special : NULL}, .layout = p.layout, .base_index = -1};
		r = d->CreateComputePipelines(d->device, 0, 1, &info, NULL, &p.pipeline);
	}
	if (module) d->DestroyShaderModule(d->device, module, NULL);
	if (r) {
		hekla_pipeline_free(d, &p);
		return r;
	}
	*out = p;
	return 0;
}

void hekla_pipeline_free(Device *d, const Pipeline *p) {
	d->DestroyPipeline(d->device, p->pipeline, NULL);
	d->DestroyPipelineLayout(d->device, p->layout, NULL);
	d->DestroyDescriptorSetLayout(d->device, p->set_layout, NULL);
}
