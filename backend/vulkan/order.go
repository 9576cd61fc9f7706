package vulkan

import "github.com/hekla-ml/hekla/backend/vulkan/vkshim"

// An access is a range of bytes of a driver's buffer that a command touches.
type access struct {
	buffer uint64
	lo, hi int64
	write  bool
}

// order puts a barrier before a command that conflicts with earlier ones.
func (d *device) order(list []access) {
	s := &d.stream
	if s.free {
		return
	}
	if s.ended {
		s.words, s.accesses, s.ended = append(s.words, vkshim.OpBarrier), s.accesses[:0], false
	}
	if len(s.accesses) > maxAccesses || conflict(s.accesses, list) {
		s.words = append(s.words, vkshim.OpBarrier)
		s.accesses = s.accesses[:0]
	}
	s.accesses = append(s.accesses, list...)
}

// unordered has f enqueue commands that do not conflict with each other: a barrier
// before them and one after them, and what they touch need not be compared.
func (d *device) unordered(f func() error) error {
	if err := d.begin(); err != nil {
		return err
	}
	s := &d.stream
	if len(s.accesses) > 0 || s.ended {
		s.words, s.accesses = append(s.words, vkshim.OpBarrier), s.accesses[:0]
	}
	s.free = true
	defer func() { s.free, s.ended = false, true }()
	return f()
}

func conflict(earlier, later []access) bool {
	for i := range earlier {
		a := &earlier[i]
		for k := range later {
			b := &later[k]
			if a.buffer == b.buffer && (a.write || b.write) && a.lo < b.hi && b.lo < a.hi {
				return true
			}
		}
	}
	return false
}
