package gemm

import (
	"sync"
	"sync/atomic"
)

// scratch keeps jobs with their buffers between calls. Its zero value is ready.
type scratch[T float] struct{ jobs, thins sync.Pool }

var (
	scratchF32 scratch[float32]
	scratchF64 scratch[float64]
)

func scratchOf[T float]() *scratch[T] {
	if s, ok := any(&scratchF32).(*scratch[T]); ok {
		return s
	}
	return any(&scratchF64).(*scratch[T])
}

func (s *scratch[T]) get() *job[T] {
	if j, ok := s.jobs.Get().(*job[T]); ok {
		return j
	}
	j := new(job[T])
	j.body = func(lo, hi int) {
		for w := lo; w < hi; w++ {
			j.work(w)
		}
	}
	return j
}

func (s *scratch[T]) put(j *job[T]) { s.jobs.Put(j) }

// grown returns a slice of n elements, b itself if that is large enough. Its contents are undefined.
func grown[T any](b []T, n int) []T {
	if cap(b) < n {
		return make([]T, n)
	}
	return b[:n]
}

// zeroed is grown with every counter 0.
func zeroed(b []atomic.Int32, n int) []atomic.Int32 {
	b = grown(b, n)
	for i := range b {
		b[i].Store(0)
	}
	return b
}
