package pointwise

import (
	"math"
	"math/bits"
)

// Sine, cosine and tangent to within an ulp: Go's lose digits near multiples of
// π/2.

// π/2 in parts, the first two of 33 bits, so that small integers times them are exact.
const (
	halfPiHi  = 0x1.921fb544p0
	halfPiMid = 0x1.0b4611a6p-34
	halfPiLo  = math.Pi/2 - halfPiHi - halfPiMid
)

var (
	sinTerms = inverseFactorials(3, 2, 10, true)
	cosTerms = inverseFactorials(4, 2, 10, true)
)

func sin(x float64) float64 {
	if x-x != 0 || x == 0 {
		return math.Sin(x)
	}
	s, sl, _, _ := sincos(x)
	return s + sl
}

func cos(x float64) float64 {
	if x-x != 0 {
		return math.Cos(x)
	}
	_, _, c, cl := sincos(x)
	return c + cl
}

func tan(x float64) float64 {
	if x-x != 0 || x == 0 {
		return math.Tan(x)
	}
	s, sl, c, cl := sincos(x)
	t := s / c
	return t + (math.FMA(-t, c, s)+sl-t*cl)/c
}

// sincos returns the sine and the cosine of finite x as sums of two floats.
func sincos(x float64) (s, sl, c, cl float64) {
	q, r, rl := quarters(x)
	z := r * r
	s, sl = twoSum(r, r*z*horner(z, sinTerms))
	c, cl = twoSum(1, -z/2)
	sl += rl * c
	cl -= math.FMA(r, r, -z)/2 + z*z*horner(z, cosTerms) + r*rl
	s, sl = twoSum(s, sl)
	c, cl = twoSum(c, cl)
	for range q & 3 {
		s, sl, c, cl = c, cl, -s, -sl
	}
	return s, sl, c, cl
}

// quarters writes finite x as q π/2 + r + rl, |r| not much above π/4.
func quarters(x float64) (q int, r, rl float64) {
	if math.Abs(x) >= 1<<20 {
		q, r, rl = manyQuarters(math.Abs(x))
		if x < 0 {
			return -q, -r, -rl
		}
		return q, r, rl
	}
	n := math.RoundToEven(x * (2 / math.Pi))
	r, l := twoSum(x, -n*halfPiHi)
	r, l2 := twoSum(r, -n*halfPiMid)
	r, rl = twoSum(r, l+l2-n*halfPiLo)
	return int(n), r, rl
}

// twoOverPiWords are the bits of 2/π behind the point, highest first.
var twoOverPiWords = func() (w [20]uint64) {
	for i, piece := range wideTwoOverPi { // of 24 bits
		at, from := 24*i/64, 24*i%64
		top := uint64(piece) << 40
		w[at] |= top >> from
		if from > 40 {
			w[at+1] |= top << (64 - from)
		}
	}
	return w
}()

// manyQuarters is quarters for x >= 2^20 (Payne and Hanek): the significand, an
// integer, is multiplied by those 256 bits of 2/π that matter at its exponent.
func manyQuarters(x float64) (q int, r, rl float64) {
	m, e := math.Frexp(x)
	k := e - 53
	skip := max(0, k-2) // bits that give multiples of 4
	var p [5]uint64
	carry := uint64(0)
	for i := 3; i >= 0; i-- {
		at, by := skip/64+i, skip%64
		hi, lo := bits.Mul64(uint64(m*(1<<53)), twoOverPiWords[at]<<by|twoOverPiWords[at+1]>>(64-by))
		lo, c := bits.Add64(lo, carry, 0)
		p[i+1], carry = lo, hi+c
	}
	p[0] = carry
	// Of the product two bits before the point count, and 190 behind it.
	left := 62 + k - skip
	var t [3]uint64
	for i := range t {
		t[i] = p[i]<<left | p[i+1]>>(64-left)
	}
	q = int(t[0] >> 62)
	f0, f1, f2 := t[0]<<2|t[1]>>62, t[1]<<2|t[2]>>62, t[2]<<2
	sign := 1.
	if f0>>63 != 0 {
		q, sign = q+1, -1
		f0, f1, f2 = ^f0, ^f1, ^f2
	}
	a := float64(f0>>11) * 0x1p-53
	b := float64(f0<<53>>11|f1>>22) * 0x1p-106
	r, rl = twoSum(a, b)
	r, rl = twoSum(r, rl+float64(f1<<42>>11|f2>>33)*0x1p-159)
	h := r * (math.Pi / 2)
	r, rl = twoSum(h, math.FMA(r, math.Pi/2, -h)+r*pio2Low+rl*(math.Pi/2))
	return q, sign * r, sign * rl
}
