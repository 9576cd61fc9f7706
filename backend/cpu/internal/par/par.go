// Package par runs loops on all the processors Go may use.
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
	team.run(n, grain, w, f)
}

// pool is the one team of workers. The region's fields are reused by every region: mu admits one at a time, and
// a region ends only when no worker reads them any more.
type pool struct {
	mu sync.Mutex // held by the caller of the region that runs

	f     func(lo, hi int)
	n     int
	chunk int
	next  atomic.Int64 // first element that nobody has claimed

	panicked atomic.Bool
	failure  any // the first panic; written by the goroutine that set panicked

	_      [64]byte     // what workers poll stays off the line that claims bounce
	places atomic.Int64 // how many more workers may join the region
	left   atomic.Int64 // how many of those that joined have finished

	_      [64]byte
	asleep atomic.Int64 // workers that are parked, or about to, and have no token in wake
	alive  atomic.Int64 // workers that exist
	wake   chan struct{}
}

// A thousand tokens: sends never block, since one is sent only per sleeping worker.
var team = pool{wake: make(chan struct{}, 1024)}

// run is For's parallel case; the caller holds mu.
func (p *pool) run(n, grain, workers int, f func(lo, hi int)) {
	chunk := (n + workers*chunksPerWorker - 1) / (workers * chunksPerWorker)
	chunk = (chunk + grain - 1) / grain * grain
	chunks := (n + chunk - 1) / chunk
	helpers := min(workers, chunks, cap(p.wake)) - 1

	p.f, p.n, p.chunk = f, n, chunk
	p.next.Store(0)
	p.left.Store(0)
	p.places.Store(int64(helpers))
	p.rouse(helpers)

	// On Goexit (testing.T.FailNow in f) no code after claim runs, so the end of the region is deferred.
	defer p.finish(int64(helpers))
	p.claim()
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

// claim runs f on one range after the other until none is left. It catches a panic of f for finish to raise.
func (p *pool) claim() {
	defer p.catch()
	for {
		hi := int(p.next.Add(int64(p.chunk)))
		lo := hi - p.chunk
		if lo >= p.n || p.panicked.Load() {
			return
		}
		p.f(lo, min(hi, p.n))
	}
}

func (p *pool) catch() {
	if e := recover(); e != nil && p.panicked.CompareAndSwap(false, true) {
		p.failure = e
	}
}
