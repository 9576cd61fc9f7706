package backend

import "sync/atomic"

// A tracked buffer tells its wrapper when it is freed, once.
type tracked struct {
	inner Buffer
	gone  atomic.Bool
	free  func(inner Buffer)
}

type trackedHost struct{ tracked }

// track returns b, a HostBuffer if b is one, with free in place of its Free.
func track(b Buffer, free func(inner Buffer)) Buffer {
	if _, ok := b.(HostBuffer); ok {
		return &trackedHost{tracked{inner: b, free: free}}
	}
	return &tracked{inner: b, free: free}
}

func (b *tracked) Len() int64     { return b.inner.Len() }
func (b *tracked) Unwrap() Buffer { return b.inner }

func (b *tracked) Free() {
	if !b.gone.Swap(true) {
		b.free(b.inner)
	}
}

func (b *trackedHost) Bytes() []byte { return b.inner.(HostBuffer).Bytes() }

// untrack undoes track.
func untrack(b Buffer) Buffer {
	switch b := b.(type) {
	case *tracked:
		return b.inner
	case *trackedHost:
		return b.inner
	}
	return b
}

// runUntracked runs c on d with the buffers that d handed out.
func runUntracked(d Device, c *Call) error {
	return rewrite(c, func(b Buffer) (Buffer, error) { return untrack(b), nil }, d.Run)
}
