//go:build cgo && ((linux && !android) || windows || vulkan)

#include "sets.h"

#include <stdlib.h>
#include <string.h>

enum { Keep = 4, MaxBuffers = 64 }; // batches' worth of sets

typedef struct { Object set; uint64_t hash; uint32_t key, words; } Entry;

struct Sets {
	Object pool;
	uint32_t batch_sets, batch_descriptors; // the most of one batch
	uint32_t sets, descriptors;             // in use
	uint64_t generation;
	uint32_t mask; // slots of the table less one, a power of two
	Entry *table;
	uint64_t *keys; // layout and bindings of each set, one after the other
	uint32_t key_words;
};

int hekla_sets(Device *d, uint32_t sets, uint32_t descriptors, Sets **out) {
	Sets *s = calloc(1, sizeof *s);
	if (!s) return -1;
	s->batch_sets = sets, s->batch_descriptors = descriptors;
	s->mask = 1;
	while (s->mask < 2 * Keep * sets) s->mask *= 2;
	s->table = calloc(s->mask--, sizeof *s->table);
	s->keys = malloc(8 * Keep * (sets + 3 * (size_t)descriptors));
	PoolSize size = {.type = 7, .count = Keep * descriptors};
	DescriptorPoolInfo pool = {.type = 33, .sets = Keep * sets, .sizes = 1, .size = &size};
	int r = s->table && s->keys ? d->CreateDescriptorPool(d->device, &pool, NULL, &s->pool) : -1;
	if (r) {
		hekla_sets_free(d, s);
		return r;
	}
	*out = s;
	return 0;
}

void hekla_sets_free(Device *d, Sets *s) {
	if (!s) return;
	d->DestroyDescriptorPool(d->device, s->pool, NULL);
	free(s->table);
	free(s->keys);
	free(s);
}

int hekla_sets_begin(Device *d, Sets *s, uint64_t generation) {
	if (s->generation == generation && s->sets <= (Keep - 1) * s->batch_sets && s->descriptors <= (Keep - 1) * s->batch_descriptors) return 0;
	int r = d->ResetDescriptorPool(d->device, s->pool, 0);
	if (r) return r;
	memset(s->table, 0, (s->mask + 1) * sizeof *s->table);
	s->sets = s->descriptors = s->key_words = 0;
	s->generation = generation;
	return 0;
}

static int make(Device *d, Sets *s, Object layout, uint32_t n, const uint64_t *bind, Object *out) {
	BufferRange ranges[MaxBuffers];
	WriteSet writes[MaxBuffers];
	SetAllocateInfo allocate = {.type = 34, .pool = s->pool, .count = 1, .layouts = &layout};
	int r = d->AllocateDescriptorSets(d->device, &allocate, out);
	if (r) return r;
	for (uint32_t i = 0; i < n; i++) {
		ranges[i] = (BufferRange){bind[3 * i], bind[3 * i + 1], bind[3 * i + 2]};
		writes[i] = (WriteSet){.type = 35, .set = *out, .binding = i, .count = 1, .kind = 7, .buffers = &ranges[i]};
	}
	d->UpdateDescriptorSets(d->device, n, writes, 0, NULL);
	return 0;
}

int hekla_set(Device *d, Sets *s, Object layout, uint32_t n, const uint64_t *bind, Object *out) {
	if (n > MaxBuffers || s->sets >= Keep * s->batch_sets || s->descriptors + n > Keep * s->batch_descriptors) return ShimBadStream;
	uint64_t hash = layout * 0x9e3779b97f4a7c15u;
	for (uint32_t i = 0; i < 3 * n; i++) hash = (hash ^ bind[i]) * 0x9e3779b97f4a7c15u, hash ^= hash >> 29;
	uint32_t at = (uint32_t)(hash >> 32) & s->mask;
	for (; s->table[at].set; at = (at + 1) & s->mask) { // never full
		Entry *e = &s->table[at];
		const uint64_t *key = s->keys + e->key;
		if (e->hash == hash && e->words == 1 + 3 * n && key[0] == layout && !memcmp(key + 1, bind, 24 * n)) {
			*out = e->set;
			return 0;
		}
	}
	int r = make(d, s, layout, n, bind, out);
	if (r) return r;
	s->table[at] = (Entry){*out, hash, s->key_words, 1 + 3 * n};
	s->keys[s->key_words] = layout;
	memcpy(s->keys + s->key_words + 1, bind, 24 * n);
	s->key_words += 1 + 3 * n;
	s->sets++, s->descriptors += n;
	return 0;
}
