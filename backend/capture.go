package backend

import "errors"

// A Capturer is a device that makes one unit of many calls, which it then runs
// again at far less cost than each by itself: a CUDA graph. The calls have run
// before, and use the device's own buffers, which must live as long as the Replay.
type Capturer interface {
	Capture(calls []*Call) (Replay, error) // ErrUnsupported if it cannot
}

// A Replay runs captured calls again, in order, on the same buffers.
type Replay interface {
	Run() error
	Close() error
}

// Capture hands calls on with the device's own buffers.
func (p *pool) Capture(calls []*Call) (Replay, error) {
	c, ok := p.dev.(Capturer)
	if !ok {
		return nil, ErrUnsupported
	}
	own := make([]*Call, len(calls))
	for i, call := range calls {
		err := rewrite(call, p.own, func(c *Call) error {
			copied := *c
			copied.In, copied.Out = append([]View(nil), c.In...), append([]View(nil), c.Out...)
			own[i] = &copied
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return c.Capture(own)
}

func (s *shared) Capture(calls []*Call) (Replay, error) {
	if c, ok := s.Device.(Capturer); ok {
		return c.Capture(calls)
	}
	return nil, ErrUnsupported
}

// capture makes a replay of the calls so far, if the device can. r.mu is held.
func (r *Recorder) capture() error {
	c, ok := r.dev.(Capturer)
	if !ok || r.replay != nil || r.plain || len(r.calls) == 0 {
		return nil
	}
	replay, err := c.Capture(r.calls)
	if errors.Is(err, ErrUnsupported) {
		r.plain = true
		return nil
	}
	r.replay = replay
	return err
}

// uncapture drops the replay: the list of calls changes. r.mu is held.
func (r *Recorder) uncapture() error {
	replay := r.replay
	r.replay, r.plain = nil, false
	if replay == nil {
		return nil
	}
	return replay.Close()
}
