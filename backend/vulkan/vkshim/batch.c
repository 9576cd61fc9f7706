//go:build cgo && ((linux && !android) || windows || vulkan)

#include "room.h"
#include "sets.h"

#include <stdlib.h>
#include <string.h>

struct Batch {
	Object commands, fence, stamps;
	Room *room; // the commands'
	Sets *sets;
	uint32_t stamp_count;
	uint64_t pipeline, set; // bound last
	uint32_t push[64], pushed; // words of push constants, as they are now
	Handle command;
};

int hekla_batch(Device *d, uint32_t sets, uint32_t descriptors, uint32_t stamps, Batch **out) {
	Batch *b = calloc(1, sizeof *b);
	if (!b) return -1;
	CommandPoolInfo commands = {.type = 39, .flags = 1, .family = d->family}; // transient
	b->room = hekla_room();
	int r = b->room ? d->CreateCommandPool(d->device, &commands, hekla_room_callbacks(b->room), &b->commands) : -1;
	if (!r) {
		CommandAllocateInfo one = {.type = 40, .pool = b->commands, .count = 1};
		r = d->AllocateCommandBuffers(d->device, &one, &b->command);
	}
	if (!r) r = hekla_sets(d, sets, descriptors, &b->sets);
	FenceInfo fence = {.type = 8};
	if (!r && !d->timeline) r = d->CreateFence(d->device, &fence, NULL, &b->fence);
	QueryPoolInfo queries = {.type = 11, .kind = 2, .count = stamps};
	if (!r && stamps) r = d->CreateQueryPool(d->device, &queries, NULL, &b->stamps);
	b->stamp_count = stamps;
	if (r) {
		hekla_batch_free(d, b);
		return r;
	}
	*out = b;
	return 0;
}

void hekla_batch_free(Device *d, Batch *b) {
	d->DestroyQueryPool(d->device, b->stamps, NULL);
	d->DestroyFence(d->device, b->fence, NULL);
	hekla_sets_free(d, b->sets);
	if (b->commands) d->DestroyCommandPool(d->device, b->commands, hekla_room_callbacks(b->room));
	hekla_room_free(b->room);
	free(b);
}

enum { Compute = 1, AtCompute = 0x800, AtTransfer = 0x1000, AtEnd = 0x2000, AtHost = 0x4000 };
enum { ShaderRead = 0x20, ShaderWrite = 0x40, TransferRead = 0x800, TransferWrite = 0x1000, HostRead = 0x2000, HostWrite = 0x4000 };

static void barrier(Device *d, Handle c, uint32_t to_stage, uint32_t to) {
	MemoryBarrier b = {.type = 46, .from = ShaderWrite | TransferWrite, .to = to};
	d->CmdPipelineBarrier(c, AtCompute | AtTransfer, to_stage, 0, 1, &b, 0, NULL, 0, NULL);
}

static int dispatch(Device *d, Batch *b, const uint64_t *w, size_t left, size_t *used) {
	uint32_t push[64];
	if (left < 8) return ShimBadStream;
	uint64_t n = w[6];
	if (n > 64 || left < 8 + 3 * n) return ShimBadStream;
	uint64_t words = w[7 + 3 * n];
	if (words > 64 || left < 8 + 3 * n + (words + 1) / 2) return ShimBadStream;
	Object set;
	int r = hekla_set(d, b->sets, w[2], (uint32_t)n, &w[7], &set);
	if (r) return r;
	if (w[0] != b->pipeline) d->CmdBindPipeline(b->command, Compute, b->pipeline = w[0]);
	if (set != b->set) d->CmdBindDescriptorSets(b->command, Compute, w[1], 0, 1, &set, 0, NULL), b->set = set;
	// A word is half of one of the stream's, the lower one first.
	const uint64_t *p = &w[8 + 3 * n];
	for (uint64_t i = 0; i < words; i++) push[i] = (uint32_t)(p[i / 2] >> (i % 2 * 32));
	if (words > b->pushed || memcmp(push, b->push, 4 * words)) {
		d->CmdPushConstants(b->command, w[1], 0x20, 0, (uint32_t)(4 * words), push);
		memcpy(b->push, push, 4 * words);
		if (words > b->pushed) b->pushed = (uint32_t)words;
	}
	d->CmdDispatch(b->command, (uint32_t)w[3], (uint32_t)w[4], (uint32_t)w[5]);
	*used = 8 + 3 * n + (words + 1) / 2;
	return 0;
}

static int replay(Device *d, Batch *b, const uint64_t *s, size_t count) {
	for (size_t i = 0; i < count;) {
		uint64_t op = s[i++];
		size_t used = 0;
		int r = 0;
		switch (op) {
		case OpDispatch:
			r = dispatch(d, b, s + i, count - i, &used);
			break;
		case OpBarrier:
			barrier(d, b->command, AtCompute | AtTransfer, ShaderRead | ShaderWrite | TransferRead | TransferWrite);
			break;
		case OpHostBarrier:
			barrier(d, b->command, AtHost, HostRead | HostWrite);
			break;
		case OpCopy: {
			if (count - i < 5) return ShimBadStream;
			CopyRegion region = {s[i + 2], s[i + 3], s[i + 4]};
			d->CmdCopyBuffer(b->command, s[i], s[i + 1], 1, &region);
			used = 5;
			break;
		}
		case OpStamp:
			if (i >= count || s[i] >= b->stamp_count) return ShimBadStream;
			d->CmdWriteTimestamp(b->command, AtEnd, b->stamps, (uint32_t)s[i]);
			used = 1;
			break;
		default:
			return ShimBadStream;
		}
		if (r) return r;
		i += used;
	}
	return 0;
}

int hekla_submit(Device *d, Batch *b, const uint64_t *stream, size_t count, uint32_t stamps, uint64_t number, uint64_t generation) {
	int r = d->ResetCommandPool(d->device, b->commands, 0);
	if (!r) r = hekla_sets_begin(d, b->sets, generation);
	if (!r && b->fence) r = d->ResetFences(d->device, 1, &b->fence);
	BeginInfo begin = {.type = 42, .flags = 1}; // submitted once
	if (!r) r = d->BeginCommandBuffer(b->command, &begin);
	if (r) return r;
	b->pipeline = b->set = b->pushed = 0;
	if (stamps) d->CmdResetQueryPool(b->command, b->stamps, 0, stamps);
	r = replay(d, b, stream, count);
	int end = d->EndCommandBuffer(b->command);
	if (r || end) return r ? r : end;
	TimelineSubmit timeline = {.type = 1000207003, .signals = 1, .signal = &number};
	SubmitInfo submit = {.type = 4, .commands = 1, .command = &b->command};
	if (d->timeline) submit.next = &timeline, submit.signals = 1, submit.signal = &d->timeline;
	return d->QueueSubmit(d->queue, 1, &submit, b->fence);
}

// hekla_wait waits for batch b, which got that number.
int hekla_wait(Device *d, Batch *b, uint64_t number, uint64_t nanoseconds) {
	if (!d->timeline) return d->WaitForFences(d->device, 1, &b->fence, 1, nanoseconds);
	WaitInfo w = {.type = 1000207004, .count = 1, .semaphores = &d->timeline, .values = &number};
	return d->WaitSemaphores(d->device, &w, nanoseconds);
}

// hekla_done returns the number of the last batch that ended; without timeline
// semaphores, nothing.
int hekla_done(Device *d, uint64_t *number) {
	return d->timeline ? d->GetSemaphoreCounterValue(d->device, d->timeline, number) : 0;
}

int hekla_stamps(Device *d, Batch *b, uint32_t count, uint64_t *out) {
	return d->GetQueryPoolResults(d->device, b->stamps, 0, count, 8 * count, out, 8, 3); // 64 bits, waiting
}
