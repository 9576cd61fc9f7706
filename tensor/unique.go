package tensor

import (
	"math"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
)

// Unique returns the different elements in ascending order, the number of each
// element's among them, in t's shape, and how often each occurs. It waits for
// the device and has no gradient.
func (t *Tensor) Unique() (values, inverse, counts *Tensor) {
	return t.Reshape(t.Numel()).unique("unique", 0, false, t.Shape())
}

// UniqueAlong is Unique of the slices along an axis.
func (t *Tensor) UniqueAlong(axis int) (values, inverse, counts *Tensor) {
	return t.unique("uniquealong", axis, false, nil)
}

// UniqueConsecutive returns the elements without those that equal the one
// before, in row-major order; see Unique.
func (t *Tensor) UniqueConsecutive() (values, inverse, counts *Tensor) {
	return t.Reshape(t.Numel()).unique("uniqueconsecutive", 0, true, t.Shape())
}

// UniqueConsecutiveAlong is UniqueConsecutive of the slices along an axis.
func (t *Tensor) UniqueConsecutiveAlong(axis int) (values, inverse, counts *Tensor) {
	return t.unique("uniqueconsecutivealong", axis, true, nil)
}

// unique gives the numbers the given shape; nil means a vector.
func (t *Tensor) unique(name string, axis int, consecutive bool, sizes []int) (values, inverse, counts *Tensor) {
	if t.Rank() == 0 {
		panic(newError(name, misfit(ErrShape, "want at least one axis"), t))
	}
	a := t.axis(name, axis)
	n := t.Dim(a)
	front := t.Transpose(0, a)
	x := front.Float64s()
	front.Free()
	size := 1
	if n > 0 {
		size = len(x) / n
	}
	row := func(i int64) []float64 { return x[int(i)*size : (int(i)+1)*size] }
	order := make([]int64, n)
	for i := range order {
		order[i] = int64(i)
	}
	if !consecutive {
		slices.SortStableFunc(order, func(i, k int64) int { return compareNumbers(row(i), row(k)) })
	}
	number := make([]int64, n)
	var first, count []int64
	for k, i := range order {
		if k == 0 || !slices.Equal(row(order[k-1]), row(i)) { // NaN differs from itself
			first, count = append(first, i), append(count, 0)
		}
		number[i] = int64(len(first) - 1)
		count[len(count)-1]++
	}
	if sizes == nil {
		sizes = []int{n}
	}
	flat := t.Detach()
	values = flat.IndexSelect(a, From(t.Device(), first, len(first)))
	return values, From(t.Device(), number, sizes...), From(t.Device(), count, len(count))
}

// compareNumbers orders rows, NaN last.
func compareNumbers(x, y []float64) int {
	for i, a := range x {
		b := y[i]
		switch {
		case math.IsNaN(a) && math.IsNaN(b):
		case math.IsNaN(a) || a > b:
			return 1
		case math.IsNaN(b) || a < b:
			return -1
		}
	}
	return 0
}

// Mode returns the most frequent element along an axis, of several the
// smallest, and the index of its last occurrence. It compares all pairs.
func (t *Tensor) Mode(axis int) (values, indices *Tensor) {
	if t.Rank() == 0 {
		return t.Reshape(t.Shape()...), Scalar(t.Device(), int64(0))
	}
	a := t.axis("mode", axis)
	last := t.Transpose(a, t.Rank()-1)
	n := last.Dim(-1)
	count := last.Unsqueeze(-1).Eq(last.Unsqueeze(-2)).Sum(-1)
	candidate := count.Eq(count.MaxKeep(-1))
	least := last.Detach().MaskedFill(candidate.LogicalNot(), math.Inf(1)).Min(-1).Unsqueeze(-1)
	hit := last.Eq(least)
	place := Arange(t.Device(), dtype.Int64, 0, float64(n), 1)
	at := hit.Where(place, Full(t.Device(), dtype.Int64, -1)).Max(-1).Unsqueeze(-1)
	values = last.Gather(-1, at).Transpose(a, t.Rank()-1).Squeeze(a)
	return values, at.Transpose(a, t.Rank()-1).Squeeze(a)
}
