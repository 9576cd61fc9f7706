//go:build cgo && ((linux && !android) || windows || vulkan)

#include "load.h"

#include <stdlib.h>

enum { StorageBuffer = 7, Compute = 0x20, MaxConstants = 32 };

void *hekla_set_layout_info(uint32_t buffers) {
	struct { SetLayoutInfo info; Binding bindings[]; } *b = calloc(1, sizeof *b + buffers * sizeof(Binding));
	if (!b) return NULL;
	b->info = (SetLayoutInfo){.type = 32, .count = buffers, .bindings = b->bindings};
	for (uint32_t i = 0; i < buffers; i++) b->bindings[i] = (Binding){.binding = i, .type = StorageBuffer, .count = 1, .stages = Compute};
	return b;
}

void *hekla_layout_info(Object set_layout, uint32_t push_bytes) {
	struct { LayoutInfo info; Object set; PushRange range; } *b = calloc(1, sizeof *b);
	if (!b) return NULL;
	b->set = set_layout;
	b->range = (PushRange){.stages = Compute, .size = push_bytes};
	b->info = (LayoutInfo){.type = 30, .sets = 1, .set = &b->set, .ranges = push_bytes ? 1 : 0, .range = &b->range};
	return b;
}

int hekla_pipeline(Device *d, Object module, Object layout, Object cache, const uint32_t *constants, uint32_t constant_count, Object *out) {
	ConstantEntry entries[MaxConstants];
	if (constant_count > MaxConstants) return ShimBadStream;
	for (uint32_t i = 0; i < constant_count; i++) entries[i] = (ConstantEntry){i, 4 * i, 4};
	ConstantInfo special = {constant_count, entries, 4 * constant_count, constants};
	StageInfo stage = {.type = 18, .stage = Compute, .module = module, .entry = "main", .constants = constant_count ? &special : NULL};
	PipelineInfo info = {.type = 29, .stage = stage, .layout = layout, .base_index = -1};
	return d->CreateComputePipelines(d->device, cache, 1, &info, NULL, out);
}
