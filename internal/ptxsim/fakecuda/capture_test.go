//go:build linux && (amd64 || arm64)

package fakecuda

import (
	"fmt"
	"runtime"
	"testing"
)

const (
	plainStream = 0
	nonBlocking = 1
)

var once = [3]uintptr{1, 1, 1}

// TestCaptureConflicts makes calls while a stream captures: those that are refused make
// the capture end in an error, and the others leave it alone.
func TestCaptureConflicts(t *testing.T) {
	type capturing struct {
		caller
		stream, f, p, pinned, event, recorded uintptr
	}
	copyOut := func(c capturing) uint32 { return c.call("cuMemcpyDtoH_v2", at(new([8]byte)), c.p, 8) }
	copyIn := func(c capturing) uint32 { return c.call("cuMemcpyHtoD_v2", c.p, at(new([8]byte)), 8) }
	alloc := func(c capturing) uint32 { return c.call("cuMemAlloc_v2", at(new(uintptr)), 64) }
	const other = 3 // a relaxed capture of another thread
	for _, l := range []struct {
		name string
		call func(c capturing) uint32
		want [4]uint32 // by mode
	}{
		{"alloc", alloc, [4]uint32{900, 900, 0, 0}},
		{"free", func(c capturing) uint32 { return c.call("cuMemFree_v2", c.p) }, [4]uint32{900, 900, 0, 0}},
		{"alloc of pinned memory", func(c capturing) uint32 { return c.call("cuMemAllocHost_v2", at(new(uintptr)), 64) }, [4]uint32{900, 900, 0, 0}},
		{"free of pinned memory", func(c capturing) uint32 { return c.call("cuMemFreeHost", c.pinned) }, [4]uint32{900, 900, 0, 0}},
		{"load", func(c capturing) uint32 { return c.call("cuModuleLoadData", at(new(uintptr)), text(nothing)) }, [4]uint32{900, 900, 0, 0}},
		{"copy in", copyIn, [4]uint32{900, 900, 0, 0}},
		{"copy out", copyOut, [4]uint32{900, 900, 0, 0}},
		{"synchronize the context", func(c capturing) uint32 { return c.call("cuCtxSynchronize") }, [4]uint32{900, 900, 900, 900}},
		{"synchronize the stream", func(c capturing) uint32 { return c.call("cuStreamSynchronize", c.stream) }, [4]uint32{900, 900, 900, 900}},
		{"query the stream", func(c capturing) uint32 { return c.call("cuStreamQuery", c.stream) }, [4]uint32{900, 900, 900, 900}},
		{"synchronize the default stream", func(c capturing) uint32 { return c.call("cuStreamSynchronize", 0) }, [4]uint32{}},
		{"synchronize a recorded event", func(c capturing) uint32 { return c.call("cuEventSynchronize", c.recorded) }, [4]uint32{907, 907, 907, 907}},
		{"synchronize another event", func(c capturing) uint32 { return c.call("cuEventSynchronize", c.event) }, [4]uint32{}},
		{"wait in it for an event of before", func(c capturing) uint32 { return c.call("cuStreamWaitEvent", c.stream, c.event, 0) }, [4]uint32{905, 905, 905, 905}},
		{"wait in the default stream", func(c capturing) uint32 { return c.call("cuStreamWaitEvent", 0, c.recorded, 0) }, [4]uint32{906, 906, 906, 906}},
		{"launch in it", func(c capturing) uint32 { return c.launchIn(c.stream, c.f, once, once, 0) }, [4]uint32{}},
		{"launch in the default stream", func(c capturing) uint32 { return c.launch(c.f, once, once, 0) }, [4]uint32{}},
		{"copy asynchronously", func(c capturing) uint32 { return c.call("cuMemcpyHtoDAsync_v2", c.p, c.pinned, 64, 0) }, [4]uint32{}},
		{"begin again", func(c capturing) uint32 { return c.call("cuStreamBeginCapture_v2", c.stream, captureRelaxed) }, [4]uint32{401, 401, 401, 401}},
	} {
		for mode, want := range l.want {
			t.Run(fmt.Sprintf("%s, mode %d", l.name, mode), func(t *testing.T) {
				c := capturing{caller: open(t, &Machine{})}
				c.f, c.stream = c.kernel(nothing), c.word("cuStreamCreate", nonBlocking)
				c.p, c.pinned = c.word("cuMemAlloc_v2", 64), c.word("cuMemAllocHost_v2", 64)
				c.event, c.recorded = c.word("cuEventCreate", 2), c.word("cuEventCreate", 2)
				c.want(success, "cuEventRecord", c.event, 0)
				if mode == other {
					elsewhere(func() {
						c.setCurrent()
						c.want(success, "cuStreamBeginCapture_v2", c.stream, captureRelaxed)
					})
				} else {
					c.want(success, "cuStreamBeginCapture_v2", c.stream, uintptr(mode))
				}
				c.want(success, "cuEventRecord", c.recorded, c.stream)
				if r := l.call(c); r != want {
					t.Errorf("%d, want %d", r, want)
				}
				end := uint32(success)
				if want >= 900 {
					end = captureInvalidated
					if r := c.launchIn(c.stream, c.f, once, once, 0); r != end {
						t.Errorf("a launch in the invalid capture: %d, want %d", r, end)
					}
				}
				graph := new(uintptr)
				c.want(end, "cuStreamEndCapture", c.stream, at(graph))
				if (*graph != 0) != (end == success) {
					t.Errorf("graph %#x", *graph)
				}
				if r := alloc(c); r != success {
					t.Errorf("alloc afterwards: %d", r)
				}
				c.want(success, "cuCtxSynchronize")
			})
		}
	}
}

// elsewhere runs f on another thread.
func elsewhere(f func()) {
	done := make(chan bool)
	go func() {
		runtime.LockOSThread() // and the thread ends with the goroutine
		f()
		close(done)
	}()
	<-done
}

// setCurrent makes the context of the first device current to this thread.
func (c caller) setCurrent() { c.want(success, "cuCtxSetCurrent", c.m.devices[0].context) }

// TestCaptureOtherThread: a global capture forbids to all threads what may wait, and only
// a relaxed one may end on another thread.
func TestCaptureOtherThread(t *testing.T) {
	for mode, want := range []struct{ alloc, end uint32 }{{900, 908}, {success, 908}, {success, success}} {
		c := open(t, &Machine{})
		s := c.word("cuStreamCreate", nonBlocking)
		c.want(success, "cuStreamBeginCapture_v2", s, uintptr(mode))
		elsewhere(func() {
			c.setCurrent()
			c.want(want.end, "cuStreamEndCapture", s, at(new(uintptr)))
			if want.end != success {
				c.want(want.alloc, "cuMemAlloc_v2", at(new(uintptr)), 8)
			}
		})
		last := map[uintptr]uint32{captureGlobal: captureInvalidated, captureRelaxed: illegalState}[uintptr(mode)]
		c.want(last, "cuStreamEndCapture", s, at(new(uintptr)))
	}
}

// TestCaptureStreams: which streams capture, and how their work comes together.
func TestCaptureStreams(t *testing.T) {
	c := open(t, &Machine{})
	f := c.kernel(nothing)
	a, b, e, graph := c.word("cuStreamCreate", nonBlocking), c.word("cuStreamCreate", nonBlocking), c.word("cuEventCreate", 2), new(uintptr)
	launch := func(stream uintptr, want uint32) {
		t.Helper()
		if r := c.launchIn(stream, f, once, once, 0); r != want {
			t.Errorf("launch in %#x: %d, want %d", stream, r, want)
		}
	}
	begin := func(s uintptr) { t.Helper(); c.want(success, "cuStreamBeginCapture_v2", s, captureRelaxed) }
	end := func(s uintptr, want uint32) { t.Helper(); c.want(want, "cuStreamEndCapture", s, at(graph)) }
	after := func(s, of uintptr) {
		t.Helper()
		c.want(success, "cuEventRecord", e, of)
		c.want(success, "cuStreamWaitEvent", s, e, 0)
	}
	c.want(captureUnsupported, "cuStreamBeginCapture_v2", 0, captureRelaxed)
	c.want(invalidHandle, "cuStreamBeginCapture_v2", a+1, captureRelaxed)
	c.want(invalidValue, "cuStreamBeginCapture_v2", a, 3)
	c.want(invalidValue, "cuStreamCreate", at(new(uintptr)), 2)
	end(a, illegalState)

	begin(a) // a fork that comes back
	launch(a, success)
	after(b, a)
	launch(b, success)
	after(a, b)
	end(a, success)
	before, ready := c.m.Launches, c.word("cuGraphInstantiateWithFlags", *graph, 0)
	end(b, illegalState)
	c.want(success, "cuGraphLaunch", ready, 0)
	if n := c.m.Launches - before; n != 2 {
		t.Errorf("%d launches of the graph, want 2", n)
	}

	begin(a) // one that does not
	after(b, a)
	launch(b, success)
	end(a, captureUnjoined)

	begin(a) // work after it came back
	after(b, a)
	after(a, b)
	launch(b, success)
	end(a, captureUnjoined)

	begin(a)
	after(b, a)
	end(b, captureUnmatched)
	end(a, captureInvalidated)

	begin(a)
	begin(b)
	c.want(success, "cuEventRecord", e, a)
	c.want(captureMerge, "cuStreamWaitEvent", b, e, 0)
	end(a, captureInvalidated)
	end(b, captureInvalidated)

	// The default stream waits for a plain stream, so the graph would have to.
	p := c.word("cuStreamCreate", plainStream)
	begin(p)
	launch(0, captureImplicit)
	end(p, captureInvalidated)
	begin(p)
	c.want(success, "cuStreamDestroy_v2", p)
	launch(p, invalidHandle)
	c.want(success, "cuCtxSynchronize")
}

// TestGraphHandles takes templates and what is made of them for each other, and both after their end.
func TestGraphHandles(t *testing.T) {
	c := open(t, &Machine{})
	m := c.word("cuModuleLoadData", text(nothing))
	f, s, graph := c.word("cuModuleGetFunction", m, text("k")), c.word("cuStreamCreate", nonBlocking), new(uintptr)
	c.want(success, "cuStreamBeginCapture_v2", s, captureRelaxed)
	c.launchIn(s, f, once, once, 0)
	c.want(success, "cuStreamEndCapture", s, at(graph))
	ready := c.word("cuGraphInstantiateWithFlags", *graph, 0)
	c.want(invalidHandle, "cuGraphLaunch", *graph, 0)
	c.want(invalidHandle, "cuGraphExecDestroy", *graph)
	c.want(invalidHandle, "cuGraphDestroy", ready)
	c.want(invalidHandle, "cuGraphInstantiateWithFlags", at(new(uintptr)), ready, 0)
	c.want(success, "cuGraphDestroy", *graph)
	c.want(invalidHandle, "cuGraphDestroy", *graph)
	c.want(success, "cuGraphLaunch", ready, 0)
	c.want(success, "cuModuleUnload", m)
	c.want(invalidHandle, "cuGraphLaunch", ready, 0)
	c.want(success, "cuGraphExecDestroy", ready)
	c.want(invalidHandle, "cuGraphExecDestroy", ready)
	c.want(success, "cuStreamDestroy_v2", s)
	c.want(invalidHandle, "cuStreamDestroy_v2", s)
}
