package conv

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// each calls f with the places of the factors of each product.
func each(g *Geometry, f func(x, w, y int)) {
	nx, nw, ny := volume(g.X), volume(g.K), volume(g.Y)
	for n := range g.N {
		for co := range g.Groups * g.CO {
			for ci := range g.CI {
				xc := (n*g.Groups+co/g.CO)*g.CI + ci
				yc := n*g.Groups*g.CO + co
				for p := range ny {
					at := [3]int{p / g.Y[2] / g.Y[1], p / g.Y[2] % g.Y[1], p % g.Y[2]}
					g.eachTap(func(i int, q [3]int) {
						place := 0
						for a := range q {
							u := at[a]*g.Stride[a] - g.Pad[a] + q[a]*g.Dilation[a]
							if u < 0 || u >= g.X[a] {
								return
							}
							place = place*g.X[a] + u
						}
						f(xc*nx+place, (co*g.CI+ci)*nw+i, yc*ny+p)
					})
				}
			}
		}
	}
}

func random[T float](r *rand.Rand, n int) []T {
	s := make([]T, n)
	for i := range s {
		s[i] = T(r.NormFloat64())
	}
	return s
}

func compare[T float](t *testing.T, what string, g *Geometry, got []T, want, size []float64) {
	t.Helper()
	eps := 0x1p-23
	if sizeOf[T]() == 8 {
		eps = 0x1p-52
	}
	for i, w := range want {
		// The error of sums of a few thousand terms in some order, as a part of the sum of their sizes.
		if d := math.Abs(float64(got[i]) - w); !(d <= 16*eps*size[i]) {
			t.Fatalf("%s of %+v: element %d is %v, want %v", what, *g, i, got[i], w)
		}
	}
}

func verify[T float](t *testing.T, r *rand.Rand, g *Geometry) {
	t.Helper()
	x := random[T](r, g.N*g.Groups*g.CI*volume(g.X))
	w := random[T](r, g.Groups*g.CO*g.CI*volume(g.K))
	y := random[T](r, g.N*g.Groups*g.CO*volume(g.Y))
	gx, gw, gy := make([]float64, len(x)), make([]float64, len(w)), make([]float64, len(y))
	sx, sw, sy := make([]float64, len(x)), make([]float64, len(w)), make([]float64, len(y))
	each(g, func(i, j, k int) {
		gy[k] += float64(x[i]) * float64(w[j])
		gx[i] += float64(y[k]) * float64(w[j])
		gw[j] += float64(y[k]) * float64(x[i])
		sy[k] += math.Abs(float64(x[i]) * float64(w[j]))
		sx[i] += math.Abs(float64(y[k]) * float64(w[j]))
		sw[j] += math.Abs(float64(y[k]) * float64(x[i]))
	})
	rx, rw, ry := random[T](r, len(x)), random[T](r, len(w)), random[T](r, len(y))
	Forward(g, x, w, ry)
	compare(t, "Forward", g, ry, gy, sy)
	Input(g, y, w, rx)
	compare(t, "Input", g, rx, gx, sx)
	Weight(g, x, y, rw)
	compare(t, "Weight", g, rw, gw, sw)
}

// TestRandom tries geometries of all sorts.
func TestRandom(t *testing.T) {
	onTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for range 150 {
			g := &Geometry{N: 1 + r.IntN(3), Groups: 1 + r.IntN(3)*r.IntN(2), CI: 1 + r.IntN(5), CO: 1 + r.IntN(18)}
			axes := 1 + r.IntN(3)
			for a := range 3 {
				g.X[a], g.K[a], g.Y[a], g.Stride[a], g.Dilation[a] = 1, 1, 1, 1, 1
				if a < 3-axes {
					continue
				}
				g.K[a], g.Stride[a], g.Dilation[a], g.Pad[a] = 1+r.IntN(4), 1+r.IntN(3)*r.IntN(2), 1+r.IntN(3)*r.IntN(2), r.IntN(5)
				wide := g.Dilation[a]*(g.K[a]-1) + 1
				g.X[a] = max(1, wide-2*g.Pad[a]) + r.IntN(12)
				g.Y[a] = (g.X[a]+2*g.Pad[a]-wide)/g.Stride[a] + 1
				if r.IntN(4) == 0 {
					g.Y[a] = 1 + r.IntN(g.Y[a]) // a gradient that leaves windows at the end out
				}
			}
			verify[float32](t, r, g)
			verify[float64](t, r, g)
		}
	})
}

// TestBands tries images that are cut, alone and in a batch.
func TestBands(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, s := range []int{1, 2} {
		g := &Geometry{N: s, Groups: 1, CI: 4, CO: 9, X: [3]int{1, 260, 140}, K: [3]int{1, 3, 3}, Stride: [3]int{1, s, s}, Pad: [3]int{0, 1, 1}, Dilation: [3]int{1, 1, 1}}
		g.Y = [3]int{1, (260-1)/s + 1, (140-1)/s + 1}
		verify[float32](t, r, g)
	}
	g := &Geometry{N: 1, Groups: 2, CI: 2, CO: 3, X: [3]int{40, 50, 60}, K: [3]int{3, 3, 3}, Stride: [3]int{2, 1, 1}, Dilation: [3]int{1, 1, 2}, Pad: [3]int{1, 0, 2}, Y: [3]int{20, 48, 60}}
	verify[float32](t, r, g)
}

// TestDepthwise tries kernels of one channel that keep the size of planes, of
// all widths beside a vector's.
func TestDepthwise(t *testing.T) {
	onTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(7, 8))
		for _, k := range [][2]int{{3, 3}, {1, 3}, {3, 1}, {5, 7}, {1, 1}} {
			for _, d := range []int{1, 2} {
				for _, size := range [][2]int{{9, 57}, {40, 13}, {14, 14}, {15, 300}, {1, 200}, {27, 14}} {
					g := &Geometry{N: 2, Groups: 3, CI: 1, CO: 1, X: [3]int{1, size[0], size[1]}, K: [3]int{1, k[0], k[1]},
						Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, d, d}, Pad: [3]int{0, (k[0] - 1) * d / 2, (k[1] - 1) * d / 2}}
					g.Y = g.X
					verify[float32](t, r, g)
					verify[float64](t, r, g)
				}
			}
		}
	})
}

// square returns the geometry of square images, kernel k and stride 1.
func square(n, ci, co, size, k, pad int) *Geometry {
	return &Geometry{N: n, Groups: 1, CI: ci, CO: co, X: [3]int{1, size, size}, K: [3]int{1, k, k}, Y: [3]int{1, size + 2*pad - k + 1, size + 2*pad - k + 1},
		Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1}, Pad: [3]int{0, pad, pad}}
}

func BenchmarkConv(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, g := range []*Geometry{square(128, 1, 6, 28, 5, 2), square(128, 6, 16, 14, 5, 0), square(128, 32, 32, 28, 3, 1), square(128, 32, 64, 14, 3, 1), square(8, 64, 64, 56, 3, 1)} {
		x := random[float32](r, g.N*g.Groups*g.CI*volume(g.X))
		w := random[float32](r, g.Groups*g.CO*g.CI*volume(g.K))
		y := random[float32](r, g.N*g.Groups*g.CO*volume(g.Y))
		name := fmt.Sprintf("%d:%d-%d,k%d,%dx%d/", g.N, g.CI, g.CO, g.K[2], g.X[1], g.X[2])
		for _, c := range []struct {
			name string
			f    func()
		}{{"forward", func() { Forward(g, x, w, y) }}, {"input", func() { Input(g, y, w, x) }}, {"weight", func() { Weight(g, x, y, w) }}} {
			b.Run(name+c.name, func(b *testing.B) {
				for b.Loop() {
					c.f()
				}
				b.ReportMetric(2*float64(g.macs())*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
			})
		}
	}
}
