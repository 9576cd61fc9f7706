// Package data feeds training loops: datasets, samplers, and a Loader that
// makes batches of tensors in the background.
package data

import (
	"fmt"
	"math/rand/v2"
	"sort"
)

// A Dataset is a sequence of samples. A Loader with several workers calls At
// from several goroutines.
type Dataset[T any] interface {
	Len() int
	At(i int) (T, error)
}

// A Random dataset draws random numbers for a sample, as augmentation does. A
// Loader calls AtRand instead of At, with a stream that depends only on its
// seed, the epoch and the sample's place in it: not on which worker asks.
type Random[T any] interface {
	Dataset[T]
	AtRand(i int, r *rand.Rand) (T, error)
}

// at reads a sample with random numbers if the dataset can use them.
func at[T any](d Dataset[T], i int, r *rand.Rand) (T, error) {
	if rd, ok := d.(Random[T]); ok {
		return rd.AtRand(i, r)
	}
	return d.At(i)
}

// indexRand is the stream of a sample that is read outside of an epoch.
func indexRand(i int) *rand.Rand { return rand.New(rand.NewPCG(0, uint64(i))) }

// Slice is a dataset of samples in memory.
type Slice[T any] []T

// Len returns the number of samples.
func (s Slice[T]) Len() int { return len(s) }

// At returns sample i.
func (s Slice[T]) At(i int) (T, error) { return s[i], nil }

// Map returns d with f applied to each sample when it is read.
func Map[T, U any](d Dataset[T], f func(x T) (U, error)) Dataset[U] {
	return mapped[T, U]{d, func(x T, _ *rand.Rand) (U, error) { return f(x) }}
}

// MapRand is Map for a function that draws random numbers: see Random.
func MapRand[T, U any](d Dataset[T], f func(x T, r *rand.Rand) (U, error)) Dataset[U] {
	return mapped[T, U]{d, f}
}

type mapped[T, U any] struct {
	d Dataset[T]
	f func(x T, r *rand.Rand) (U, error)
}

func (m mapped[T, U]) Len() int            { return m.d.Len() }
func (m mapped[T, U]) At(i int) (U, error) { return m.AtRand(i, indexRand(i)) }

func (m mapped[T, U]) AtRand(i int, r *rand.Rand) (U, error) {
	x, err := at(m.d, i, r)
	if err != nil {
		var none U
		return none, err
	}
	return m.f(x, r)
}

// Subset returns the samples of d with the given indices, in their order. It
// panics if one is out of range.
func Subset[T any](d Dataset[T], indices []int) Dataset[T] {
	for k, i := range indices {
		if i < 0 || i >= d.Len() {
			panic(fmt.Sprintf("data: Subset: index %d, at place %d, is out of range for %d samples", i, k, d.Len()))
		}
	}
	return subset[T]{d, indices}
}

type subset[T any] struct {
	d       Dataset[T]
	indices []int
}

func (s subset[T]) Len() int                              { return len(s.indices) }
func (s subset[T]) At(i int) (T, error)                   { return s.d.At(s.indices[i]) }
func (s subset[T]) AtRand(i int, r *rand.Rand) (T, error) { return at(s.d, s.indices[i], r) }

// Concat returns the samples of several datasets, one after the other.
func Concat[T any](ds ...Dataset[T]) Dataset[T] {
	c := concat[T]{parts: ds, ends: make([]int, len(ds))}
	n := 0
	for i, d := range ds {
		n += d.Len()
		c.ends[i] = n
	}
	return c
}

type concat[T any] struct {
	parts []Dataset[T]
	ends  []int // index after the last sample of each part
}

func (c concat[T]) Len() int {
	if len(c.ends) == 0 {
		return 0
	}
	return c.ends[len(c.ends)-1]
}

func (c concat[T]) find(i int) (Dataset[T], int) {
	k := sort.SearchInts(c.ends, i+1)
	if k > 0 {
		i -= c.ends[k-1]
	}
	return c.parts[k], i
}

func (c concat[T]) At(i int) (T, error) {
	d, i := c.find(i)
	return d.At(i)
}

func (c concat[T]) AtRand(i int, r *rand.Rand) (T, error) {
	d, i := c.find(i)
	return at(d, i, r)
}

// RandomSplit deals the samples of d at random into parts of the given sizes;
// one may be -1 and gets what is left. The same seed gives the same parts. It
// panics if the sizes do not fit.
func RandomSplit[T any](d Dataset[T], seed uint64, sizes ...int) []Dataset[T] {
	sizes, n, rest := append([]int{}, sizes...), 0, -1
	for i, s := range sizes {
		switch {
		case s >= 0:
			n += s
		case s == -1 && rest < 0:
			rest = i
		default:
			panic(fmt.Sprintf("data: RandomSplit: sizes %v, want them at least 0, or one -1", sizes))
		}
	}
	if rest >= 0 && n <= d.Len() {
		sizes[rest] = d.Len() - n
		n = d.Len()
	}
	if n != d.Len() {
		panic(fmt.Sprintf("data: RandomSplit: sizes %v do not add up to %d samples", sizes, d.Len()))
	}
	order := rand.New(rand.NewPCG(seed, 0)).Perm(n)
	parts := make([]Dataset[T], len(sizes))
	for i, s := range sizes {
		parts[i], order = Subset(d, order[:s:s]), order[s:]
	}
	return parts
}
