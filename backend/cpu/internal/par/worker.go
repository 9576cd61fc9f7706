package par

import (
	"errors"
	"runtime"
	"time"
)

// spinTime is how long a worker polls before it parks. Waking a parked worker takes 20 to 60 µs, and the gaps between
// the regions of one network layer are shorter than this.
const spinTime = 50 * time.Microsecond

// rouse sees to it that n workers exist and are awake.
func (p *pool) rouse(n int) {
	for int(p.alive.Load()) < n { // only the holder of mu adds workers
		go p.work(int(p.alive.Add(1)))
	}
	for i := 0; i < n; i++ {
		if !p.takeSleeper() {
			return
		}
		p.wake <- struct{}{}
	}
}

// takeSleeper counts one worker out of asleep and reports whether there was one.
func (p *pool) takeSleeper() bool {
	for {
		s := p.asleep.Load()
		if s == 0 {
			return false
		}
		if p.asleep.CompareAndSwap(s, s-1) {
			return true
		}
	}
}

// join takes a place in the region, if one is open.
func (p *pool) join() bool {
	for {
		s := p.places.Load()
		if s <= 0 {
			return false
		}
		if p.places.CompareAndSwap(s, s-1) {
			return true
		}
	}
}

// work is the life of a worker. id says with which part of a region it begins; the caller's is 0.
func (p *pool) work(id int) {
	defer p.alive.Add(-1) // reached only by Goexit in f
	for {
		if p.poll() {
			p.help(id)
			continue
		}
		// Count as asleep first and look once more: either this look sees the place a caller has just opened, or that
		// caller sees the sleeper and sends a token.
		p.asleep.Add(1)
		if p.places.Load() > 0 && p.takeSleeper() {
			continue
		}
		<-p.wake
	}
}

// poll waits for a place for about spinTime.
func (p *pool) poll() bool {
	var start time.Time
	for i := 0; ; i++ {
		if p.join() {
			return true
		}
		if i&63 == 63 { // every few microseconds
			if start.IsZero() {
				start = time.Now()
			} else if time.Since(start) > spinTime {
				return false
			}
			runtime.Gosched()
		}
		pause(4)
	}
}

var errGoexit = errors.New("par: runtime.Goexit was called in a parallel region")

// help works in the region joined, and reports the worker's departure whatever f does.
func (p *pool) help(id int) {
	returned := false
	defer func() {
		if !returned && p.panicked.CompareAndSwap(false, true) {
			p.failure = errGoexit
		}
		p.left.Add(1)
	}()
	p.claim(id)
	returned = true
}
