// Command fit makes the polynomials of package pointwise: near-minimax fits by
// Lawson's algorithm (least squares with weights that grow where the error is
// large), with coefficients rounded to float32 one after the other, the lowest
// first, and the others fitted again. It prints a Go file:
//
//	go run ./internal/fit > zz_coefficients.go
package main

import (
	"bytes"
	"fmt"
	"go/format"
	"log"
	"math"
	"os"
)

// A problem asks for a polynomial p with w(x)*(f(x)-p(t(x))) small on [lo, hi].
// The weight makes it the relative error of the function built from p.
type problem struct {
	name, doc string
	degree    int
	lo, hi    float64
	t, f, w   func(x float64) float64
}

func id(x float64) float64     { return x }
func square(x float64) float64 { return x * x }

var problems = []problem{
	{"expP", "exp(r) = 1 + r + r²P(r), |r| <= ln2/2", 5, -0.3470, 0.3470, id,
		func(r float64) float64 { return (math.Expm1(r) - r) / (r * r) },
		func(r float64) float64 { return r * r / math.Exp(r) }},
	{"expm1P", "expm1(r) = r + r²P(r), |r| <= ln2/2", 6, -0.3470, 0.3470, id,
		func(r float64) float64 { return (math.Expm1(r) - r) / (r * r) },
		func(r float64) float64 { return math.Abs(r) }},
	{"exp2P", "2^r = 1 + rP(r), |r| <= 1/2", 5, -0.501, 0.501, id,
		func(r float64) float64 { return math.Expm1(r*math.Ln2) / r },
		func(r float64) float64 { return r / math.Exp2(r) }},
	{"exp2ShortP", "2^r = 1 + rP(r), |r| <= 1/2, to 2^-23", 4, -0.501, 0.501, id,
		func(r float64) float64 { return math.Expm1(r*math.Ln2) / r },
		func(r float64) float64 { return r / math.Exp2(r) }},
	{"logP", "log(1+f) = f - f²/2 + f³P(f), √½ <= 1+f <= √2", 8, math.Sqrt(0.5) - 1, math.Sqrt2 - 1, id,
		func(f float64) float64 { return (math.Log1p(f) - f + f*f/2) / (f * f * f) },
		func(f float64) float64 { return f * f * f / math.Log1p(f) }},
	{"powP", "log2(m) = s(C0 + C1 z + z²P(z)), z = s², s = (m-1)/(m+1)", 3, 0, 0.0295, id,
		func(z float64) float64 {
			if z < 1e-4 { // the series, where the difference cancels
				return 2 / math.Ln2 * (1./5 + z/7 + z*z/9)
			}
			s := math.Sqrt(z)
			return (2/math.Ln2*math.Atanh(s)/s - 2/math.Ln2 - 2/math.Ln2/3*z) / (z * z)
		},
		func(z float64) float64 { return z * z }},
	{"sinP", "sin(r) = r + r³P(r²), |r| <= π/4", 2, 0, 0.7855, square,
		func(r float64) float64 { return (math.Sin(r) - r) / (r * r * r) },
		func(r float64) float64 { return r * r * r / math.Sin(r) }},
	{"cosP", "cos(r) = 1 - r²/2 + r⁴P(r²), |r| <= π/4", 2, 0, 0.7855, square,
		func(r float64) float64 { s := math.Sin(r / 2); return (r*r/2 - 2*s*s) / (r * r * r * r) },
		func(r float64) float64 { return r * r * r * r / math.Cos(r) }},
	{"tanP", "tan(r) = r + r³P(r²), |r| <= π/4", 6, 0, 0.7855, square,
		func(r float64) float64 { return (math.Tan(r) - r) / (r * r * r) },
		func(r float64) float64 { return r * r * r / math.Tan(r) }},
	{"asinP", "asin(x) = x + x³P(x²), x <= 1/2", 5, 0, 0.5, square,
		func(x float64) float64 { return (math.Asin(x) - x) / (x * x * x) },
		func(x float64) float64 { return x * x * x / math.Asin(x) }},
	{"atanP", "atan(x) = x + x³P(x²), x <= tan π/8", 5, 0, 0.4143, square,
		func(x float64) float64 { return (math.Atan(x) - x) / (x * x * x) },
		func(x float64) float64 { return x * x * x / math.Atan(x) }},
	{"sinhP", "sinh(x) = x + x³P(x²), x <= 1", 3, 0, 1, square,
		func(x float64) float64 { return (math.Sinh(x) - x) / (x * x * x) },
		func(x float64) float64 { return x * x * x / math.Sinh(x) }},
	{"tanhP", "tanh(x) = x + x³P(x²), x <= 0.625", 5, 0, 0.626, square,
		func(x float64) float64 { return (math.Tanh(x) - x) / (x * x * x) },
		func(x float64) float64 { return x * x * x / math.Tanh(x) }},
	{"erfP", "erf(x) = x + xP(x²), x <= 0.9375", 6, 0, 0.9375, square,
		func(x float64) float64 { return (math.Erf(x) - x) / x },
		func(x float64) float64 { return x / math.Erf(x) }},
	{"erfTailP", "log2 erfc(x) = xP(x), 0.9375 <= x <= 3.95", 6, 0.93, 3.95, id,
		func(x float64) float64 { return math.Log2(math.Erfc(x)) / x },
		func(x float64) float64 { return x * math.Erfc(x) }},
	{"erfcP", "(1+2x) exp(x²) erfc(x) = P((x-2)/(x+2)), x <= 10.1", 10, 0, 10.1,
		func(x float64) float64 { return (x - 2) / (x + 2) },
		func(x float64) float64 { return (1 + 2*x) * math.Exp(x*x) * math.Erfc(x) },
		func(x float64) float64 { return 1 }},
	{"erfinvP", "erfinv(x) = xP(w-2.5), w = -log(1-x²) < 5", 10, 0, 5,
		func(w float64) float64 { return w - 2.5 }, erfinvOver,
		func(w float64) float64 { return 1 }},
	{"erfinvTailP", "erfinv(x) = xP(√w-3), 5 <= w < 16.7", 8, 5, 16.7,
		func(w float64) float64 { return math.Sqrt(w) - 3 }, erfinvOver,
		func(w float64) float64 { return 1 / math.Sqrt(w) }},
	{"lgamma1P", "lgamma(1+t) = t(t-1)P(t), -1/4 <= t <= 1/2", 9, -0.2501, 0.5001, id,
		func(t float64) float64 { return lgamma1p(t) / (t * (t - 1)) }, func(float64) float64 { return 1 }},
	{"lgamma2P", "lgamma(2+t) = t(t+1)P(t), -1/2 <= t <= 1", 10, -0.5001, 1.0001, id,
		func(t float64) float64 {
			if math.Abs(t) < 0.1 {
				return (lgamma1p(t) + math.Log1p(t)) / (t * (t + 1))
			}
			y, _ := math.Lgamma(2 + t)
			return y / (t * (t + 1))
		}, func(float64) float64 { return 1 }},
}

// erfinvOver returns erfinv(x)/x as a function of w = -log(1-x²).
func erfinvOver(w float64) float64 {
	x := math.Sqrt(-math.Expm1(-w))
	// 1-x without cancellation, for Newton steps on erfc.
	c := math.Exp(-w) / (1 + x)
	y := math.Erfcinv(c)
	for range 3 {
		y += (math.Erfc(y) - c) / (2 / math.SqrtPi * math.Exp(-y*y))
	}
	return y / x
}

// lgamma1p returns log Γ(1+t) by the series of Abramowitz and Stegun 6.1.33,
// summed with ζ(n)-1; near 0, where math.Lgamma(1+t) rounds its argument.
func lgamma1p(t float64) float64 {
	s := -math.Log1p(t) + t*(1-0.57721566490153286060651209) // Euler's γ
	p := t
	for n := 2; n < 80; n++ {
		p *= -t
		z := 0. // ζ(n)-1
		for k := 60; k >= 2; k-- {
			z += math.Pow(float64(k), -float64(n))
		}
		// Euler-Maclaurin for the terms beyond 60.
		m := 60.5
		z += math.Pow(m, 1-float64(n)) / (float64(n) - 1) * (1 - float64(n)*float64(n-1)/(24*m*m)*1)
		s -= p * z / float64(n)
	}
	return s
}

func main() {
	var out bytes.Buffer
	fmt.Fprintf(&out, "// Code generated by internal/fit; DO NOT EDIT.\n\npackage pointwise\n\nvar (\n")
	for _, p := range problems {
		c, worst := p.solve()
		fmt.Fprintf(&out, "// %s; error of the fit 2^%.1f.\n%s = []float64{", p.doc, math.Log2(worst), p.name)
		for _, x := range c {
			fmt.Fprintf(&out, "%v, ", float32(x))
		}
		fmt.Fprintf(&out, "}\n\n")
	}
	fmt.Fprintf(&out, "// 2/π in words of 32 bits, after 14 zero bits.\ntwoOverPi = [7]uint32{")
	for _, w := range twoOverPi(14, 7, 32) {
		fmt.Fprintf(&out, "%#08x, ", w)
	}
	fmt.Fprintf(&out, "}\n\n// 2/π in pieces of 24 bits, enough for every float64.\nwideTwoOverPi = [52]float64{")
	for _, w := range twoOverPi(0, 52, 24) {
		fmt.Fprintf(&out, "%d, ", w)
	}
	fmt.Fprintf(&out, "}\n)\n")
	src, err := format.Source(out.Bytes())
	if err != nil {
		log.Fatal(err)
	}
	os.Stdout.Write(src)
}
