package backend

import (
	"errors"
	"fmt"
	"runtime"
	"time"
)

// find serves a request that no block fits exactly: from a larger block, from
// the device, or the hard way. The block it returns is lent.
func (p *pool) find(a *arena, class int, n, size int64) (*block, error) {
	if p.err != nil {
		return nil, p.err
	}
	if b := p.cached(a, class, size); b != nil {
		return b, nil
	}
	if p.collectGarbage(size) {
		if b := p.cached(a, class, size); b != nil {
			return b, nil
		}
	}
	b, err := p.grow(a, size)
	if !errors.Is(err, ErrOutOfMemory) {
		return b, err
	}

	p.reclaim.Lock()
	defer p.reclaim.Unlock()
	for _, reclaim := range []func(){func() {}, p.collect} {
		if err := p.dev.Sync(); err != nil { // memory of enqueued calls
			return nil, err
		}
		reclaim()
		if b := p.cached(a, class, size); b != nil {
			return b, nil
		}
		p.Trim()
		if b, err = p.grow(a, size); !errors.Is(err, ErrOutOfMemory) {
			return b, err
		}
		if p.sub != nil { // better in the wrong pages than not at all
			if b := p.cached(p.other(a), class, size); b != nil {
				return b, nil
			}
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	e := &MemoryError{Device: p.Info().Name, Requested: n, InUse: p.inUse, Cached: p.taken - p.inUse}
	if err == errBudget {
		e.Limit = p.limit
	} else {
		e.Cause = err
	}
	return nil, e
}

// cached looks for a block in the cache.
func (p *pool) cached(a *arena, class int, size int64) *block {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.take(a, class, size)
	if b != nil {
		p.hits++
		p.lend(b)
	}
	return b
}

// smallPage is the least to take from a device that can cut it.
const smallPage = 2 << 20

// errBudget is ErrOutOfMemory by the pool's own limit.
var errBudget = fmt.Errorf("%w: over budget", ErrOutOfMemory)

// grow takes a new page from the device and lends a block of it.
func (p *pool) grow(a *arena, size int64) (*block, error) {
	want := size
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, fmt.Errorf("backend: %s: alloc: %w", p.Info().Name, ErrClosed)
	}
	if p.sub != nil && a.small {
		// 2 MiB at first, 32 MiB for who needs much: drivers limit the number.
		want = smallPage << min(len(a.pages), 4)
		if p.limit > 0 {
			want = min(want, max(smallPage, p.limit/16&^(cut-1)))
			if p.taken+want > p.limit {
				want = size
			}
		}
	}
	// Blocks of sizes that nobody asks for any more must not pile up.
	var idle []*page
	if most := max(p.peak, p.inUse+size); p.taken+want > most+most/2+p.floor {
		idle = p.drop(nil, most+most/2+p.floor-want)
	}
	if p.limit > 0 && p.taken+want > p.limit {
		p.mu.Unlock()
		free(idle)
		return nil, errBudget
	}
	p.taken += want // before the lock goes, so that nobody else takes it
	p.mu.Unlock()
	free(idle)

	buf, err := p.dev.Alloc(want)
	if want > size && errors.Is(err, ErrOutOfMemory) {
		p.mu.Lock()
		p.taken += size - want
		p.mu.Unlock()
		want = size
		buf, err = p.dev.Alloc(want)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.taken -= want
		return nil, err
	}
	pg := &page{arena: a, buf: buf, size: want}
	b := &block{pool: p, page: pg, size: want}
	pg.first = b
	if a.pages == nil {
		a.pages = map[*page]struct{}{}
	}
	a.pages[pg] = struct{}{}
	p.split(b, size)
	p.ready(b)
	p.lend(b)
	return b, nil
}

// collectGarbage runs the garbage collector if much memory was lent since the
// last time, and reports whether it did. Go's collector sees only the small
// handles of device memory, so by itself it would let gigabytes of dropped
// tensors pile up.
func (p *pool) collectGarbage(size int64) bool {
	p.mu.Lock()
	if p.inUse < p.collectAt/4 {
		// A lull; but a program that comes and goes does not collect each time.
		p.collectAt = max(p.floor, p.collectAt/2)
	}
	due := p.inUse+size > p.collectAt
	p.mu.Unlock()
	if !due || !p.reclaim.TryLock() { // someone else is at it
		return false
	}
	defer p.reclaim.Unlock()
	p.gc()
	p.mu.Lock()
	p.collectAt = max(p.floor, 2*p.inUse)
	p.mu.Unlock()
	return true
}

// collect has everybody give up what they can spare. p.reclaim is held.
func (p *pool) collect() {
	for _, f := range p.hooks {
		f()
	}
	p.gc()
}

// gc runs the garbage collector and waits, not for ever, for the cleanups that
// free the buffers of what it found.
func (p *pool) gc() {
	const most, quiet = 20 * time.Millisecond, 200 * time.Microsecond
	done := make(chan struct{})
	sentinel(done)
	runtime.GC()
	deadline := time.Now().Add(most)
	select {
	case <-done: // cleanups have begun; several goroutines run them
	case <-time.After(most):
	}
	for last := p.freeCount(); time.Now().Before(deadline); {
		time.Sleep(quiet)
		now := p.freeCount()
		if now == last {
			return
		}
		last = now
	}
}

func (p *pool) freeCount() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.frees
}

// sentinel closes done when the next collection's cleanups run.
//
//go:noinline
func sentinel(done chan struct{}) {
	runtime.AddCleanup(&struct{ c chan struct{} }{done}, func(c chan struct{}) { close(c) }, done)
}
