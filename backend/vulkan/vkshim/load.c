#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <windows.h>
static void *open_library(const char *name) { return (void *)LoadLibraryA(name); }
static void *find_symbol(void *lib, const char *name) { return (void *)GetProcAddress((HMODULE)lib, name); }
static const char *open_error(void) { return "the library cannot be loaded"; }
#else
#include <dlfcn.h>
static void *open_library(const char *name) { return dlopen(name, RTLD_NOW | RTLD_LOCAL); }
static void *find_symbol(void *lib, const char *name) { return dlsym(lib, name); }
static const char *open_error(void) { const char *e = dlerror(); return e ? e : "dlopen failed"; }
#endif

const char *hekla_open(const char *library, Loader **out) {
	void *lib = open_library(library);
	if (!lib) return open_error();
	Proc get = (Proc)find_symbol(lib, "vkGetInstanceProcAddr");
	if (!get) return "it has no vkGetInstanceProcAddr";
	Loader *l = calloc(1, sizeof *l);
	if (!l) return "out of memory";
	l->get = get;
	*out = l;
	return NULL;
}

int hekla_instance(Loader *l, const char *layer) {
	uint32_t (VKAPI *version)(uint32_t *) = (void *)l->get(NULL, "vkEnumerateInstanceVersion");
	int (VKAPI *create)(const InstanceInfo *, const void *, Handle *) = (void *)l->get(NULL, "vkCreateInstance");
	uint32_t have = 0;
	if (!create) return ShimNoFunction;
	if (!version || version(&have) != 0 || have < API11) return -9; // incompatible driver
	ApplicationInfo app = {.type = 0, .app = "hekla", .engine = "hekla", .api = API11};
	InstanceInfo info = {.type = 1, .app = &app};
	const char *layers[1] = {layer};
	if (layer) info.layers = 1, info.layer_names = layers;
	const char *portability[1] = {"VK_KHR_portability_enumeration"};
	int (VKAPI *extensions)(const char *, uint32_t *, ExtensionProperties *) = (void *)l->get(NULL, "vkEnumerateInstanceExtensionProperties");
	uint32_t n = 0;
	if (extensions && extensions(NULL, &n, NULL) == 0 && n > 0) {
		ExtensionProperties *e = calloc(n, sizeof *e);
		if (e && extensions(NULL, &n, e) >= 0)
			for (uint32_t i = 0; i < n; i++)
				if (!strcmp(e[i].name, portability[0])) // drivers that are not all of Vulkan, as on macOS
					info.extensions = 1, info.extension_names = portability, info.flags = 1;
		free(e);
	}
	int r = create(&info, NULL, &l->instance);
	if (r) return r;
#define LOAD(name) if (!(l->name = (void *)l->get(l->instance, "vk" #name))) return ShimNoFunction
	INSTANCE_FUNCTIONS(LOAD)
#undef LOAD
	return 0;
}

static void describe(Loader *l, Handle h, Physical *p) {
	p->physical = h;
	DriverProperties driver = {.type = 1000196000};
	IDProperties id = {.type = 1000071004};
	SubgroupProperties subgroup = {.type = 1000094000, .next = &id};
	Properties2 all = {.type = 1000059001, .next = &subgroup};
	// A driver of Vulkan 1.1 need not know the driver properties of 1.2.
	l->GetPhysicalDeviceProperties(h, &p->p);
	if (p->p.api >= API11) {
		if (p->p.api >= API12) id.next = &driver;
		l->GetPhysicalDeviceProperties2(h, &all);
		memcpy(p->uuid, id.device_uuid, 16);
		memcpy(p->driver_name, driver.name, 256);
		memcpy(p->driver_info, driver.info, 256);
		if (subgroup.stages & 0x20) p->subgroup_size = subgroup.size, p->subgroup_operations = subgroup.operations;
		p->driver_known = p->p.api >= API12;
	}
	uint32_t features[Features] = {0};
	l->GetPhysicalDeviceFeatures(h, features);
	p->float64 = features[FeatureFloat64], p->int64 = features[FeatureInt64];
	MemoryProperties memory = {0};
	l->GetPhysicalDeviceMemoryProperties(h, &memory);
	for (uint32_t i = 0; i < memory.heaps && i < 16; i++)
		if (memory.heap[i].flags & 1 && memory.heap[i].size > p->memory) p->memory = memory.heap[i].size;
	QueueFamily families[32];
	uint32_t n = 32;
	l->GetPhysicalDeviceQueueFamilyProperties(h, &n, families);
	for (uint32_t i = 0; i < n && !p->compute; i++)
		if (families[i].flags & 2 && families[i].count) p->compute = 1, p->family = i;
}

int hekla_physicals(Loader *l, Physical *out, uint32_t *count) {
	Handle handles[64];
	uint32_t n = 64 < *count ? 64 : *count;
	int r = l->EnumeratePhysicalDevices(l->instance, &n, handles);
	if (r < 0) return r;
	for (uint32_t i = 0; i < n; i++) describe(l, handles[i], &out[i]);
	*count = n;
	return 0;
}

size_t hekla_abi(int what) {
	static const size_t sizes[] = {
		sizeof(Properties), offsetof(Properties, limits), sizeof(Limits), sizeof(MemoryProperties), sizeof(QueueFamily),
		offsetof(Limits, storage_range), offsetof(Limits, push_bytes), offsetof(Limits, allocations),
		offsetof(Limits, stage_storage_buffers), offsetof(Limits, shared_bytes), offsetof(Limits, groups),
		offsetof(Limits, invocations), offsetof(Limits, group_size), offsetof(Limits, storage_alignment),
		offsetof(Limits, timestamp_period), offsetof(Limits, atom),
	};
	return what < (int)(sizeof sizes / sizeof *sizes) ? sizes[what] : 0;
}
