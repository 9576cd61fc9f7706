package opinfo

import (
	"fmt"
	"math"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
)

// A tolerance is what an element may differ by: times what PyTorch's own
// float32 run is off, at least floor, relative to the largest of 1, the element
// and the root mean square of the result.
type tolerance struct{ floor, times float64 }

// In float64 both sides use different algorithms for sums and special functions.
// The float32 floor is 64 roundings: results of one operation that happen to be
// exact in PyTorch say nothing about ours. The half types round once.
var tolerances = map[dtype.DType]tolerance{
	dtype.Float64:  {1e-9, 0},
	dtype.Float32:  {64 * 0x1p-24, 8},
	dtype.Float16:  {0x1p-10, 1},
	dtype.BFloat16: {0x1p-7, 1},
}

// differ says how got is not the recorded truth; low is PyTorch's result in
// float32, if there is one.
func differ(got, truth, low *T, tol tolerance, onlyShape bool) string {
	if !slices.Equal(got.Shape(), truth.Shape()) {
		return fmt.Sprintf("shape %v, want %v", got.Shape(), truth.Shape())
	}
	if onlyShape {
		return ""
	}
	g, w := got.Float64s(), truth.Float64s()
	if !truth.DType().IsFloat() {
		tol = tolerance{}
	}
	var l []float64
	rel := tol.floor
	scale := rms(w)
	if low != nil && tol.times > 0 {
		l = low.Float64s()
		for i, x := range l {
			if d := math.Abs(x-w[i]) / max(1, math.Abs(w[i]), scale); d < math.Inf(1) {
				rel = max(rel, tol.times*d)
			}
		}
	}
	for i, want := range w {
		if g[i] == want || g[i] != g[i] && want != want {
			continue
		}
		if l != nil && (math.IsInf(l[i], 0) || math.IsNaN(l[i])) && !math.IsInf(want, 0) && !math.IsNaN(want) {
			continue // float32 overflows on the way
		}
		if !(math.Abs(g[i]-want) <= rel*max(1, math.Abs(want), scale)) || math.IsInf(want, 0) {
			return fmt.Sprintf("element %d is %v, want %v (tolerance %.2g)", i, g[i], want, rel)
		}
	}
	return ""
}

// rms returns the root mean square of the finite elements.
func rms(x []float64) float64 {
	sum, n := 0.0, 0
	for _, v := range x {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			sum += v * v
			n++
		}
	}
	if n == 0 || math.IsInf(sum, 0) {
		return 0
	}
	return math.Sqrt(sum / float64(n))
}
