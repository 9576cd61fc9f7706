// Package gemm multiplies matrices on the CPU.
//
// A and B are slices with a stride, in elements, per row and per column, so a transposed, sliced or broadcast matrix
// is multiplied where it lies. C is row-major: element (i, j) is c[i*ldc+j]. Strides are at least 0, and ldc at least
// n; A and B may be strided at will, elements of C must not overlap each other, A or B.
//
// Every element of C is summed in the order of k, from 0 or from the old value, in one fused multiply-add per term on
// the SIMD tiers and one multiplication and one addition on the portable one. Products with four or fewer rows or
// columns may be summed as dot products of a fixed number of lanes instead. So the result depends on the tier, the
// sizes and the strides, and never on the number of threads. NaN and Inf propagate: 0 times Inf is NaN, wherever it
// stands.
//
// A call is at most one parallel region of package par, and it allocates nothing once its scratch memory has grown.
package gemm

import "fmt"

// float is an element type that has kernels.
type float interface{ float32 | float64 }

// F32 computes C = A·B, or C += A·B if acc is set, for A [m, k], B [k, n] and C [m, n]. Without acc the old contents
// of C are not read. If k is 0 the product is zeros. It panics if a slice is too short for its sizes and strides.
func F32(m, n, k int, a []float32, ars, acs int, b []float32, brs, bcs int, c []float32, ldc int, acc bool) {
	check(m, n, k, a, ars, acs, b, brs, bcs, c, ldc)
	p := product[float32]{m, n, k, a, ars, acs, b, brs, bcs, c, ldc, acc, nil, false, nil}
	multiply(kernelsF32(), &scratchF32, &p, true)
}

// F64 is F32 for float64.
func F64(m, n, k int, a []float64, ars, acs int, b []float64, brs, bcs int, c []float64, ldc int, acc bool) {
	check(m, n, k, a, ars, acs, b, brs, bcs, c, ldc)
	p := product[float64]{m, n, k, a, ars, acs, b, brs, bcs, c, ldc, acc, nil, false, nil}
	multiply(kernelsF64(), &scratchF64, &p, true)
}

// product is one multiplication: the arguments of F32 and F64.
type product[T float] struct {
	m, n, k  int
	a        []T
	ars, acs int
	b        []T
	brs, bcs int
	c        []T
	ldc      int
	acc      bool
	bias     []T       // what every row of C begins with; nil: zeros
	panels   bool      // b is packed already, for the whole of k
	then     func([]T) // see LinearF32; or nil
}

// LinearF32 computes C = then(A·B + bias). Every row of C begins its sums with the n elements of bias, or with 0 if
// that is nil. then, unless nil, gets every finished element of C once, in pieces that lie one after the other, while
// they are in a cache; other threads may be in it too.
func LinearF32(m, n, k int, a []float32, ars, acs int, b []float32, brs, bcs int, bias, c []float32, ldc int, then func([]float32)) {
	check(m, n, k, a, ars, acs, b, brs, bcs, c, ldc)
	p := product[float32]{m, n, k, a, ars, acs, b, brs, bcs, c, ldc, false, firsts(bias, n), false, then}
	multiply(kernelsF32(), &scratchF32, &p, true)
}

// LinearF64 is LinearF32 for float64.
func LinearF64(m, n, k int, a []float64, ars, acs int, b []float64, brs, bcs int, bias, c []float64, ldc int, then func([]float64)) {
	check(m, n, k, a, ars, acs, b, brs, bcs, c, ldc)
	p := product[float64]{m, n, k, a, ars, acs, b, brs, bcs, c, ldc, false, firsts(bias, n), false, then}
	multiply(kernelsF64(), &scratchF64, &p, true)
}

// firsts returns the first n elements of a bias, if there is one.
func firsts[T float](bias []T, n int) []T {
	if bias == nil {
		return nil
	}
	return bias[:n]
}

// check panics unless the slices hold the matrices: the kernels trust it.
func check[T float](m, n, k int, a []T, ars, acs int, b []T, brs, bcs int, c []T, ldc int) {
	if m < 0 || n < 0 || k < 0 || ars < 0 || acs < 0 || brs < 0 || bcs < 0 || m > 1 && ldc < n {
		panic(fmt.Sprintf("gemm: [%d %d] x [%d %d]: strides a (%d, %d), b (%d, %d), c %d: want no negative number and ldc >= n",
			m, k, k, n, ars, acs, brs, bcs, ldc))
	}
	holds("a", len(a), m, k, ars, acs)
	holds("b", len(b), k, n, brs, bcs)
	holds("c", len(c), m, n, ldc, 1)
}

func holds(name string, length, rows, cols, rs, cs int) {
	if rows > 0 && cols > 0 && (rows-1)*rs+(cols-1)*cs >= length {
		panic(fmt.Sprintf("gemm: %s [%d %d] with strides (%d, %d) needs %d elements, the slice has %d",
			name, rows, cols, rs, cs, (rows-1)*rs+(cols-1)*cs+1, length))
	}
}

// multiply chooses the way to compute p. It uses other threads only if mayShare is set.
func multiply[T float](ks *kernels[T], pool *scratch[T], p *product[T], mayShare bool) {
	if p.bias != nil && (p.k == 0 || p.m*p.n*p.k <= smallWork || min(p.m, p.n) <= thinRows) {
		for i := range p.m {
			copy(p.c[i*p.ldc:][:p.n], p.bias)
		}
		p.bias, p.acc = nil, true
	}
	switch {
	case p.m == 0 || p.n == 0:
	case p.k == 0:
		if !p.acc {
			for i := range p.m {
				clear(p.c[i*p.ldc:][:p.n])
			}
		}
		finish(p.then, p.c, p.m, p.n, p.ldc)
	case p.bcs == 1 && p.m*p.n*p.k <= smallWork:
		multiplySmall(ks, p)
		finish(p.then, p.c, p.m, p.n, p.ldc)
	case multiplyThin(ks, pool, p, mayShare):
	default:
		multiplyBlocked(ks, pool, p, mayShare)
	}
}

// finish has then, unless nil, see the rows by cols elements at c.
func finish[T float](then func([]T), c []T, rows, cols, ldc int) {
	switch {
	case then == nil || cols == 0:
	case cols == ldc:
		then(c[:rows*cols])
	default:
		for i := range rows {
			then(c[i*ldc:][:cols])
		}
	}
}

// smallWork is the number of multiply-adds up to which planning and packing cost more than they save.
const smallWork = 40 * 40 * 40

// multiplySmall computes p from where A and B lie, on the calling goroutine.
func multiplySmall[T float](ks *kernels[T], p *product[T]) {
	for x := 0; x < p.n; x += ks.nr {
		cols := min(ks.nr, p.n-x)
		for y := 0; y < p.m; y += ks.mr {
			ks.tile(min(ks.mr, p.m-y), cols, p.k, p.a[y*p.ars:], p.ars, p.acs, p.b[x:], p.brs, p.c[y*p.ldc+x:], p.ldc, p.acc)
		}
	}
}
