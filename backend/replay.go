package backend

import (
	"errors"
	"fmt"

	"github.com/hekla-ml/hekla/op"
)

// A stretch is recorded calls that follow each other: some that a Capturer made a
// unit of, or that run one by one. Those that draw random numbers do the latter.
type stretch struct {
	calls  []*Call
	replay Replay // nil: one by one
	draw   bool
}

// Replay runs the calls again, in the same order on the same buffers, whose
// inputs may have been uploaded anew. It does not record. A device that is a
// Capturer is given the calls at once, the first time, and then runs them as one, but
// for those that draw random numbers: each replay draws others.
func (r *Recorder) Replay() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stretches == nil {
		if err := r.capture(); err != nil {
			return fmt.Errorf("backend: capture of %d calls: %w", len(r.calls), err)
		}
	}
	r.replays++
	first := 0
	for _, s := range r.stretches {
		if err := s.run(r.dev, r.replays, first, len(r.calls)); err != nil {
			return err
		}
		first += len(s.calls)
	}
	return nil
}

// run replays a stretch, which begins at call first of all, for the n-th time.
func (s *stretch) run(d Device, n uint32, first, all int) error {
	if s.replay != nil {
		if err := s.replay.Run(); err != nil {
			return fmt.Errorf("backend: replay of %d calls: %w", len(s.calls), err)
		}
		return nil
	}
	for i, c := range s.calls {
		if s.draw {
			c = redrawn(c, n)
		}
		if err := d.Run(c); err != nil {
			return fmt.Errorf("backend: replay call %d of %d, %s: %w", first+i+1, all, describe(c), err)
		}
	}
	return nil
}

func draws(c *Call) bool {
	return c.Fn != nil && c.Fn.Draws() || c.Fold != nil && c.Fold.Fn.Draws()
}

// redrawn returns c with random numbers of its n-th repetition.
func redrawn(c *Call, n uint32) *Call {
	again := *c
	if c.Fn != nil {
		again.Uniforms = op.Redraw(c.Uniforms, n)
		return &again
	}
	fold := *c.Fold
	fold.Uniforms = op.Redraw(fold.Uniforms, n)
	again.Fold = &fold
	return &again
}

// capture makes stretches of the calls so far. r.mu is held.
func (r *Recorder) capture() error {
	var list []*stretch
	for _, c := range r.calls {
		draw := draws(c)
		if len(list) == 0 || list[len(list)-1].draw != draw {
			list = append(list, &stretch{draw: draw})
		}
		last := list[len(list)-1]
		last.calls = append(last.calls, c)
	}
	r.stretches = list
	c, ok := r.dev.(Capturer)
	for _, s := range list {
		if !ok || s.draw {
			continue
		}
		replay, err := c.Capture(s.calls)
		if errors.Is(err, ErrUnsupported) {
			ok = false
			continue
		}
		if err != nil {
			return errors.Join(err, r.uncapture())
		}
		s.replay = replay
	}
	return nil
}

// uncapture drops what capture made: the list of calls changes. r.mu is held.
func (r *Recorder) uncapture() (err error) {
	for _, s := range r.stretches {
		if s.replay != nil {
			err = errors.Join(err, s.replay.Close())
		}
	}
	r.stretches = nil
	return err
}
