package gemm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"github.com/hekla-ml/hekla/backend/cpu/internal/isa"
)

// onTiers runs f on every tier this machine has.
func onTiers(t *testing.T, f func(t *testing.T)) {
	defer isa.Set(isa.Active())
	for _, tier := range isa.Tiers() {
		if err := isa.Set(tier); err != nil {
			t.Fatal(err)
		}
		t.Run(tier.String(), f)
	}
}

// matrix is a random matrix [rows, cols] with the strides of a layout, in a slice that ends with its last element.
type matrix[T float] struct {
	rows, cols, rs, cs int
	v                  []T
}

func newMatrix[T float](r *rand.Rand, rows, cols int, layout string) matrix[T] {
	x := matrix[T]{rows: rows, cols: cols}
	switch layout {
	case "N":
		x.rs, x.cs = cols, 1
	case "T":
		x.rs, x.cs = 1, rows
	case "padded":
		x.rs, x.cs = cols+3, 1
	case "padded T":
		x.rs, x.cs = 1, rows+5
	case "strided":
		x.rs, x.cs = 2*cols+1, 2
	case "broadcast":
		x.rs, x.cs = 0, 1
	default:
		panic(layout)
	}
	if rows > 0 && cols > 0 {
		x.v = make([]T, (rows-1)*x.rs+(cols-1)*x.cs+1)
	}
	for i := range x.v {
		x.v[i] = T(r.Float64()*2 - 1)
	}
	return x
}

func (x matrix[T]) at(i, j int) T { return x.v[i*x.rs+j*x.cs] }

func call[T float](m, n, k int, a, b matrix[T], c []T, ldc int, acc bool) {
	switch c := any(c).(type) {
	case []float32:
		F32(m, n, k, any(a.v).([]float32), a.rs, a.cs, any(b.v).([]float32), b.rs, b.cs, c, ldc, acc)
	case []float64:
		F64(m, n, k, any(a.v).([]float64), a.rs, a.cs, any(b.v).([]float64), b.rs, b.cs, c, ldc, acc)
	}
}

// verify multiplies a and b into a C with a gap between rows and compares with sums in float64.
func verify[T float](t *testing.T, a, b matrix[T], acc bool) {
	t.Helper()
	m, n, k := a.rows, b.cols, a.cols
	const gap = 3
	ldc := n + gap
	c := make([]T, max(0, (m-1)*ldc+n))
	for i := range c {
		c[i] = T(math.NaN()) // must not be read without acc, nor written in the gaps
		if j := i % ldc; acc && j < n {
			c[i] = T(i%7) - 3
		}
	}
	call(m, n, k, a, b, c, ldc, acc)
	eps := 0x1p-24
	if _, ok := any(c).([]float64); ok {
		eps = 0x1p-53
	}
	want, size := reference(a, b)
	for i := range c {
		row, col := i/ldc, i%ldc
		got := float64(c[i])
		if col >= n {
			if got == got {
				t.Fatalf("[%d %d] x [%d %d]: wrote %v between rows of C", m, k, k, n, got)
			}
			continue
		}
		w, z := want[row*n+col], size[row*n+col]
		if acc {
			old := float64(T(i%7) - 3)
			w, z = w+old, z+math.Abs(old)
		}
		// The error of a sum of k terms in any order, plus that of the float64 reference itself.
		if !(math.Abs(got-w) <= float64(2*k+2)*eps*z) {
			t.Fatalf("[%d %d] (%d, %d) x [%d %d] (%d, %d), acc %v: C[%d, %d] = %v, want %v",
				m, k, a.rs, a.cs, k, n, b.rs, b.cs, acc, row, col, got, w)
		}
	}
}

// reference returns the product in float64, and the sum of the absolute values of its terms.
func reference[T float](a, b matrix[T]) (product, size []float64) {
	m, n, k := a.rows, b.cols, a.cols
	product, size = make([]float64, m*n), make([]float64, m*n)
	row := make([]float64, n)
	for p := range k {
		for j := range row {
			row[j] = float64(b.at(p, j))
		}
		for i := range m {
			x, sum, abs := float64(a.at(i, p)), product[i*n:][:n], size[i*n:][:n]
			for j, y := range row {
				sum[j] += x * y
				abs[j] += math.Abs(x * y)
			}
		}
	}
	return product, size
}

func testGrid[T float](t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	layouts := []string{"N", "T", "padded", "padded T", "strided", "broadcast"}
	sizes := []int{0, 1, 2, 3, 4, 5, 7, 8, 13, 14, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 129}
	count := 0
	for _, m := range sizes {
		for _, n := range sizes {
			for _, k := range sizes {
				// All small ones, and some of the others: 101 and 11 have no factor in common with the numbers of sizes.
				count++
				if raceDetector && count%101 != 0 || max(m, n, k) > 17 && count%11 != 0 {
					continue
				}
				la, lb := layouts[r.IntN(6)], layouts[r.IntN(6)]
				verify(t, newMatrix[T](r, m, k, la), newMatrix[T](r, k, n, lb), r.IntN(2) == 0)
			}
		}
	}
	for _, s := range [][3]int{{257, 257, 257}, {300, 100, 700}, {5, 4100, 40}, {4100, 5, 40}, {64, 300, 1000},
		{129, 10, 512}, {6, 784, 25}, {1, 1025, 513}, {1025, 1, 513}, {3, 700, 900}, {700, 3, 900}, {2, 9000, 3}, {30, 4200, 530}} {
		if raceDetector && s[0]*s[1]*s[2] > 10e6 {
			continue
		}
		for i, la := range layouts[:5] {
			lb := layouts[(i+r.IntN(5))%5]
			verify(t, newMatrix[T](r, s[0], s[2], la), newMatrix[T](r, s[2], s[1], lb), r.IntN(2) == 0)
		}
	}
}

func TestProducts(t *testing.T) {
	onTiers(t, func(t *testing.T) {
		t.Run("float32", testGrid[float32])
		t.Run("float64", testGrid[float64])
	})
}

func testThreads[T float](t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	r := rand.New(rand.NewPCG(3, 4))
	for _, s := range [][3]int{{150, 170, 1100}, {16, 5000, 300}, {900, 40, 260}, {1, 2000, 300}, {2000, 2, 300}} {
		m, n, k := s[0], s[1], s[2]
		a, b := newMatrix[T](r, m, k, "N"), newMatrix[T](r, k, n, "T")
		var first []T
		for _, procs := range []int{1, 2, 3, 8} {
			runtime.GOMAXPROCS(procs)
			c := make([]T, m*n)
			call(m, n, k, a, b, c, n, false)
			if first == nil {
				first = c
			}
			for i := range c {
				if c[i] != first[i] {
					t.Fatalf("%v: C[%d] = %v with %d threads, %v with one", s, i, c[i], procs, first[i])
				}
			}
		}
	}
}

func TestThreadsDoNotChangeBits(t *testing.T) {
	onTiers(t, func(t *testing.T) {
		t.Run("float32", testThreads[float32])
		t.Run("float64", testThreads[float64])
	})
}

// TestOrderOfTerms holds the package to its word: all SIMD tiers sum in the order of k with fused multiply-adds.
func TestOrderOfTerms(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for _, s := range [][3]int{{20, 33, 40}, {31, 65, 700}, {200, 70, 650}} {
		m, n, k := s[0], s[1], s[2]
		a, b := newMatrix[float64](r, m, k, "T"), newMatrix[float64](r, k, n, "T")
		want := make([]float64, m*n)
		for i := range want {
			for p := range k {
				want[i] = math.FMA(a.at(i/n, p), b.at(p, i%n), want[i])
			}
		}
		onTiers(t, func(t *testing.T) {
			if isa.Active() == isa.Portable {
				t.Skip("multiplies and adds apart")
			}
			c := make([]float64, m*n)
			call(m, n, k, a, b, c, n, false)
			for i := range c {
				if c[i] != want[i] {
					t.Fatalf("%v: C[%d] = %v, want %v", s, i, c[i], want[i])
				}
			}
		})
	}
}

func TestConcurrentCalls(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	r := rand.New(rand.NewPCG(13, 14))
	var wg sync.WaitGroup
	for _, n := range []int{3, 40, 90, 150, 200} {
		a, b := newMatrix[float32](r, n, n, "N"), newMatrix[float32](r, n, n, "T")
		want := make([]float32, n*n)
		call(n, n, n, a, b, want, n, false)
		for range 3 {
			wg.Go(func() {
				c := make([]float32, n*n)
				for range 20 {
					call(n, n, n, a, b, c, n, false)
					for i := range c {
						if c[i] != want[i] {
							t.Errorf("size %d: C[%d] = %v, alone %v", n, i, c[i], want[i])
							return
						}
					}
				}
			})
		}
	}
	wg.Wait()
}

func TestNonFinite(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	onTiers(t, func(t *testing.T) {
		for _, s := range [][3]int{{1, 1, 1}, {1, 40, 9}, {40, 1, 9}, {3, 3, 20}, {9, 9, 9}, {20, 40, 30}, {70, 80, 300}} {
			m, n, k := s[0], s[1], s[2]
			for _, v := range []float32{inf, -inf, nan} {
				a, b, c := make([]float32, m*k), make([]float32, k*n), make([]float32, m*n)
				for i := range b {
					b[i] = 1
				}
				i, p, j := m-1, k/2, n/2
				a[i*k+p] = v
				b[p*n+j] = 0
				F32(m, n, k, a, k, 1, b, n, 1, c, n, false)
				for x, got := range c {
					want := float32(0)
					if x/n == i {
						want = v
						if x%n == j {
							want = nan // Inf times 0
						}
					}
					if got != want && (got == got || want == want) {
						t.Fatalf("%v with %v at A[%d, %d]: C[%d, %d] = %v, want %v", s, v, i, p, x/n, x%n, got, want)
					}
				}
			}
		}
	})
}

func TestBatch(t *testing.T) {
	onTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(5, 6))
		for _, s := range [][4]int{{0, 2, 2, 2}, {1, 3, 4, 5}, {7, 3, 4, 5}, {100, 16, 16, 16}, {3, 128, 128, 64}, {16, 65, 64, 32}, {4, 3, 3, 0}} {
			batch, m, n, k := s[0], s[1], s[2], s[3]
			for _, shared := range []bool{false, true} {
				abatch, bbatch := m*k, k*n
				if shared {
					bbatch = 0
				}
				a, b := newMatrix[float32](r, batch*m, k, "N").v, newMatrix[float32](r, max(batch, 1)*k, n, "N").v
				c, want := make([]float32, batch*m*n), make([]float32, batch*m*n)
				BatchF32(batch, m, n, k, a, abatch, k, 1, b, bbatch, n, 1, c, m*n, n, false)
				for i := range batch {
					F32(m, n, k, a[i*abatch:], k, 1, b[i*bbatch:], n, 1, want[i*m*n:], n, false)
				}
				for i := range c {
					if c[i] != want[i] {
						t.Fatalf("%v, shared B %v: element %d is %v, want %v", s, shared, i, c[i], want[i])
					}
				}
			}
		}
	})
}

func TestShortSlicesPanic(t *testing.T) {
	for _, row := range []struct {
		name    string
		a, b, c int
		ldc     int
	}{
		{"a one element short", 5, 12, 8, 4},
		{"b one element short", 6, 11, 8, 4},
		{"c one element short", 6, 12, 7, 4},
		{"rows of c overlap", 6, 12, 8, 3},
	} {
		t.Run(row.name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			F32(2, 4, 3, make([]float32, row.a), 3, 1, make([]float32, row.b), 4, 1, make([]float32, row.c), row.ldc, false)
		})
	}
}

func TestNoAllocations(t *testing.T) {
	if raceDetector {
		t.Skip("sync.Pool drops things at random")
	}
	a, b, c := make([]float32, 200*200), make([]float32, 200*200), make([]float32, 200*200)
	for _, n := range []int{8, 64, 200} {
		f := func() { F32(n, n, n, a, n, 1, b, 1, n, c, n, false) }
		f()
		// Not 0: the garbage collector may empty the pool of scratch memory once.
		if got := testing.AllocsPerRun(50, f); got >= 1 {
			t.Errorf("F32(%d) allocates %v times", n, got)
		}
	}
}

// BenchmarkGemm reports GFLOP/s. The layouts are those of A and B; NT is what nn.Linear computes.
func BenchmarkGemm(b *testing.B) {
	shapes := []struct {
		m, n, k int
		layout  string
	}{
		{8, 8, 8, "NN"}, {16, 16, 16, "NN"}, {32, 32, 32, "NN"}, {64, 64, 64, "NN"}, {100, 100, 100, "NN"}, {128, 128, 128, "NN"},
		{256, 256, 256, "NN"}, {512, 512, 512, "NN"}, {1024, 1024, 1024, "NN"},
		{64, 64, 64, "NT"}, {128, 512, 784, "NT"}, {128, 10, 512, "NT"}, {512, 784, 128, "TN"}, {128, 512, 10, "NN"}, {10, 512, 128, "TN"},
		{6, 784, 25, "NN"}, {16, 100, 150, "NN"}, {64, 3136, 576, "NN"}, {32, 1024, 256, "NT"},
		{1, 1024, 1024, "NT"}, {4, 1024, 1024, "NT"}, {1, 1024, 1024, "NN"}, {1024, 1, 1024, "NN"}, {4, 1024, 1024, "NN"},
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, s := range shapes {
		b.Run(fmt.Sprintf("f32/%dx%dx%d%s", s.m, s.n, s.k, s.layout), func(b *testing.B) { benchShape[float32](b, r, s.m, s.n, s.k, s.layout) })
	}
	for _, n := range []int{64, 256, 512, 1024} {
		b.Run(fmt.Sprintf("f64/%dx%dx%dNN", n, n, n), func(b *testing.B) { benchShape[float64](b, r, n, n, n, "NN") })
	}
}

func benchShape[T float](b *testing.B, r *rand.Rand, m, n, k int, layout string) {
	x, y, c := newMatrix[T](r, m, k, layout[:1]), newMatrix[T](r, k, n, layout[1:]), make([]T, m*n)
	for b.Loop() {
		call(m, n, k, x, y, c, n, false)
	}
	b.ReportMetric(2*float64(m)*float64(n)*float64(k)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
	b.ReportMetric(0, "ns/op")
}
