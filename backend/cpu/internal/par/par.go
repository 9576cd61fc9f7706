// Package par runs loops on all the processors Go may use.
//
// Of every region a worker takes the same part first, counted from the beginning to the end: layer after layer, the
// same images, rows or elements go through the same core's cache. Who is done with its part helps the others.
//
// A region started by For is cheap enough (a fraction of a microsecond while the workers are hot) to pay off from
// about four microseconds of serial work. Workers are started on the first region and stay: after a region they poll
// for the next one for about 50 µs and then park, so an idle program uses no processor time.
//
// The calling goroutine works too, and takes back the share of every worker that has not begun by the time it runs out
// of work: on a loaded machine a region costs no more than the serial loop. Regions started inside a region, or while
// another goroutine's region runs, are serial loops.
package par

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// chunksPerWorker balances load between workers of unequal speed against the price of a claim.
const chunksPerWorker = 8

// Workers returns how many goroutines a region may use, the caller among them: GOMAXPROCS at this moment.
func Workers() int { return runtime.GOMAXPROCS(0) }

// For calls f on disjoint ranges [lo, hi) that cover [0, n) once, on up to Workers goroutines at once, and returns
// when all calls have returned. Every lo is a multiple of grain, and every range but the last holds a multiple of
// grain elements. If n <= grain there is one call, f(0, n), and if n <= 0 there is none. A grain below 1 means 1.
//
// How [0, n) is cut depends on the number of workers: results must not. If f panics, the remaining ranges may be
// left out and the first panic value is raised again in the caller, whichever goroutine it happened on.
func For(n, grain int, f func(lo, hi int)) {
	if grain < 1 {
		grain = 1
	}
	if n <= grain {
		if n > 0 {
			f(0, n)
		}
		return
	}
	w := Workers()
	if w == 1 || !team.mu.TryLock() {
		f(0, n)
		return
	}
	chunk := (n + w*chunksPerWorker - 1) / (w * chunksPerWorker)
	team.run(n, (chunk+grain-1)/grain*grain, w, false, f)
}

// backwards is the direction of the next Sweep.
var backwards atomic.Bool

// Sweep is For for passes over memory that may be larger than the caches. Ranges hold grain elements or more, which are
// to be worth a few microseconds of work, are as many for each worker, and begin anywhere. Every other Sweep goes through
// them from the last to the first: it begins with what the one before has left in the cache.
func Sweep(n, grain int, f func(lo, hi int)) {
	if grain < 1 {
		grain = 1
	}
	if n <= grain {
		if n > 0 {
			f(0, n)
		}
		return
	}
	back := backwards.Load()
	backwards.Store(!back) // that of two at once may be the same does no harm
	w := min(Workers(), n/grain)
	each := n / (w * grain)
	chunk := (n + w*each - 1) / (w * each)
	if w > 1 && team.mu.TryLock() {
		team.run(n, chunk, w, back, f)
		return
	}
	last := (n - 1) / chunk
	for i := range last + 1 {
		if back {
			i = last - i
		}
		f(i*chunk, min((i+1)*chunk, n))
	}
}

// pool is the one team of workers. The region's fields are reused by every region: mu admits one at a time, and
// a region ends only when no worker reads them any more.
type pool struct {
	mu sync.Mutex // held by the caller of the region that runs

	f      func(lo, hi int)
	n      int
	chunk  int
	chunks int
	parts  int  // of the chunks, one for each goroutine
	back   bool // last chunks first

	panicked atomic.Bool
	failure  any // the first panic; written by the goroutine that set panicked

	_      [64]byte     // what workers poll stays off the lines that claims bounce
	places atomic.Int64 // how many more workers may join the region
	left   atomic.Int64 // how many of those that joined have finished

	_      [64]byte
	asleep atomic.Int64 // workers that are parked, or about to, and have no token in wake
	alive  atomic.Int64 // workers that exist
	wake   chan struct{}

	claims [maxParts]claims
}

// claims counts the chunks of a part that somebody has claimed, on a cache line of its own.
type claims struct {
	n atomic.Int64
	_ [56]byte
}

// maxParts is how many goroutines have a part of their own; more begin as helpers of others.
const maxParts = 64

// A thousand tokens: sends never block, since one is sent only per sleeping worker.
var team = pool{wake: make(chan struct{}, 1024)}

// run is the parallel case of For and Sweep; the caller holds mu.
func (p *pool) run(n, chunk, workers int, back bool, f func(lo, hi int)) {
	p.f, p.n, p.chunk, p.back = f, n, chunk, back
	p.chunks = (n + chunk - 1) / chunk
	helpers := min(workers, p.chunks, cap(p.wake)) - 1
	p.parts = min(helpers+1, maxParts)
	for i := range p.parts {
		p.claims[i].n.Store(0)
	}
	p.left.Store(0)
	p.places.Store(int64(helpers))
	p.rouse(helpers)

	// On Goexit (testing.T.FailNow in f) no code after claim runs, so the end of the region is deferred.
	defer p.finish(int64(helpers))
	p.claim(0)
}

// finish revokes the places nobody took, waits for the workers that did take one, and raises what any of them raised.
func (p *pool) finish(helpers int64) {
	joined := helpers - p.places.Swap(0)
	for spins := 0; p.left.Load() != joined; spins++ {
		if spins&63 == 63 {
			runtime.Gosched() // a worker may have lost its processor
		}
		pause(4)
	}
	failed, failure := p.panicked.Load(), p.failure
	p.f, p.failure = nil, nil
	p.panicked.Store(false)
	p.mu.Unlock()
	if failed {
		panic(failure)
	}
}

// claim runs f on one chunk after the other until none is left: first those of part id, then those of the parts after
// it. It catches a panic of f for finish to raise.
func (p *pool) claim(id int) {
	defer p.catch()
	for i := range p.parts {
		part := (id + i) % p.parts
		first, end := part*p.chunks/p.parts, (part+1)*p.chunks/p.parts
		for {
			k := first + int(p.claims[part].n.Add(1)) - 1
			if k >= end {
				break
			}
			if p.panicked.Load() {
				return
			}
			if p.back {
				k = first + end - 1 - k
			}
			p.f(k*p.chunk, min((k+1)*p.chunk, p.n))
		}
	}
}

func (p *pool) catch() {
	if e := recover(); e != nil && p.panicked.CompareAndSwap(false, true) {
		p.failure = e
	}
}
