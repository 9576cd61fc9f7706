package gemm

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestBias tries every way a product goes: small, thin, blocked, blocked along k.
func TestBias(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	onTiers(t, func(t *testing.T) {
		for _, s := range [][3]int{{3, 4, 5}, {5, 6, 0}, {2, 300, 90}, {300, 3, 90}, {100, 90, 70}, {70, 80, 700}, {200, 5000, 9}} {
			m, n, k := s[0], s[1], s[2]
			a, b := newMatrix[float32](r, m, k, "N"), newMatrix[float32](r, k, n, "T")
			bias, c, want := newMatrix[float32](r, 1, n, "N").v, make([]float32, m*n), make([]float32, m*n)
			for i := range c {
				c[i] = float32(math.NaN()) // must not be read
				want[i] = bias[i%n]
			}
			LinearF32(m, n, k, a.v, a.rs, a.cs, b.v, b.rs, b.cs, bias, c, n, nil)
			F32(m, n, k, a.v, a.rs, a.cs, b.v, b.rs, b.cs, want, n, true)
			for i := range c {
				if c[i] != want[i] {
					t.Fatalf("%v: element %d is %v, want %v", s, i, c[i], want[i])
				}
			}
		}
	})
}

// TestThen tries what follows a product in every way it goes: each element is to be
// seen once, when its sum is whole.
func TestThen(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 20))
	onTiers(t, func(t *testing.T) {
		for _, s := range [][4]int{{3, 4, 5, 0}, {5, 6, 0, 0}, {5, 6, 0, 3}, {2, 300, 90, 0}, {300, 3, 90, 0}, {300, 3, 90, 2}, {100, 90, 70, 0}, {70, 1300, 700, 5}, {200, 5000, 9, 0}, {300, 520, 1100, 1}} {
			m, n, k := s[0], s[1], s[2]
			ldc := n + s[3]
			a, b := newMatrix[float64](r, m, k, "N"), newMatrix[float64](r, k, n, "T")
			bias := newMatrix[float64](r, 1, n, "N").v
			for _, bias := range [][]float64{bias, nil} {
				c, want := make([]float64, m*ldc), make([]float64, m*ldc)
				LinearF64(m, n, k, a.v, a.rs, a.cs, b.v, b.rs, b.cs, bias, want, ldc, nil)
				LinearF64(m, n, k, a.v, a.rs, a.cs, b.v, b.rs, b.cs, bias, c, ldc, func(x []float64) {
					for i := range x {
						x[i] = 3*x[i] + 1 // not idempotent
					}
				})
				for i := range c {
					if w := 3*want[i] + 1; i%ldc < n && c[i] != w || i%ldc >= n && c[i] != 0 {
						t.Fatalf("%v: element %d is %v, want %v", s, i, c[i], w)
					}
				}
			}
		}
	})
}

// TestTiler multiplies blocks of more and fewer columns than a panel, with a
// part of the depth that was laid out.
func TestTiler(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 18))
	onTiers(t, func(t *testing.T) {
		tiler := TilerF64()
		for _, s := range [][4]int{{1, 1, 1, 1}, {5, 7, 3, 3}, {42, 256, 64, 64}, {42, 100, 30, 64}, {84, 64, 131, 256}, {3, 0, 5, 5}, {4, 5, 0, 0}} {
			m, n, k, depth := s[0], s[1], s[2], s[3]
			a, b := newMatrix[float64](r, m, k, "T"), newMatrix[float64](r, depth, n, "T")
			panels := make([]float64, tiler.Size(depth, n))
			tiler.Pack(panels, b.v, b.rs, b.cs, depth, n)
			c, want := make([]float64, m*n), make([]float64, m*n)
			tiler.Multiply(m, n, k, a.v, a.rs, a.cs, panels, depth, c, n, false)
			for i := range want {
				for p := range k {
					want[i] += a.at(i/n, p) * b.at(p, i%n)
				}
				if math.Abs(c[i]-want[i]) > 1e-13*float64(k) { // k terms below 1
					t.Fatalf("%v: element %d is %v, want %v", s, i, c[i], want[i])
				}
			}
		}
	})
}
