package tensor

import "slices"

// Histogram counts the elements of t between edges [k+1], which must rise: bin i
// holds what is at least edges[i] and less than edges[i+1], the last bin also
// what equals the last edge; others do not count. With weights, of t's shape, it
// adds these up instead; nil counts. With density it divides by the total and by
// the width of the bin, so that the integral is 1. The result [k] is of t's type.
// It waits for the device and counts on the host.
func (t *Tensor) Histogram(edges, weights *Tensor, density bool) *Tensor {
	e := edges.Float64s()
	if edges.Rank() != 1 || len(e) < 2 || !slices.IsSorted(e) || !t.dtype.IsFloat() {
		panic(newError("histogram", misfit(ErrAttr, "want floats, and two edges or more that rise"), t, edges))
	}
	if weights != nil && !slices.Equal(weights.Shape(), t.Shape()) {
		panic(newError("histogram", misfit(ErrShape, "want a weight for each element"), t, weights))
	}
	var w []float64
	if weights != nil {
		w = weights.Float64s()
	}
	bins := make([]float64, len(e)-1)
	total := 0.0
	for i, x := range t.Float64s() {
		if !(x >= e[0] && x <= e[len(e)-1]) {
			continue
		}
		at, found := slices.BinarySearch(e, x)
		for found && at+1 < len(e) && e[at+1] == x { // of equal edges the last begins the bin
			at++
		}
		if !found {
			at--
		}
		one := 1.0
		if w != nil {
			one = w[i]
		}
		bins[min(at, len(bins)-1)] += one
		total += one
	}
	if density {
		for i := range bins {
			bins[i] /= total * (e[i+1] - e[i])
		}
	}
	return From(t.Device(), bins).To(t.dtype)
}

// Equal reports whether t and u have the same shape, type and elements. NaN is
// equal to nothing. It waits for the device.
func (t *Tensor) Equal(u *Tensor) bool {
	if t.dtype != u.dtype || !slices.Equal(t.Shape(), u.Shape()) {
		return false
	}
	return slices.Equal(t.Float64s(), u.Float64s())
}

// AllClose reports whether all elements of t and u, which broadcast, are within
// atol + rtol*|u| of each other; see IsClose. It waits for the device.
func (t *Tensor) AllClose(u *Tensor, rtol, atol float64) bool {
	return t.IsClose(u, rtol, atol).All().Item() != 0
}
