package checkpoint

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// An entry is a tensor as the header describes it.
type entry struct {
	name string
	element
	shape      []int64
	begin, end int64 // in bytes from File.data
}

// checkLayout checks that tensors have the bytes that their shapes need and
// that they fill the data without hole or overlap.
func checkLayout(entries []*entry, size int64) error {
	order := slices.Clone(entries)
	slices.SortFunc(order, func(a, b *entry) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end), cmp.Compare(a.name, b.name))
	})
	var at int64
	for _, e := range order {
		if err := e.check(at, size); err != nil {
			return &Error{Name: e.name, Offset: -1, Err: err}
		}
		at = e.end
	}
	if at != size {
		return problem(ErrLayout, "%d bytes follow the last tensor, want none", size-at)
	}
	return nil
}

func (e *entry) check(at, size int64) error {
	want, err := e.bytes()
	switch {
	case err != nil:
		return err
	case e.end < e.begin:
		return problem(ErrLayout, "it ends at data byte %d before it begins at %d", e.end, e.begin)
	case e.end-e.begin != want:
		return problem(ErrLayout, "%d bytes at offsets [%d %d], want %d for %s%v", e.end-e.begin, e.begin, e.end, want, e.element.name, e.shape)
	case e.begin < at:
		return problem(ErrLayout, "it begins at data byte %d within the tensor before it, which ends at %d", e.begin, at)
	case e.begin > at:
		return problem(ErrLayout, "a hole of %d bytes before it, at data byte %d", e.begin-at, at)
	case e.end > size:
		return problem(ErrTruncated, "it ends at data byte %d, but there are only %d", e.end, size)
	}
	return nil
}

// bytes returns the bytes that the elements take.
func (e *entry) bytes() (int64, error) {
	n, empty := uint64(1), false
	for _, d := range e.shape {
		if d == 0 {
			empty = true // the other sizes must be countable all the same
			continue
		}
		hi, lo := bits.Mul64(n, uint64(d))
		if hi != 0 || lo > math.MaxInt {
			return 0, problem(ErrLayout, "shape %v has more elements than can be counted", e.shape)
		}
		n = lo
	}
	hi, lo := bits.Mul64(n, uint64(e.bits))
	if hi != 0 || lo > math.MaxInt64 {
		return 0, problem(ErrLayout, "%s%v has more bits than can be counted", e.element.name, e.shape)
	}
	if empty {
		return 0, nil
	}
	if lo%8 != 0 {
		return 0, problem(ErrLayout, "%s%v takes %d bits, which are no whole bytes", e.element.name, e.shape, lo)
	}
	return int64(lo / 8), nil
}

func (e *entry) sizes() []int {
	s := make([]int, len(e.shape))
	for i, d := range e.shape {
		s[i] = int(d) // parsing has checked that it fits
	}
	return s
}
