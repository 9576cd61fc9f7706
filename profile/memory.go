package profile

import "time"

// A Level is how much device memory was in use from a moment on.
type Level struct {
	At    time.Duration
	Bytes int64
}

// Memory is the timeline of memory in use: a level for each change that an
// event saw. It is nil if the device does not count (see backend.MemoryStats).
func (r *Profile) Memory() []Level {
	if !r.Counted {
		return nil
	}
	var l []Level
	for i := range r.Events {
		e := &r.Events[i]
		if e.Kind == Range || len(l) > 0 && l[len(l)-1].Bytes == e.InUse {
			continue
		}
		l = append(l, Level{e.end(), e.InUse})
	}
	return l
}

// Peak returns the most bytes in use that an event saw.
func (r *Profile) Peak() int64 {
	var peak int64
	for _, l := range r.Memory() {
		peak = max(peak, l.Bytes)
	}
	return peak
}
