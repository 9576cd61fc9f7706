package optim

import (
	"math"

	"github.com/hekla-ml/hekla/tensor"
)

// A point is what is known of the loss t directions away.
type point struct {
	t, f, slope float64 // slope: of the loss along the direction
	grad        *tensor.Tensor
}

// Wolfe's conditions ask for a part of the decrease that the slope promises, and
// for a slope that is a part of what it was.
const (
	enoughDecrease = 1e-4
	enoughFlatter  = 0.9
	searchLimit    = 25   // points to try
	shortestPiece  = 1e-9 // of a search, in any parameter
)

// search looks along a direction for a point where the strong Wolfe conditions
// hold: algorithms 3.5 and 3.6 of Nocedal and Wright 2006, with cubic
// interpolation. It begins at t and returns how many points it tried. size is the
// largest element of the direction.
func search(try func(t float64) point, start point, t, size float64) (end point, tried int) {
	tooHigh := func(p point) bool { return p.f > start.f+enoughDecrease*p.t*start.slope }
	flat := func(p point) bool { return math.Abs(p.slope) <= -enoughFlatter*start.slope }

	// Go on until a good point lies between the last two.
	last, p := start, try(t)
	tried = 1
	var low, high point
	for tries := 0; ; tries++ {
		if tries == searchLimit {
			low, high = start, p
			break
		}
		if tooHigh(p) || tries > 1 && p.f >= last.f {
			low, high = last, p
			break
		}
		if flat(p) {
			return p, tried
		}
		if p.slope >= 0 {
			low, high = last, p
			break
		}
		next := cubicMinimum(last, p, p.t+0.01*(p.t-last.t), p.t*10)
		last, p = p, try(next)
		tried++
	}
	if high.f < low.f {
		low, high = high, low
	}

	// Narrow the interval down; low is the better end.
	stuck := false
	for tried <= searchLimit && math.Abs(high.t-low.t)*size >= shortestPiece {
		left, right := min(low.t, high.t), max(low.t, high.t)
		t := cubicMinimum(low, high, left, right)
		// Twice too near an end: step away from it.
		if eps := 0.1 * (right - left); min(right-t, t-left) < eps {
			if stuck || t >= right || t <= left {
				if math.Abs(t-right) < math.Abs(t-left) {
					t = right - eps
				} else {
					t = left + eps
				}
				stuck = false
			} else {
				stuck = true
			}
		} else {
			stuck = false
		}
		p := try(t)
		tried++
		if tooHigh(p) || p.f >= low.f {
			high = p
			if high.f < low.f {
				low, high = high, low
			}
			continue
		}
		if flat(p) {
			return p, tried
		}
		if p.slope*(high.t-low.t) >= 0 {
			high = low
		}
		low = p
	}
	return low, tried
}

// cubicMinimum returns where, from lo to hi, the cubic through two points has its
// minimum (equation 3.59), or the middle if it has none.
func cubicMinimum(a, b point, lo, hi float64) float64 {
	if a.t > b.t {
		a, b = b, a
	}
	d1 := a.slope + b.slope - 3*(a.f-b.f)/(a.t-b.t)
	square := d1*d1 - a.slope*b.slope
	if !(square >= 0) {
		return (lo + hi) / 2
	}
	d2 := math.Sqrt(square)
	t := b.t - (b.t-a.t)*((b.slope+d2-d1)/(b.slope-a.slope+2*d2))
	return min(max(t, lo), hi)
}
