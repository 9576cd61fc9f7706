package ptxsim

// A shadow remembers, for each byte of shared memory, who touched it since the
// last barrier.
type shadow struct {
	epoch   uint32
	writers []touch
	readers []touch
	flying  []bool // bytes of copies that nobody waited for yet; nil if there are none
}

// A touch is by a thread, or with many set by more than one.
type touch struct {
	epoch  uint32
	thread int32
	many   bool
	atomic bool
}

func (s *shadow) init(n int) {
	s.writers, s.readers = make([]touch, n), make([]touch, n)
	s.epoch = 1
}

// reset forgets everything: a new block begins.
func (s *shadow) reset() {
	s.epoch++
	clear(s.flying)
}

// arrive notes that a copy to n bytes is under way, and land that the thread
// waited for it: from here on it is as if the thread had just written them.
func (s *shadow) arrive(at, n int) {
	if s.flying == nil {
		s.flying = make([]bool, len(s.writers))
	}
	for i := at; i < at+n; i++ {
		s.flying[i] = true
	}
}

func (s *shadow) land(at, n int, thread int32) {
	for i := at; i < at+n; i++ {
		s.flying[i] = false
		s.writers[i] = touch{epoch: s.epoch, thread: thread}
	}
}

// inFlight reports whether one of n bytes is the target of a copy under way.
func (s *shadow) inFlight(at, n int) bool {
	if s.flying == nil {
		return false
	}
	for _, f := range s.flying[at : at+n] {
		if f {
			return true
		}
	}
	return false
}

// read notes that a thread reads n bytes, and reports who else wrote there.
func (s *shadow) read(at, n int, thread int32) (other int32, race bool) {
	for i := at; i < at+n; i++ {
		if w := &s.writers[i]; w.epoch == s.epoch && (w.thread != thread || w.many) {
			return w.thread, true
		}
		r := &s.readers[i]
		if r.epoch == s.epoch {
			r.many = r.many || r.thread != thread
		} else {
			*r = touch{epoch: s.epoch, thread: thread}
		}
	}
	return 0, false
}

// write is read for stores; atomics may meet each other.
func (s *shadow) write(at, n int, thread int32, atomic bool) (other int32, race bool) {
	for i := at; i < at+n; i++ {
		if r := &s.readers[i]; r.epoch == s.epoch && (r.thread != thread || r.many) {
			return r.thread, true
		}
		w := &s.writers[i]
		if w.epoch == s.epoch {
			if (w.thread != thread || w.many) && !(atomic && w.atomic) {
				return w.thread, true
			}
			w.many = w.many || w.thread != thread
			w.atomic = w.atomic && atomic
		} else {
			*w = touch{s.epoch, thread, false, atomic}
		}
	}
	return 0, false
}
