package main

import (
	"math"
	"math/big"
)

const points = 600

// solve returns the coefficients, lowest first, each a float32, and the
// largest weighted error.
func (p problem) solve() (c []float64, worst float64) {
	xs := make([]float64, points)
	for i := range xs { // Chebyshev points
		u := math.Cos(math.Pi * (float64(i) + 0.5) / points)
		xs[i] = (p.lo+p.hi)/2 + (p.hi-p.lo)/2*u
	}
	memo := map[float64]float64{} // f is asked for the same points again and again
	for _, x := range xs {
		memo[x] = p.f(x)
	}
	p.f = func(x float64) float64 { return memo[x] }
	scale := 0.
	for _, x := range xs {
		scale = max(scale, math.Abs(p.t(x)))
	}
	n := p.degree + 1
	c = make([]float64, n)
	for fixed := 0; fixed < n; fixed++ {
		free := p.lawson(xs, c[:fixed], n-fixed, scale)
		copy(c[fixed:], free)
		c[fixed] = float64(float32(c[fixed]))
	}
	for _, x := range xs {
		worst = max(worst, math.Abs(p.w(x)*(p.f(x)-horner(c, p.t(x)))))
	}
	return c, worst
}

func horner(c []float64, x float64) float64 {
	y := 0.
	for i := len(c) - 1; i >= 0; i-- {
		y = y*x + c[i]
	}
	return y
}

// lawson fits n more coefficients behind the fixed ones.
func (p problem) lawson(xs, fixed []float64, n int, scale float64) []float64 {
	m := len(xs)
	weight := make([]float64, m)
	for i := range weight {
		weight[i] = 1 / float64(m)
	}
	var best []float64
	bestErr := math.Inf(1)
	for range 60 {
		a := make([][]float64, m)
		rhs := make([]float64, m)
		for i, x := range xs {
			t := p.t(x)
			w := p.w(x) * math.Sqrt(weight[i])
			v := w * math.Pow(t/scale, float64(len(fixed)))
			a[i] = make([]float64, n)
			for k := range a[i] {
				a[i][k] = v
				v *= t / scale
			}
			rhs[i] = w * (p.f(x) - horner(fixed, t))
		}
		c := leastSquares(a, rhs)
		for k := range c {
			c[k] /= math.Pow(scale, float64(k+len(fixed)))
		}
		all := append(append([]float64(nil), fixed...), c...)
		worst, sum := 0., 0.
		for i, x := range xs {
			e := math.Abs(p.w(x) * (p.f(x) - horner(all, p.t(x))))
			worst = max(worst, e)
			weight[i] *= e
			sum += weight[i]
		}
		if worst < bestErr {
			bestErr, best = worst, c
		}
		if sum == 0 {
			break
		}
		for i := range weight {
			weight[i] /= sum
		}
	}
	return best
}

// leastSquares minimises |a c - b| by Householder reflections; it overwrites
// both.
func leastSquares(a [][]float64, b []float64) []float64 {
	m, n := len(a), len(a[0])
	for k := range n {
		norm := 0.
		for i := k; i < m; i++ {
			norm = math.Hypot(norm, a[i][k])
		}
		if a[k][k] > 0 {
			norm = -norm
		}
		v := make([]float64, m)
		for i := k; i < m; i++ {
			v[i] = a[i][k]
		}
		v[k] -= norm
		vv := 0.
		for i := k; i < m; i++ {
			vv += v[i] * v[i]
		}
		if vv == 0 {
			continue
		}
		for j := k; j < n; j++ {
			d := 0.
			for i := k; i < m; i++ {
				d += v[i] * a[i][j]
			}
			for i := k; i < m; i++ {
				a[i][j] -= 2 * d / vv * v[i]
			}
		}
		d := 0.
		for i := k; i < m; i++ {
			d += v[i] * b[i]
		}
		for i := k; i < m; i++ {
			b[i] -= 2 * d / vv * v[i]
		}
	}
	c := make([]float64, n)
	for k := n - 1; k >= 0; k-- {
		s := b[k]
		for j := k + 1; j < n; j++ {
			s -= a[k][j] * c[j]
		}
		c[k] = s / a[k][k]
	}
	return c
}

// twoOverPi returns 2/π in n words of that many bits each, after some zero bits.
func twoOverPi(zeros, n, width int) []uint32 {
	const prec = 1600
	// Machin: π/4 = 4 atan(1/5) - atan(1/239).
	atan := func(q int64) *big.Float {
		sum := new(big.Float).SetPrec(prec)
		pow := new(big.Float).SetPrec(prec).Quo(big.NewFloat(1).SetPrec(prec), new(big.Float).SetPrec(prec).SetInt64(q))
		q2 := new(big.Float).SetPrec(prec).SetInt64(q * q)
		for k := int64(0); k < 400; k++ {
			t := new(big.Float).SetPrec(prec).Quo(pow, new(big.Float).SetPrec(prec).SetInt64(2*k+1))
			if k%2 == 0 {
				sum.Add(sum, t)
			} else {
				sum.Sub(sum, t)
			}
			pow.Quo(pow, q2)
		}
		return sum
	}
	quarter := new(big.Float).SetPrec(prec).Mul(big.NewFloat(4), atan(5))
	quarter.Sub(quarter, atan(239))
	r := new(big.Float).SetPrec(prec).Quo(big.NewFloat(0.5), quarter)
	r.SetMantExp(r, n*width-zeros)
	i, _ := r.Int(nil)
	words := make([]uint32, n)
	mask := big.NewInt(1<<width - 1)
	for k := n - 1; k >= 0; k-- {
		words[k] = uint32(new(big.Int).And(i, mask).Uint64())
		i.Rsh(i, uint(width))
	}
	return words
}
