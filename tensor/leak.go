package tensor

import (
	"runtime"
	"time"

	"github.com/hekla-ml/hekla/backend"
)

// TB is what CheckLeaks needs of a testing.TB.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Cleanup(func())
}

// CheckLeaks makes a test fail if, at its end and after the garbage collector
// ran, more memory of dev is in use than now. Tests that run in parallel to it
// must not use dev.
func CheckLeaks(t TB, dev backend.Device) {
	t.Helper()
	stats, ok := backend.As[backend.MemoryStats](dev)
	if !ok {
		t.Errorf("tensor: checkleaks: %s does not count its memory; wrap it with backend.Pool", dev.Info().Name)
		return
	}
	count := func(bool) {}
	if c, ok := backend.As[backend.Counter](dev); ok {
		count = c.CountSmall
	}
	count(true)
	collect(stats, 0)
	before := stats.Stats()
	t.Cleanup(func() {
		t.Helper()
		defer count(false)
		if now := collect(stats, before.InUse); now.InUse > before.InUse {
			t.Errorf("tensor: %d bytes in %d buffers of %s are still in use, which the test did not start with",
				now.InUse-before.InUse, now.Buffers-before.Buffers, dev.Info().Name)
		}
	})
}

// collect runs the garbage collector until no more than want bytes are in use,
// or it finds nothing more. What finalizers free takes a moment.
func collect(s backend.MemoryStats, want int64) backend.Stats {
	last := s.Stats()
	for idle := 0; last.InUse > want && idle < 3; {
		runtime.GC()
		time.Sleep(time.Millisecond)
		now := s.Stats()
		if idle++; now.InUse < last.InUse {
			idle = 0
		}
		last = now
	}
	return last
}
