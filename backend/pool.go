package backend

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// Pool returns d with its memory cached: a freed block is handed out again
// instead of asking the device, whose allocators are slow and sometimes wait.
//
// A block is reusable as soon as it is freed, even while calls that use it are
// still enqueued: the calls of its next owner come after them. This asks of d
// that Upload, too, takes its turn behind the calls enqueued before it.
//
// Requests are rounded up to size classes (at most 12.5 % more above 512
// bytes, 3.2 % above 1 MiB). If d is a Suballocator, blocks are cut from larger
// ones and merged again. Memory taken from d is limited to SetLimit's budget,
// or else HEKLA_MEMORY_LIMIT ("2GiB"), and to 1.5 times what was ever in use at
// once, give or take 64 MiB. When memory is short, the pool waits for the
// device, gives up its cache, runs the garbage collector and the hooks of
// OnReclaim, and tries again before it returns a *MemoryError.
//
// Freeing a buffer twice does nothing, even when its memory has a new owner:
// buffer objects are small, made in batches, and never used again. Using a
// buffer after Free is an error from Upload, Download and Run.
//
// The device returned implements MemoryStats, Trimmer, Limiter, Reclaimer and
// Counter.
// If d's buffers are HostBuffers, so are the pool's.
func Pool(d Device) Device {
	p := &pool{dev: d, floor: 64 << 20}
	p.small.small = true
	p.collectAt = p.floor
	p.sub, _ = As[Suballocator](d)
	p.collector, _ = As[Collector](d)
	p.limit, p.err = memoryLimit()
	return p
}

// A Suballocator is a device whose buffers can be cut: Slice returns n bytes
// of b from byte off, a multiple of 256. The part is not freed; it ends with b.
type Suballocator interface {
	Slice(b Buffer, off, n int64) Buffer
}

type pool struct {
	dev Device
	sub Suballocator // nil if blocks cannot be cut
	err error        // of the environment, for every Alloc

	collector Collector // nil if memory is not Go's
	counting  atomic.Int32

	mu           sync.Mutex
	small, large arena
	closed       bool
	limit        int64 // budget in bytes, 0 for none
	taken        int64 // from dev, in use or cached
	inUse, peak  int64
	buffers      int
	allocs, hits uint64
	frees        uint64
	handles      []handle // not yet handed out
	hostHandles  []hostHandle

	reclaim   sync.Mutex // held while memory is looked for the hard way
	hooks     []func()   // under reclaim
	floor     int64      // garbage below this is not worth a collection
	collectAt int64      // under mu: bytes in use that call for one
}

// A handle is a Buffer of the pool.
type handle struct {
	block atomic.Pointer[block] // nil once freed
	n     int64                 // as requested
}

// A hostHandle is a handle of memory that the host can reach.
type hostHandle struct{ handle }

func (h *handle) Len() int64 { return h.n }

func (h *handle) Free() {
	if b := h.block.Swap(nil); b != nil {
		b.pool.put(b)
	}
}

// Unwrap returns the device's own buffer, or nil after Free. It may be longer.
func (h *handle) Unwrap() Buffer {
	if b := h.block.Load(); b != nil {
		return b.buf
	}
	return nil
}

// Bytes returns nil after Free.
func (h *hostHandle) Bytes() []byte {
	if b := h.block.Load(); b != nil {
		return b.mem[:h.n:h.n]
	}
	return nil
}

func (p *pool) Info() Info     { return p.dev.Info() }
func (p *pool) Sync() error    { return p.dev.Sync() }
func (p *pool) Unwrap() Device { return p.dev }

func (p *pool) Alloc(n int64) (Buffer, error) {
	if n < 0 || n > maxRequest {
		return nil, fmt.Errorf("backend: %s: cannot allocate %d bytes", p.Info().Name, n)
	}
	if p.collector != nil && p.err == nil && p.counting.Load() == 0 {
		if b := p.collector.AllocCollected(n); b != nil {
			return b, nil
		}
	}
	size := n
	if p.sub != nil {
		size = (n + cut - 1) &^ (cut - 1)
	}
	class, size := classOf(size)
	a := p.arena(size)
	p.mu.Lock()
	p.allocs++
	b := a.head[class]
	// The remainder of a cut may be larger than its class, and is no buffer yet:
	// find sees to it.
	if b == nil || b.size != size || b.buf == nil {
		p.mu.Unlock()
		var err error
		if b, err = p.find(a, class, n, size); err != nil {
			return nil, err
		}
		p.mu.Lock()
	} else {
		a.remove(b)
		p.hits++
		p.lend(b)
	}
	h := p.handle(b, n)
	p.mu.Unlock()
	return h, nil
}

// lend marks b, which is in no list, as in use. p.mu is held.
func (p *pool) lend(b *block) {
	p.inUse += b.size
	p.peak = max(p.peak, p.inUse)
	p.buffers++
}

// put takes b back.
func (p *pool) put(b *block) {
	p.mu.Lock()
	p.inUse -= b.size
	p.buffers--
	p.frees++
	if !p.closed { // Close has ended the memory with the device
		b.freed = p.frees
		b.page.arena.add(b)
	}
	p.mu.Unlock()
}

// batch is how many handles are made at once. They are not used again, so that
// an old one can do no harm; in batches they cost next to nothing.
const batch = 32

func (p *pool) handle(b *block, n int64) Buffer {
	if b.host {
		if len(p.hostHandles) == 0 {
			p.hostHandles = make([]hostHandle, batch)
		}
		h := &p.hostHandles[0]
		p.hostHandles = p.hostHandles[1:]
		h.n = n
		h.block.Store(b)
		return h
	}
	if len(p.handles) == 0 {
		p.handles = make([]handle, batch)
	}
	h := &p.handles[0]
	p.handles = p.handles[1:]
	h.n = n
	h.block.Store(b)
	return h
}

func (p *pool) Close() error {
	p.reclaim.Lock()
	defer p.reclaim.Unlock()
	p.mu.Lock()
	already := p.closed
	p.closed = true
	pages := p.drop(nil, 0)
	p.mu.Unlock()
	if already {
		return fmt.Errorf("backend: %s: close: %w", p.Info().Name, ErrClosed)
	}
	free(pages)
	return p.dev.Close()
}
