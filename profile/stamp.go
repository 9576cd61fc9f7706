package profile

import (
	"fmt"
	"time"

	"github.com/hekla-ml/hekla/backend"
)

// stamped is an event between two readings of the device's clock.
type stamped struct {
	event         int
	before, after backend.Stamp
}

// stamp reads the device's clock if it has one.
func (p *Profiler) stamp() backend.Stamp {
	if p.stamper == nil {
		return nil
	}
	s, err := p.stamper.Stamp()
	if err != nil {
		return nil // this call is timed by the host
	}
	return s
}

func (p *Profiler) stampEnd(event int, before backend.Stamp) {
	after := p.stamp()
	if after == nil || event < 0 {
		return
	}
	p.mu.Lock()
	p.stamps = append(p.stamps, stamped{event, before, after})
	p.mu.Unlock()
}

// readStamps puts the device's times into events. The two clocks are aligned by
// a last stamp: it is read when nothing is left to do, so the device took it at
// about the time at which the host has it.
func (p *Profiler) readStamps(events []Event) error {
	if len(p.stamps) == 0 {
		return nil
	}
	last, err := p.stamper.Stamp()
	if err != nil {
		return fmt.Errorf("profile: device clock: %w", err)
	}
	now, err := last.Time()
	if err != nil {
		return fmt.Errorf("profile: device clock: %w", err)
	}
	zero := now - time.Since(p.start)
	for _, s := range p.stamps {
		t0, err := s.before.Time()
		if err != nil {
			return fmt.Errorf("profile: device clock: %w", err)
		}
		t1, err := s.after.Time()
		if err != nil {
			return fmt.Errorf("profile: device clock: %w", err)
		}
		e := &events[s.event]
		e.OnDevice, e.Began, e.Busy = true, t0-zero, max(t1-t0, 0)
	}
	return nil
}
