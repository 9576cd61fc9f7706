package ptxsim

// A shadow remembers, for each byte of shared memory, who touched it since the
// last barrier.
type shadow struct {
	epoch   uint32
	writers []touch
	readers []touch
	flying  []bool // bytes of copies that nobody waited for yet; nil if there are none
}

// A touch is by a thread, or with many set by more than one: the epoch in the upper
// half of the word, then whether it is many, whether it is an atomic's, the thread.
type touch uint64

const (
	many   touch = 1 << 31
	atomic touch = 1 << 30
)

func (t touch) thread() int32 { return int32(t &^ (many | atomic) & (1<<32 - 1)) }

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
		s.writers[i] = touch(s.epoch)<<32 | touch(thread)
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
	own := touch(s.epoch)<<32 | touch(thread)
	writers, readers := s.writers[at:at+n], s.readers[at:at+n]
	for i, w := range writers {
		if uint32(w>>32) == s.epoch && w&^atomic != own {
			return w.thread(), true
		}
		switch r := readers[i]; {
		case r == own:
		case uint32(r>>32) == s.epoch:
			readers[i] = r | many
		default:
			readers[i] = own
		}
	}
	return 0, false
}

// write is read for stores; atomics may meet each other.
func (s *shadow) write(at, n int, thread int32, isAtomic bool) (other int32, race bool) {
	own := touch(s.epoch)<<32 | touch(thread)
	kind := touch(0)
	if isAtomic {
		kind = atomic
	}
	writers, readers := s.writers[at:at+n], s.readers[at:at+n]
	for i, r := range readers {
		if uint32(r>>32) == s.epoch && r != own {
			return r.thread(), true
		}
		w := writers[i]
		if uint32(w>>32) != s.epoch {
			writers[i] = own | kind
			continue
		}
		if w&^atomic != own {
			if !isAtomic || w&atomic == 0 {
				return w.thread(), true
			}
			w |= many
		}
		if !isAtomic {
			w &^= atomic
		}
		writers[i] = w
	}
	return 0, false
}
