package gemm

// A Tiler multiplies small blocks on the calling goroutine, for kernels that keep what they compute in the cache. The
// right operand is laid out in panels beforehand, once for several products. Every element is summed in the order of k.
type Tiler[T float] struct{ ks *kernels[T] }

// TilerF32 returns the Tiler of the active tier.
func TilerF32() Tiler[float32] { return Tiler[float32]{kernelsF32()} }

// TilerF64 is TilerF32 for float64.
func TilerF64() Tiler[float64] { return Tiler[float64]{kernelsF64()} }

// Size returns how many elements the panels of a matrix [k, n] take.
func (t Tiler[T]) Size(k, n int) int { return (n + t.ks.nr - 1) / t.ks.nr * t.ks.nr * k }

// Pack lays B [k, n] out in panels at dst.
func (t Tiler[T]) Pack(dst, b []T, brs, bcs, k, n int) {
	for x := 0; x < n; x += t.ks.nr {
		t.ks.pack(dst[x*k:], t.ks.nr, b[x*bcs:], bcs, brs, min(t.ks.nr, n-x), k)
	}
}

// Multiply computes C [m, n] = (or +=) A [m, k] · B from the panels of a matrix of depth rows, k or more, and at least n
// columns, of which B is the upper left part.
func (t Tiler[T]) Multiply(m, n, k int, a []T, ars, acs int, panels []T, depth int, c []T, ldc int, acc bool) {
	if m == 0 || n == 0 {
		return
	}
	if k == 0 {
		if !acc {
			for i := range m {
				clear(c[i*ldc:][:n])
			}
		}
		return
	}
	holds("a", len(a), m, k, ars, acs)
	holds("c", len(c), m, n, ldc, 1)
	nr, mr := t.ks.nr, t.ks.mr
	last := (n - 1) / nr * nr
	holds("panels", len(panels)-last*depth, k, n-last, nr, 1)
	for x := 0; x < n; x += nr {
		cols := min(nr, n-x)
		for y := 0; y < m; y += mr {
			t.ks.tile(min(mr, m-y), cols, k, a[y*ars:], ars, acs, panels[x*depth:], nr, c[y*ldc+x:], ldc, acc)
		}
	}
}

// TilerOf returns the Tiler of the active tier for T.
func TilerOf[T float]() Tiler[T] {
	var x T
	if _, ok := any(x).(float32); ok {
		return any(TilerF32()).(Tiler[T])
	}
	return any(TilerF64()).(Tiler[T])
}

// Width returns the width of a panel: row p of it is at p*Width.
func (t Tiler[T]) Width() int { return t.ks.nr }

// Product computes C [m, n] = A [m, k] · B as one parallel region, from the panels of B [k, n] and an A whose rows are
// contiguous.
func (t Tiler[T]) Product(m, n, k int, a []T, ars int, panels, c []T, ldc int) {
	if m == 0 || n == 0 || k == 0 {
		t.Multiply(m, n, k, a, ars, 1, panels, k, c, ldc, false)
		return
	}
	holds("a", len(a), m, k, ars, 1)
	holds("c", len(c), m, n, ldc, 1)
	holds("panels", len(panels), 1, t.Size(k, n), 0, 1)
	p := product[T]{m: m, n: n, k: k, a: a, ars: ars, acs: 1, b: panels, brs: t.ks.nr, bcs: 1, c: c, ldc: ldc, panels: true}
	multiplyBlocked(t.ks, scratchOf[T](), &p, true)
}

// Strided is F32 or F64.
func (t Tiler[T]) Strided(m, n, k int, a []T, ars, acs int, b []T, brs, bcs int, c []T, ldc int, acc bool) {
	check(m, n, k, a, ars, acs, b, brs, bcs, c, ldc)
	p := product[T]{m: m, n: n, k: k, a: a, ars: ars, acs: acs, b: b, brs: brs, bcs: bcs, c: c, ldc: ldc, acc: acc}
	multiply(t.ks, scratchOf[T](), &p, true)
}

// Turn sets dst[p*ds+i] = src[i*ss+p] for i < rows and p < k.
func (t Tiler[T]) Turn(dst []T, ds int, src []T, ss, rows, k int) {
	t.ks.transpose(dst, ds, src, ss, rows, k)
}
