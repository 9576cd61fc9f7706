#include "load.h"

#include <stdlib.h>
#include <string.h>

struct Batch {
	Object commands, descriptors, fence;
	Handle command;
};

int hekla_batch(Device *d, uint32_t sets, uint32_t descriptors, Batch **out) {
	Batch *b = calloc(1, sizeof *b);
	if (!b) return -1;
	CommandPoolInfo commands = {.type = 39, .flags = 1, .family = d->family}; // transient
	int r = d->CreateCommandPool(d->device, &commands, NULL, &b->commands);
	if (!r) {
		CommandAllocateInfo one = {.type = 40, .pool = b->commands, .count = 1};
		r = d->AllocateCommandBuffers(d->device, &one, &b->command);
	}
	PoolSize size = {.type = 7, .count = descriptors};
	DescriptorPoolInfo pool = {.type = 33, .sets = sets, .sizes = 1, .size = &size};
	if (!r) r = d->CreateDescriptorPool(d->device, &pool, NULL, &b->descriptors);
	FenceInfo fence = {.type = 8};
	if (!r) r = d->CreateFence(d->device, &fence, NULL, &b->fence);
	if (r) {
		hekla_batch_free(d, b);
		return r;
	}
	*out = b;
	return 0;
}

void hekla_batch_free(Device *d, Batch *b) {
	d->DestroyFence(d->device, b->fence, NULL);
	d->DestroyDescriptorPool(d->device, b->descriptors, NULL);
	d->DestroyCommandPool(d->device, b->commands, NULL);
	free(b);
}

enum { Compute = 1, AtCompute = 0x800, AtTransfer = 0x1000, AtHost = 0x4000 };
enum { ShaderRead = 0x20, ShaderWrite = 0x40, TransferRead = 0x800, TransferWrite = 0x1000, HostRead = 0x2000, HostWrite = 0x4000 };

static void barrier(Device *d, Handle c, uint32_t to_stage, uint32_t to) {
	MemoryBarrier b = {.type = 46, .from = ShaderWrite | TransferWrite, .to = to};
	d->CmdPipelineBarrier(c, AtCompute | AtTransfer, to_stage, 0, 1, &b, 0, NULL, 0, NULL);
}

static int dispatch(Device *d, Batch *b, const uint64_t *w, size_t left, size_t *used) {
	BufferRange ranges[64];
	WriteSet writes[64];
	uint32_t push[64];
	if (left < 8) return ShimBadStream;
	uint64_t n = w[6];
	if (n > 64 || left < 8 + 3 * n) return ShimBadStream;
	uint64_t words = w[7 + 3 * n];
	if (words > 64 || left < 8 + 3 * n + (words + 1) / 2) return ShimBadStream;
	Object set;
	SetAllocateInfo allocate = {.type = 34, .pool = b->descriptors, .count = 1, .layouts = &w[2]};
	int r = d->AllocateDescriptorSets(d->device, &allocate, &set);
	if (r) return r;
	for (uint64_t i = 0; i < n; i++) {
		ranges[i] = (BufferRange){w[7 + 3 * i], w[8 + 3 * i], w[9 + 3 * i]};
		writes[i] = (WriteSet){.type = 35, .set = set, .binding = (uint32_t)i, .count = 1, .kind = 7, .buffers = &ranges[i]};
	}
	d->UpdateDescriptorSets(d->device, (uint32_t)n, writes, 0, NULL);
	d->CmdBindPipeline(b->command, Compute, w[0]);
	d->CmdBindDescriptorSets(b->command, Compute, w[1], 0, 1, &set, 0, NULL);
	if (words) {
		const uint64_t *p = &w[8 + 3 * n];
		for (uint64_t i = 0; i < words; i++) push[i] = (uint32_t)(p[i / 2] >> (i % 2 * 32));
		d->CmdPushConstants(b->command, w[1], 0x20, 0, (uint32_t)(4 * words), push);
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
		default:
			return ShimBadStream;
		}
		if (r) return r;
		i += used;
	}
	return 0;
}

int hekla_submit(Device *d, Batch *b, const uint64_t *stream, size_t count) {
	int r = d->ResetCommandPool(d->device, b->commands, 0);
	if (!r) r = d->ResetDescriptorPool(d->device, b->descriptors, 0);
	if (!r) r = d->ResetFences(d->device, 1, &b->fence);
	BeginInfo begin = {.type = 42, .flags = 1}; // submitted once
	if (!r) r = d->BeginCommandBuffer(b->command, &begin);
	if (r) return r;
	r = replay(d, b, stream, count);
	int end = d->EndCommandBuffer(b->command);
	if (r || end) return r ? r : end;
	SubmitInfo submit = {.type = 4, .commands = 1, .command = &b->command};
	return d->QueueSubmit(d->queue, 1, &submit, b->fence);
}

int hekla_wait(Device *d, Batch *b, uint64_t nanoseconds) {
	return d->WaitForFences(d->device, 1, &b->fence, 1, nanoseconds);
}
