package backend

// A Collected buffer is Go's own memory: the garbage collector takes it back
// when nobody holds it. Free only ends its use.
type Collected interface {
	HostBuffer
	Collected()
}

// A Collector is a device that computes in Go's memory. A Pool has it serve
// small requests, for which the rest of an allocation, and a finalizer to end
// it, would take longer than a call on it. Pool's figures leave such buffers
// out, unless it is told to count them: see Counter.
type Collector interface {
	// AllocCollected returns nil if the request is not small.
	AllocCollected(bytes int64) Collected
}

// A Counter is a Pool. CountSmall(true) has it serve small requests, too, by
// itself, so that its figures tell who does not free what; each call wants one
// with false to end that.
type Counter interface{ CountSmall(on bool) }

func (p *pool) CountSmall(on bool) {
	if on {
		p.counting.Add(1)
	} else {
		p.counting.Add(-1)
	}
}
