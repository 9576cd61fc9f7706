//go:build cgo && ((linux && !android) || windows || vulkan)

#include "room.h"

#include <stdlib.h>
#include <string.h>

enum { Unit = 64, Classes = 32, BlockBytes = 64 << 10, Align = 16 };

// A piece is preceded by a header. Its class is how many units it has; 0 if it
// is of malloc's.
typedef struct {
	_Alignas(Align) void *whole; // what malloc returned
	uint32_t class, bytes;
} Header;

typedef struct Free { struct Free *next; } Free;
typedef struct Block { _Alignas(Align) struct Block *next; } Block;

struct Room {
	AllocationCallbacks callbacks;
	Free *free[Classes + 1];
	Block *blocks;
	char *at, *end; // of the newest block
};

static void *VKAPI take(void *user, size_t bytes, size_t align, int scope) {
	Room *r = user;
	(void)scope;
	size_t class = (bytes + sizeof(Header) + Unit - 1) / Unit;
	if (bytes > UINT32_MAX) return NULL;
	if (class > Classes || align > Align) {
		if (align < Align) align = Align;
		void *whole = malloc(bytes + sizeof(Header) + align);
		if (!whole) return NULL;
		uintptr_t p = ((uintptr_t)whole + sizeof(Header) + align - 1) / align * align;
		((Header *)p)[-1] = (Header){whole, 0, (uint32_t)bytes};
		return (void *)p;
	}
	Free *f = r->free[class];
	if (f) {
		r->free[class] = f->next;
		((Header *)f)[-1].bytes = (uint32_t)bytes;
		return f;
	}
	size_t n = class * Unit;
	if ((size_t)(r->end - r->at) < n) {
		Block *b = malloc(sizeof *b + BlockBytes);
		if (!b) return NULL;
		b->next = r->blocks;
		r->blocks = b;
		r->at = (char *)(b + 1), r->end = r->at + BlockBytes;
	}
	Header *h = (Header *)r->at;
	r->at += n;
	*h = (Header){NULL, (uint32_t)class, (uint32_t)bytes};
	return h + 1;
}

static void VKAPI give(void *user, void *p) {
	if (!p) return;
	Header *h = (Header *)p - 1;
	if (!h->class) {
		free(h->whole);
		return;
	}
	Room *r = user;
	Free *f = p;
	uint32_t class = h->class;
	f->next = r->free[class];
	r->free[class] = f;
}

static void *VKAPI change(void *user, void *old, size_t bytes, size_t align, int scope) {
	if (!old) return take(user, bytes, align, scope);
	if (!bytes) {
		give(user, old);
		return NULL;
	}
	void *p = take(user, bytes, align, scope);
	if (p) {
		size_t had = ((Header *)old)[-1].bytes;
		memcpy(p, old, had < bytes ? had : bytes);
		give(user, old);
	}
	return p;
}

Room *hekla_room(void) {
	Room *r = calloc(1, sizeof *r);
	if (r) r->callbacks = (AllocationCallbacks){.user = r, .allocate = take, .reallocate = change, .free = give};
	return r;
}

void hekla_room_free(Room *r) {
	if (!r) return;
	for (Block *b = r->blocks, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	free(r);
}

const AllocationCallbacks *hekla_room_callbacks(const Room *r) { return &r->callbacks; }
