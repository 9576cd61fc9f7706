package dtype

import "math"

// FMA32 returns x*y + z rounded once, which math.FMA does for float64.
func FMA32(x, y, z float32) float32 {
	p := float64(x) * float64(y) // exact
	s := p + float64(z)
	// Rounding s again is harmless unless it lies half-way between two float32, or where these are denormal.
	if b := math.Float64bits(s); b&(1<<29-1) != 1<<28 && b<<1 >= (1023-126)<<53 {
		return float32(s)
	}
	return roundOdd(p, float64(z), s)
}

// roundOdd returns p + z, of which s is the sum in float64, as a float32: the sum is rounded to odd first, and then
// rounding it again is right (Boldo and Melquiond 2008).
func roundOdd(p, z, s float64) float32 {
	if math.IsInf(s, 0) || s != s {
		return float32(s)
	}
	t := s - p
	lost := (p - (s - t)) + (z - t)
	if b := math.Float64bits(s); lost != 0 && b&1 == 0 {
		if (lost > 0) == (s > 0) {
			s = math.Float64frombits(b + 1)
		} else {
			s = math.Float64frombits(b - 1)
		}
	}
	return float32(s)
}
