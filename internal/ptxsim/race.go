package ptxsim

// A shadow remembers, for each granule of shared memory, who touched it since the
// last barrier. A granule is as small as the smallest access of the kernel, and all
// accesses are aligned, so that its bytes are always touched together.
type shadow struct {
	epoch  uint32
	shift  uint // of an address, to the number of a granule
	marks  []mark
	flying []bool // granules of copies that nobody waited for yet; nil if there are none
}

// A mark says who wrote and who read a granule.
type mark struct{ writer, reader touch }

// A touch is by a thread, or with many set by more than one: the epoch in the upper
// half of the word, then whether it is many, whether it is an atomic's, the thread.
type touch uint64

const (
	many   touch = 1 << 31
	atomic touch = 1 << 30
)

func (t touch) thread() int32 { return int32(t &^ (many | atomic) & (1<<32 - 1)) }

// init is for n bytes of memory and granules of 1<<shift bytes.
func (s *shadow) init(n int, shift uint) {
	s.shift = shift
	s.marks = make([]mark, (n+1<<shift-1)>>shift)
	s.epoch = 1
}

// reset forgets everything: a new block begins.
func (s *shadow) reset() {
	s.epoch++
	clear(s.flying)
}

// granules returns the first granule of n bytes, and the one after the last.
func (s *shadow) granules(at, n int) (from, to int) { return at >> s.shift, (at + n) >> s.shift }

// arrive notes that a copy to n bytes is under way, and land that the thread
// waited for it: from here on it is as if the thread had just written them.
func (s *shadow) arrive(at, n int) {
	if s.flying == nil {
		s.flying = make([]bool, len(s.marks))
	}
	from, to := s.granules(at, n)
	for i := from; i < to; i++ {
		s.flying[i] = true
	}
}

func (s *shadow) land(at, n int, thread int32) {
	from, to := s.granules(at, n)
	for i := from; i < to; i++ {
		s.flying[i] = false
		s.marks[i].writer = touch(s.epoch)<<32 | touch(thread)
	}
}

// inFlight reports whether one of n bytes is the target of a copy under way.
func (s *shadow) inFlight(at, n int) bool {
	if s.flying == nil {
		return false
	}
	from, to := s.granules(at, n)
	for _, f := range s.flying[from:to] {
		if f {
			return true
		}
	}
	return false
}

// own is the touch of a thread, now.
func (s *shadow) own(thread int32) touch { return touch(s.epoch)<<32 | touch(thread) }

// reads and writes note what a thread does to a granule, and are false if that may be
// a race, of which they leave the marks: then read and write tell.
func (s *shadow) reads(m *mark, own touch) bool {
	if w := m.writer; uint32(w>>32) == s.epoch && w != own {
		return false
	}
	if r := m.reader; uint32(r>>32) == s.epoch && r != own {
		own = r | many
	}
	m.reader = own
	return true
}

func (s *shadow) writes(m *mark, own touch) bool {
	if r := m.reader; uint32(r>>32) == s.epoch && r != own {
		return false
	}
	if w := m.writer; uint32(w>>32) == s.epoch && w != own {
		return false
	}
	m.writer = own
	return true
}

// read notes that a thread reads n bytes, and reports who else wrote there.
func (s *shadow) read(at, n int, thread int32) (other int32, race bool) {
	own := touch(s.epoch)<<32 | touch(thread)
	from, to := s.granules(at, n)
	marks := s.marks[from:to]
	for i := range marks {
		m := &marks[i]
		if w := m.writer; uint32(w>>32) == s.epoch && w&^atomic != own {
			return w.thread(), true
		}
		switch r := m.reader; {
		case r == own:
		case uint32(r>>32) == s.epoch:
			m.reader = r | many
		default:
			m.reader = own
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
	from, to := s.granules(at, n)
	marks := s.marks[from:to]
	for i := range marks {
		m := &marks[i]
		if r := m.reader; uint32(r>>32) == s.epoch && r != own {
			return r.thread(), true
		}
		w := m.writer
		if uint32(w>>32) != s.epoch {
			m.writer = own | kind
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
		m.writer = w
	}
	return 0, false
}
