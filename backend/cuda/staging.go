package cuda

import (
	"errors"
	"sync"

	"github.com/hekla-ml/hekla/backend/cuda/driver"
)

// staging is pinned memory for uploads. The driver's plain copy waits for the work
// that was enqueued before; one from pinned memory takes its turn while the host goes
// on. It is made at the first upload; without it uploads are plain copies.
type staging struct {
	mu    sync.Mutex
	tried bool
	by    driver.Stager // nil if there is none
	slots [slotCount]slot
	next  int
}

// A slot is memory for one copy, and when that is done.
type slot struct {
	memory []byte
	done   driver.Event
	busy   bool
}

const (
	slotCount = 8
	slotBytes = 1 << 20 // 20 µs or more of a copy: what hides the cost of the next
)

// upload copies src, which may be reused at once.
func (s *staging) upload(d *device, dst driver.Pointer, src []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.tried {
		s.tried = true
		if err := s.open(d); err != nil {
			return errors.Join(err, s.close())
		}
	}
	if s.by == nil {
		return d.api.CopyIn(dst, src)
	}
	for len(src) > 0 {
		n := min(len(src), slotBytes)
		l := &s.slots[s.next]
		if l.busy {
			if err := s.by.WaitEvent(l.done); err != nil {
				return err
			}
			l.busy = false
		}
		copy(l.memory, src[:n])
		if err := s.by.CopyInAsync(dst, l.memory[:n]); err != nil {
			return err
		}
		if err := s.by.Record(l.done); err != nil {
			return err
		}
		l.busy = true
		s.next = (s.next + 1) % slotCount
		dst, src = dst+driver.Pointer(n), src[n:]
	}
	return nil
}

// open makes the slots, or none if the host has no memory to pin.
func (s *staging) open(d *device) error {
	by, ok := d.api.(driver.Stager)
	if !ok || by.Stages() != nil {
		return nil
	}
	s.by = by
	for i := range s.slots {
		l := &s.slots[i]
		var err error
		if l.memory, err = by.AllocHost(slotBytes); err == nil {
			l.done, err = by.NewEvent()
		}
		var e *driver.Error
		if errors.As(err, &e) && e.Result == driver.OutOfMemory {
			return s.close()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// close gives the slots back; no copy may be under way.
func (s *staging) close() (err error) {
	for i := range s.slots {
		l := &s.slots[i]
		if l.done != 0 {
			err = errors.Join(err, s.by.DestroyEvent(l.done))
		}
		if l.memory != nil {
			err = errors.Join(err, s.by.FreeHost(l.memory))
		}
		*l = slot{}
	}
	s.by = nil
	return err
}
