//go:build cgo && ((linux && !android) || windows || vulkan)

#include "load.h"

#include <stdlib.h>
#include <string.h>

typedef struct { ExtensionProperties *list; uint32_t count; } Extensions;

static int has(const Extensions *e, const char *name) {
	for (uint32_t i = 0; i < e->count; i++)
		if (!strcmp(e->list[i].name, name)) return 1;
	return 0;
}

static Extensions extensions_of(Loader *l, Handle h) {
	Extensions e = {0};
	uint32_t n = 0;
	if (l->EnumerateDeviceExtensionProperties(h, NULL, &n, NULL) || !n) return e;
	e.list = calloc(n, sizeof *e.list);
	if (e.list && l->EnumerateDeviceExtensionProperties(h, NULL, &n, e.list) >= 0) e.count = n;
	return e;
}

// choose_fragment finds the largest fragment of a type that a subgroup sums in
// float32, the smaller K of several: more fit into a tile.
static void choose_fragment(Loader *l, Handle h, uint32_t type, uint32_t *best) {
	FragmentProperties list[64];
	uint32_t n = 64;
	for (uint32_t i = 0; i < n; i++) list[i] = (FragmentProperties){.type = 1000506001};
	if (!l->GetFragments || l->GetFragments(h, &n, list) < 0) return;
	for (uint32_t i = 0; i < n; i++) {
		FragmentProperties *f = &list[i];
		if (f->a != type || f->b != type || f->c != 1 || f->result != 1 || f->scope != 3 || f->m > 32 || f->n > 32 || f->k > 32) continue;
		uint32_t size = f->m * f->n, had = best[0] * best[1];
		if (size > had || (size == had && f->k < best[2])) best[0] = f->m, best[1] = f->n, best[2] = f->k;
	}
}

// An extension is believed only if it is listed: the loader has functions for
// those that the driver lacks.
static void probe(Loader *l, Handle h, Physical *p) {
	Extensions e = extensions_of(l, h);
	int later = p->p.api >= API12;
	DriverProperties driver = {.type = 1000196000};
	IDProperties id = {.type = 1000071004};
	SubgroupProperties subgroup = {.type = 1000094000, .next = &id};
	PCIProperties pci = {.type = 1000212000};
	Properties2 all = {.type = 1000059001, .next = &subgroup};
	void **end = &id.next;
	if (later || has(&e, "VK_KHR_driver_properties")) *end = &driver, end = &driver.next;
	p->has_pci = has(&e, "VK_EXT_pci_bus_info");
	if (p->has_pci) *end = &pci;
	l->GetPhysicalDeviceProperties2(h, &all);
	memcpy(p->uuid, id.device_uuid, 16);
	memcpy(p->driver_name, driver.name, 256);
	memcpy(p->driver_info, driver.info, 256);
	memcpy(p->pci, &pci.domain, 16);
	p->driver_id = driver.id;
	p->subgroup = subgroup.size;
	if (subgroup.stages & 0x20) p->subgroup_operations = subgroup.operations;
	p->budget = has(&e, "VK_EXT_memory_budget");

	ExtensionFeatures timeline = {.type = 1000207000}, fault = {.type = 1000341000}, addresses = {.type = 1000257000};
	ExtensionFeatures fragments = {.type = 1000506000}, halves = {.type = 1000082000}, model = {.type = 1000211000}, bfloats = {.type = 1000141000};
	Features2 features = {.type = 1000059000};
	end = &features.next;
	if (later || has(&e, "VK_KHR_timeline_semaphore")) *end = &timeline, end = &timeline.next;
	if (later || has(&e, "VK_KHR_buffer_device_address")) *end = &addresses, end = &addresses.next;
	int cooperates = later && has(&e, "VK_KHR_cooperative_matrix");
	if (cooperates) *end = &halves, halves.next = &model, model.next = &fragments, end = &fragments.next;
	int bfloat = cooperates && has(&e, "VK_KHR_shader_bfloat16");
	if (bfloat) *end = &bfloats, end = &bfloats.next;
	if (has(&e, "VK_EXT_device_fault")) *end = &fault;
	l->GetPhysicalDeviceFeatures2(h, &features);
	if (cooperates && fragments.on[0] && halves.on[0] && model.on[0]) choose_fragment(l, h, Float16Component, p->fragment);
	if (bfloat && bfloats.on[0] && bfloats.on[2] && fragments.on[0] && model.on[0]) choose_fragment(l, h, BFloat16Component, p->wide_fragment);
	p->timeline = timeline.on[0], p->fault = fault.on[0], p->addresses = addresses.on[0];
	p->float64 = features.features[FeatureFloat64], p->int64 = features.features[FeatureInt64];
	free(e.list);
}

void hekla_describe(Loader *l, Handle h, Physical *p) {
	l->GetPhysicalDeviceProperties(h, &p->p);
	if (p->p.api < API11) return;
	probe(l, h, p);
	MemoryProperties memory = {0};
	l->GetPhysicalDeviceMemoryProperties(h, &memory);
	for (uint32_t i = 0; i < memory.heaps && i < 16; i++)
		if (memory.heap[i].flags & 1 && memory.heap[i].size > p->memory) p->memory = memory.heap[i].size, p->heap = (int)i;
	QueueFamily families[32];
	uint32_t n = 32;
	l->GetPhysicalDeviceQueueFamilyProperties(h, &n, families);
	for (uint32_t i = 0; i < n && !p->compute; i++)
		if (families[i].flags & 2 && families[i].count)
			p->compute = 1, p->family = i, p->timestamp_bits = families[i].timestamp_bits;
}

// hekla_available returns what the driver grants beyond what the process has of
// the device's largest heap, or all ones if it does not say.
uint64_t hekla_available(Loader *l, Handle h, const Physical *p) {
	if (!p->budget) return ~0ull;
	BudgetProperties b = {.type = 1000237000};
	MemoryProperties2 all = {.type = 1000059006, .next = &b};
	l->GetPhysicalDeviceMemoryProperties2(h, &all);
	uint64_t budget = b.budget[p->heap], usage = b.usage[p->heap];
	if (!budget) return ~0ull;
	if (budget > p->memory) budget = p->memory;
	return budget > usage ? budget - usage : 0;
}

size_t hekla_abi(int what) {
	static const size_t sizes[] = {
		sizeof(Properties), offsetof(Properties, limits), sizeof(Limits), sizeof(MemoryProperties), sizeof(QueueFamily),
		offsetof(Limits, storage_range), offsetof(Limits, push_bytes), offsetof(Limits, allocations),
		offsetof(Limits, stage_storage_buffers), offsetof(Limits, shared_bytes), offsetof(Limits, groups),
		offsetof(Limits, invocations), offsetof(Limits, group_size), offsetof(Limits, storage_alignment),
		offsetof(Limits, timestamp_period), offsetof(Limits, atom),
		sizeof(BudgetProperties), sizeof(MemoryProperties2), sizeof(Features2), sizeof(PCIProperties), sizeof(SubgroupProperties),
		sizeof(SubmitInfo), sizeof(TimelineSubmit), sizeof(WaitInfo), sizeof(SemaphoreKind), sizeof(QueryPoolInfo),
		sizeof(MessengerInfo), sizeof(ValidationInfo), sizeof(FaultInfo), offsetof(Message, message), sizeof(ConstantInfo), sizeof(DeviceInfo),
	};
	return what < (int)(sizeof sizes / sizeof *sizes) ? sizes[what] : 0;
}
