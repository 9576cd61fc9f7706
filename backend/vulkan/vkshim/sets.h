// Descriptor sets of a batch, kept from one use of it to the next.
#ifndef HEKLA_SETS_H
#define HEKLA_SETS_H

#include "load.h"

typedef struct Sets Sets;

// hekla_sets makes room for one batch of so many sets and descriptors, and for
// those of earlier ones.
int hekla_sets(Device *, uint32_t sets, uint32_t descriptors, Sets **out);
void hekla_sets_free(Device *, Sets *);

// hekla_sets_begin is called before a batch is recorded, when no set is in use.
// Sets of another generation bind buffers that may be gone.
int hekla_sets_begin(Device *, Sets *, uint64_t generation);

// hekla_set finds or makes a set of a layout; bind has buffer, offset and range
// for each of n buffers.
int hekla_set(Device *, Sets *, Object layout, uint32_t n, const uint64_t *bind, Object *out);

#endif
