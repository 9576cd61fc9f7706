package backend

import (
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/hekla-ml/hekla/dtype"
)

// A Tolerance reports whether got will do where the reference gives want, as
// an element of output number out of c.
type Tolerance func(c *Call, out int, want, got float64) bool

// Shadow returns primary with every call also run on reference, on the same
// inputs, and the outputs compared. The first element that differs makes Run
// return a *Difference. A nil tolerance means Near. Everything is slow and in
// step: this is for finding the op whose kernel is wrong.
//
// Closing the shadow leaves the reference open. Where the reference has no
// kernel, nothing is compared. Host access is hidden, since what the host
// writes past Upload would not reach the reference.
func Shadow(primary, reference Device, tol Tolerance) Device {
	if tol == nil {
		tol = Near
	}
	return &shadow{Device: primary, ref: reference, tol: tol}
}

// Near is the usual Tolerance: integers and bools are equal, and floats differ
// by no more than their type and some hundred roundings account for.
func Near(c *Call, out int, want, got float64) bool {
	if want == got || want != want && got != got {
		return true
	}
	eps := 0.0
	switch c.Out[out].DType {
	case dtype.Float64:
		eps = 1e-10 // 0x1p-52 and half of the digits to spare
	case dtype.Float32:
		eps = 5e-5 // 400 roundings of 0x1p-23
	case dtype.Float16:
		eps = 4e-3 // 4 roundings of 0x1p-10: kernels sum in float32
	case dtype.BFloat16:
		eps = 3e-2 // 4 roundings of 0x1p-7
	}
	// Around 0 what counts is the size of the terms, which is mostly about 1.
	return math.Abs(want-got) <= eps*max(math.Abs(want), 1) && !math.IsInf(want, 0)
}

// A Difference is what a Shadow finds.
type Difference struct {
	Call               Recorded
	Primary, Reference string // names of the devices
	Out                int    // number of the output
	Index              []int  // of the first element that differs
	Want, Got          float64
	Count, Of          int // elements of the output that differ, of how many
}

func (e *Difference) Error() string {
	return fmt.Sprintf("backend: shadow: %s: output %d at %v: %s gives %v, %s gives %v (%d of %d elements differ)",
		e.Call, e.Out, e.Index, e.Reference, e.Want, e.Primary, e.Got, e.Count, e.Of)
}

type shadow struct {
	Device // the primary
	ref    Device
	tol    Tolerance
	mu     sync.Mutex // both devices see the same order of calls
}

type shadowBuffer struct {
	primary, ref Buffer
	once         sync.Once
}

func (b *shadowBuffer) Len() int64     { return b.primary.Len() }
func (b *shadowBuffer) Unwrap() Buffer { return b.primary }
func (b *shadowBuffer) Free()          { b.once.Do(func() { b.primary.Free(); b.ref.Free() }) }

func (s *shadow) Unwrap() Device { return s.Device }

func (s *shadow) Alloc(bytes int64) (Buffer, error) {
	p, err := s.Device.Alloc(bytes)
	if err != nil {
		return nil, err
	}
	r, err := s.ref.Alloc(bytes)
	if err != nil {
		p.Free()
		return nil, fmt.Errorf("backend: shadow: %w", err)
	}
	return &shadowBuffer{primary: p, ref: r}, nil
}

func (s *shadow) Upload(dst Buffer, off int64, src []byte) error {
	b, ok := dst.(*shadowBuffer)
	if !ok {
		return errNotShadowed(dst)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.Device.Upload(b.primary, off, src); err != nil {
		return err
	}
	return s.ref.Upload(b.ref, off, src)
}

func (s *shadow) Download(dst []byte, src Buffer, off int64) error {
	b, ok := src.(*shadowBuffer)
	if !ok {
		return errNotShadowed(src)
	}
	return s.Device.Download(dst, b.primary, off)
}

func errNotShadowed(b Buffer) error {
	return fmt.Errorf("backend: shadow: buffer is a %T, want one of this device", b)
}

func (s *shadow) Sync() error { return errors.Join(s.Device.Sync(), s.ref.Sync()) }

func (s *shadow) Run(c *Call) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := rewrite(c, func(b Buffer) (Buffer, error) {
		if b, ok := b.(*shadowBuffer); ok {
			return b.primary, nil
		}
		return nil, errNotShadowed(b)
	}, s.Device.Run)
	if err != nil {
		return err
	}
	err = rewrite(c, func(b Buffer) (Buffer, error) { return b.(*shadowBuffer).ref, nil }, s.ref.Run)
	compared := err == nil
	if err != nil && !errors.Is(err, ErrUnsupported) {
		return fmt.Errorf("backend: shadow: %s: %w", s.ref.Info().Name, err)
	}
	var first error
	for i, v := range c.Out {
		if compared && first == nil {
			first = s.compare(c, i, v)
		}
		// Go on from the same numbers, so that small differences do not add up
		// and get blamed on a later call.
		if err := s.mirror(v); err != nil {
			return err
		}
	}
	return first
}

// span returns the bytes of v on d, and their offset in the buffer.
func span(d Device, b Buffer, v View) (mem []byte, off int64, err error) {
	size := v.DType.Size()
	off = int64(v.Offset * size)
	mem = make([]byte, (v.End()-v.Offset)*size)
	return mem, off, d.Download(mem, b, off)
}

// mirror makes the reference's bytes of v those of the primary.
func (s *shadow) mirror(v View) error {
	if v.Numel() == 0 {
		return nil
	}
	b := v.Buffer.(*shadowBuffer) // Run has checked
	mem, off, err := span(s.Device, b.primary, v)
	if err != nil {
		return err
	}
	return s.ref.Upload(b.ref, off, mem)
}

func (s *shadow) compare(c *Call, out int, v View) error {
	if v.Numel() == 0 {
		return nil
	}
	b := v.Buffer.(*shadowBuffer)
	mine, _, err := span(s.Device, b.primary, v)
	if err != nil {
		return err
	}
	theirs, _, err := span(s.ref, b.ref, v)
	if err != nil {
		return err
	}
	v.Offset = 0 // the spans begin there
	got, want := ReadArray(mine, v).Data, ReadArray(theirs, v).Data
	var diff *Difference
	for i := range want {
		if s.tol(c, out, want[i], got[i]) {
			continue
		}
		if diff == nil {
			diff = &Difference{Call: describe(c), Primary: s.Device.Info().Name, Reference: s.ref.Info().Name,
				Out: out, Index: unravel(i, v.Shape), Want: want[i], Got: got[i], Of: len(want)}
		}
		diff.Count++
	}
	if diff != nil {
		return diff
	}
	return nil
}

// unravel returns the index of the i-th element in row-major order.
func unravel(i int, s []int) []int {
	idx := make([]int, len(s))
	for k := len(s) - 1; k >= 0; k-- {
		idx[k] = i % s[k]
		i /= s[k]
	}
	return idx
}
