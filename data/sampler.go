package data

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
)

// A Sampler decides which samples make an epoch, and in which order. r is a
// stream that depends on the loader's seed and the epoch.
type Sampler interface {
	// Order returns indices of a dataset of n samples.
	Order(n int, r *rand.Rand) ([]int, error)
}

// Sequential takes every sample once, in order.
type Sequential struct{}

// Order implements Sampler.
func (Sequential) Order(n int, _ *rand.Rand) ([]int, error) {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order, nil
}

// Shuffled takes every sample once, in random order.
type Shuffled struct{}

// Order implements Sampler.
func (Shuffled) Order(n int, r *rand.Rand) ([]int, error) { return r.Perm(n), nil }

// Replacement draws N samples, or as many as there are if N is 0, each from
// all of them.
type Replacement struct{ N int }

// Order implements Sampler.
func (s Replacement) Order(n int, r *rand.Rand) ([]int, error) {
	if s.N < 0 {
		return nil, fmt.Errorf("%d samples to draw, want at least 0", s.N)
	}
	if n == 0 {
		return nil, nil
	}
	order := make([]int, orAll(s.N, n))
	for i := range order {
		order[i] = r.IntN(n)
	}
	return order, nil
}

// Weighted draws N samples, or as many as there are if N is 0, each from all
// of them with a probability in proportion to its weight. It balances classes.
type Weighted struct {
	Weights []float64 // one for each sample
	N       int
}

// Order implements Sampler.
func (s Weighted) Order(n int, r *rand.Rand) ([]int, error) {
	if len(s.Weights) != n {
		return nil, fmt.Errorf("%d weights for %d samples", len(s.Weights), n)
	}
	if s.N < 0 {
		return nil, fmt.Errorf("%d samples to draw, want at least 0", s.N)
	}
	sums, sum := make([]float64, n), 0.0
	for i, w := range s.Weights {
		if !(w >= 0) || math.IsInf(w, 0) {
			return nil, fmt.Errorf("weight %v of sample %d, want a finite number of at least 0", w, i)
		}
		sum += w
		sums[i] = sum
	}
	if n == 0 {
		return nil, nil
	}
	if sum == 0 || math.IsInf(sum, 0) {
		return nil, fmt.Errorf("weights that add up to %v, want a finite number above 0", sum)
	}
	order := make([]int, orAll(s.N, n))
	for k := range order {
		x := r.Float64() * sum
		// The first sum above x: samples of weight 0 are never it.
		order[k] = sort.Search(n-1, func(i int) bool { return sums[i] > x })
	}
	return order, nil
}

// Indices takes the samples it lists, shuffled unless InOrder is set.
type Indices struct {
	List    []int
	InOrder bool
}

// Order implements Sampler.
func (s Indices) Order(n int, r *rand.Rand) ([]int, error) {
	order := append([]int{}, s.List...)
	if !s.InOrder {
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	}
	return order, nil
}

func orAll(k, n int) int {
	if k == 0 {
		return n
	}
	return max(k, 0)
}
