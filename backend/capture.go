package backend

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
