package cpu

import (
	"unsafe"

	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/radix"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
)

const (
	keyGrain = 1 << 14 // keys that are worth a share of the work
	mostKept = 1 << 10 // smallest keys that a heap finds in less time than sorting takes
)

// A sorter finds the places of the smallest keys of a line, in order; of equal
// ones the first comes first.
type sorter struct {
	keys        []uint64
	bits        int // of a key that count
	words, room []uint64
	places      []uint32 // result
}

// newSorter returns a sorter of n keys in borrowed memory.
func newSorter(n, bits int) (s *sorter, done func()) {
	mem, b := scratch.Get[uint64](3 * n)
	places, p := scratch.Get[uint32](n)
	s = &sorter{keys: mem[:n], words: mem[n : 2*n], room: mem[2*n:], bits: bits, places: places}
	return s, func() { b.Put(); p.Put() }
}

// sort returns the places of the k smallest keys.
func (s *sorter) sort(k int) []uint32 {
	n := len(s.keys)
	places, words := s.places[:n], s.words[:n]
	if k < n/4 && k <= mostKept {
		places = s.smallest(k)
		words = words[:k]
		for i, p := range places {
			words[i] = s.keys[p]<<32 | uint64(p)
		}
	} else {
		par.For(n, keyGrain, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				words[i] = s.keys[i]<<32 | uint64(i)
			}
		})
	}
	sorted := radix.Sort(words, s.room[:len(words)])
	par.For(len(places), keyGrain, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			places[i] = uint32(sorted[i])
		}
	})
	if s.bits > 32 {
		s.upper(places)
	}
	return places[:k]
}

// upper sorts places, which are in the order of the lower halves of their keys,
// by the upper ones. The words that are sorted hold these and the ranks so far.
func (s *sorter) upper(places []uint32) {
	words, room := s.words[:len(places)], s.room[:len(places)]
	par.For(len(places), keyGrain, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			words[i] = s.keys[places[i]]>>32<<32 | uint64(i)
		}
	})
	sorted := radix.Sort(words, room)
	other := words
	if &sorted[0] == &words[0] {
		other = room
	}
	old := unsafe.Slice((*uint32)(unsafe.Pointer(&other[0])), len(places))
	copy(old, places)
	par.For(len(places), keyGrain, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			places[i] = old[uint32(sorted[i])]
		}
	})
}

// smallest returns the places of the k smallest keys, ascending.
func (s *sorter) smallest(k int) []uint32 {
	if k == 0 {
		return nil
	}
	most, equal := bound(s.keys, k, s.words)
	places := s.places[:0]
	for i, x := range s.keys {
		if x < most {
			places = append(places, uint32(i))
		} else if x == most && equal > 0 {
			places = append(places, uint32(i))
			equal--
		}
	}
	return places
}

// bound returns the k-th smallest key, and how many of that value are among the
// k smallest. It keeps these in a heap whose top is the largest so far.
func bound(keys []uint64, k int, room []uint64) (most uint64, equal int) {
	heap := room[:k]
	copy(heap, keys)
	down := func(i int) {
		for {
			next := 2*i + 1
			if next >= k {
				return
			}
			if next+1 < k && heap[next+1] > heap[next] {
				next++
			}
			if heap[i] >= heap[next] {
				return
			}
			heap[i], heap[next] = heap[next], heap[i]
			i = next
		}
	}
	for i := k/2 - 1; i >= 0; i-- {
		down(i)
	}
	for _, x := range keys[k:] {
		if x < heap[0] {
			heap[0] = x
			down(0)
		}
	}
	for _, x := range heap {
		if x == heap[0] {
			equal++
		}
	}
	return heap[0], equal
}
