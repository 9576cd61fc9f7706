//go:build cgo && ((linux && !android) || windows || vulkan)

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

void *hekla_proc(Loader *l) { return (void *)l->get; }

uint32_t hekla_version(Loader *l) {
	uint32_t (VKAPI *version)(uint32_t *) = (void *)l->get(NULL, "vkEnumerateInstanceVersion");
	uint32_t have = 0;
	return version && version(&have) == 0 ? have : 0;
}

// What layers say, counted and shown.
static uint32_t messages;

static uint32_t VKAPI on_message(uint32_t severity, uint32_t kind, const Message *m, void *user) {
	(void)severity, (void)kind, (void)user;
	if (__atomic_add_fetch(&messages, 1, __ATOMIC_RELAXED) <= 50) fprintf(stderr, "vulkan: %s\n", m->message ? m->message : m->id);
	return 0;
}

uint32_t hekla_messages(void) { return __atomic_load_n(&messages, __ATOMIC_RELAXED); }

static int offers(Loader *l, const char *layer, const char *name) {
	int (VKAPI *extensions)(const char *, uint32_t *, ExtensionProperties *) = (void *)l->get(NULL, "vkEnumerateInstanceExtensionProperties");
	uint32_t n = 0;
	int found = 0;
	if (!extensions || extensions(layer, &n, NULL) || !n) return 0;
	ExtensionProperties *e = calloc(n, sizeof *e);
	if (e && extensions(layer, &n, e) >= 0)
		for (uint32_t i = 0; i < n; i++) found |= !strcmp(e[i].name, name);
	free(e);
	return found;
}

typedef struct {
	InstanceInfo info; // first: it is what Vulkan gets
	ApplicationInfo app;
	MessengerInfo messenger;
	ValidationInfo validation;
	uint32_t enable[4];
	const char *layers[1], *extensions[4];
	char layer[256];
} InstanceBlock;

void *hekla_instance_info(Loader *l, const char *layer, int sync, int gpu) {
	InstanceBlock *b = calloc(1, sizeof *b);
	if (!b) return NULL;
	uint32_t have = hekla_version(l);
	b->app = (ApplicationInfo){.type = 0, .app = "hekla", .engine = "hekla", .api = have < API13 ? have : API13};
	b->info = (InstanceInfo){.type = 1, .app = &b->app, .layer_names = b->layers, .extension_names = b->extensions};
	// Drivers that are not all of Vulkan, as on macOS, are listed if one asks for them.
	if (offers(l, NULL, "VK_KHR_portability_enumeration")) {
		b->info.flags = 1;
		b->extensions[b->info.extensions++] = "VK_KHR_portability_enumeration";
	}
	if (!layer) return b;
	snprintf(b->layer, sizeof b->layer, "%s", layer);
	b->layers[b->info.layers++] = b->layer;
	if (offers(l, NULL, "VK_EXT_debug_utils") || offers(l, layer, "VK_EXT_debug_utils")) {
		b->extensions[b->info.extensions++] = "VK_EXT_debug_utils";
		// Warnings and errors of all kinds.
		b->messenger = (MessengerInfo){.type = 1000128004, .severities = 0x1100, .kinds = 7, .callback = on_message};
		b->info.next = &b->messenger;
	}
	if ((sync || gpu) && offers(l, layer, "VK_EXT_validation_features")) {
		b->extensions[b->info.extensions++] = "VK_EXT_validation_features";
		b->validation = (ValidationInfo){.type = 1000247000, .next = b->info.next, .enable = b->enable};
		if (gpu) b->enable[b->validation.enabled++] = 0, b->enable[b->validation.enabled++] = 1;
		if (sync) b->enable[b->validation.enabled++] = 4;
		b->info.next = &b->validation;
	}
	return b;
}

int hekla_instance(Loader *l, Handle instance) {
#define LOAD(name) if (!(l->name = (void *)l->get(instance, "vk" #name))) return ShimNoFunction
	INSTANCE_FUNCTIONS(LOAD)
#undef LOAD
	l->GetFragments = (void *)l->get(instance, "vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR");
	int (VKAPI *messenger)(Handle, const MessengerInfo *, const void *, Object *) = (void *)l->get(instance, "vkCreateDebugUtilsMessengerEXT");
	if (messenger) { // the instance's own ends with its creation
		MessengerInfo info = {.type = 1000128004, .severities = 0x1100, .kinds = 7, .callback = on_message};
		Object m;
		messenger(instance, &info, NULL, &m);
	}
	return 0;
}
