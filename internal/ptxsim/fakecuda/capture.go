//go:build (linux && (amd64 || arm64)) || (windows && amd64)

package fakecuda

// Modes of a capture: which calls that may wait for other streams are refused meanwhile.
const (
	captureGlobal  = 0 // of all threads
	captureThread  = 1 // of the thread that captures
	captureRelaxed = 2 // none
)

// A stream only records: what tests capture.
type stream struct {
	device  *device
	plain   bool     // waits for the default stream, and that for it
	capture *capture // nil outside of one
}

// A capture is what streams record: first that which it began in, then those that
// waited for an event of one that was in it.
type capture struct {
	origin  *stream
	mode    uintptr
	thread  uintptr
	nodes   []node
	invalid bool
	forks   map[*stream]bool // whose last work nothing waits for yet
}

// A node is a piece of recorded work.
type node func() uint32

// captures lists what is captured now.
func (m *Machine) captures() (list []*capture) {
	for _, s := range m.streams {
		if s.capture != nil && s.capture.origin == s {
			list = append(list, s.capture)
		}
	}
	return list
}

// conflict makes captures end in an error if bad says so of them, and returns the
// result of the call that brought that about.
func (m *Machine) conflict(result uint32, bad func(*capture) bool) uint32 {
	found := uint32(success)
	for _, c := range m.captures() {
		if bad(c) {
			c.invalid = true
			found = result
		}
	}
	return found
}

// waits is for calls that wait for all of a device, whatever the mode of a capture.
func (m *Machine) waits(d *device) uint32 {
	return m.conflict(captureUnsupported, func(c *capture) bool { return c.origin.device == d })
}

// unsafe is for calls that may wait for other streams. The manual lists them as those
// that cuThreadExchangeStreamCaptureMode is about.
func (m *Machine) unsafe() uint32 {
	return m.conflict(captureUnsupported, func(c *capture) bool {
		return c.mode == captureGlobal || c.mode == captureThread && c.thread == thread()
	})
}

// legacy is for work in the default stream, which other plain streams wait for.
func (m *Machine) legacy(d *device) uint32 {
	return m.conflict(captureImplicit, func(c *capture) bool { return c.origin.device == d && c.origin.plain })
}

// stream returns a stream of d, nil for the default one.
func (m *Machine) stream(d *device, h uintptr) (*stream, uint32) {
	if h == 0 {
		return nil, m.legacy(d)
	}
	s := m.streams[h]
	if s == nil || s.device != d {
		return nil, invalidHandle
	}
	return s, success
}

// enqueue runs f in the default stream, or adds it to what a stream captures.
func (m *Machine) enqueue(d *device, h uintptr, f node) uint32 {
	s, r := m.stream(d, h)
	switch {
	case r != success:
		return r
	case s == nil:
		return f()
	case s.capture == nil:
		return invalidHandle
	case s.capture.invalid:
		return captureInvalidated
	}
	s.capture.nodes = append(s.capture.nodes, f)
	if s != s.capture.origin {
		s.capture.forks[s] = true
	}
	return success
}

func (m *Machine) beginCapture(s *stream, mode uintptr) uint32 {
	switch {
	case s == nil:
		return captureUnsupported // the default stream cannot
	case mode > captureRelaxed:
		return invalidValue
	case s.capture != nil:
		return illegalState
	}
	s.capture = &capture{origin: s, mode: mode, thread: thread(), forks: map[*stream]bool{}}
	return success
}

func (m *Machine) endCapture(s *stream) ([]node, uint32) {
	switch {
	case s == nil || s.capture == nil:
		return nil, illegalState
	case s.capture.origin != s:
		s.capture.invalid = true
		return nil, captureUnmatched
	case s.capture.mode != captureRelaxed && s.capture.thread != thread():
		return nil, captureWrongThread
	}
	c := s.capture
	for _, s := range m.streams {
		if s.capture == c {
			s.capture = nil
		}
	}
	switch {
	case c.invalid:
		return nil, captureInvalidated
	case len(c.forks) > 0:
		return nil, captureUnjoined
	}
	return c.nodes, success
}

// follow makes stream s, nil for the default one, wait for an event that a capture
// recorded, or a stream that is captured for any event. done reports whether either is so.
func (m *Machine) follow(s *stream, e *event) (result uint32, done bool) {
	c := e.capture
	switch {
	case c == nil && (s == nil || s.capture == nil):
		return success, false
	case c == nil: // what it waits for is not in the graph
		s.capture.invalid = true
		return captureIsolation, true
	case c.origin.capture != c:
		return capturedEvent, true
	case s == nil:
		c.invalid = true
		return captureImplicit, true
	case s.capture == nil:
		s.capture = c
		c.forks[s] = true
	case s.capture != c:
		s.capture.invalid, c.invalid = true, true
		return captureMerge, true
	case e.stream != s:
		delete(c.forks, e.stream)
	}
	return success, true
}
