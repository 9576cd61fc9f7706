package tensorboard

import (
	"math"
	"slices"
	"sort"
)

// histogram counts numbers in buckets and leaves out those buckets at both ends
// that are empty.
func histogram(x []float64) message {
	lo, hi, num, sum, squares := math.Inf(1), math.Inf(-1), 0.0, 0.0, 0.0
	counts := make([]float64, len(limits))
	for _, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		lo, hi = min(lo, v), max(hi, v)
		num, sum, squares = num+1, sum+v, squares+v*v
		// The first limit above v ends its bucket.
		counts[min(sort.Search(len(limits), func(i int) bool { return limits[i] > v }), len(limits)-1)]++
	}
	var m message
	if num == 0 {
		return m
	}
	first := slices.IndexFunc(counts, func(n float64) bool { return n > 0 })
	last := len(counts) - 1
	for counts[last] == 0 {
		last--
	}
	first = max(first-1, 0) // for where the first bucket begins
	for i, v := range []float64{lo, hi, num, sum, squares} {
		m.double(i+1, v)
	}
	m.doubles(6, limits[first:last+1])
	m.doubles(7, counts[first:last+1])
	return m
}

// limits are the ends of a histogram's buckets: 1e-12 and so on, each a tenth
// more, on both sides of 0, as TensorFlow has them.
var limits = func() []float64 {
	var up []float64
	for x := 1e-12; x < 1e20; x *= 1.1 {
		up = append(up, x)
	}
	var all []float64
	for i := len(up) - 1; i >= 0; i-- {
		all = append(all, -up[i])
	}
	return append(append(append(all, 0), up...), math.MaxFloat64)
}()
