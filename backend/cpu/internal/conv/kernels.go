package conv

//go:generate go run -C ../../../../internal/asmgen . conv ../../backend/cpu/internal/conv

// A step is one term of the sums of a tile: where its run of x and its weight
// begin, in bytes.
type step struct{ x, w int }

// kernels are the innermost loops of one tier for one type.
type kernels[T float] struct {
	mr, nr int // the largest tile
	// tile computes c[r*ldc+p] = (or +=, if acc) sum over i < k of
	// w[steps[i].w + r*ws] * x[steps[i].x + p], for r < rows <= mr and p < nr.
	tile func(rows, k int, w []T, ws int, x []T, steps []step, c []T, ldc int, acc bool)
	// wide is tile for one row of wideNr elements.
	wide   func(k int, w, x []T, steps []step, c []T, acc bool)
	wideNr int

	// packed[l-1][rows] is tile with packed weights, w[i*rows + r] for step i. The first half of its columns begins at
	// steps[i], in bytes, and the second gap bytes on. Registers, of lanes columns, are made of l parts line bytes from
	// each other. There is none of few rows, and a tier may have none at all.
	packed [2][]packedFunc[T]

	lanes  int // dots takes multiples of it
	yr, xr int
	// dots computes out[r*xr+i] = sum over p < n of y[r*ys+p] * x[off[i]+p], with
	// off in bytes, for r < yr and i < xr.
	dots func(n int, y []T, ys int, x []T, off []int, out []T)
}

// packedFunc is a kernel; see kernels.
type packedFunc[T float] func(k int, w, x *T, steps *int, c *T, ldc, acc, line, gap int)

// room returns how many elements tiles of either kind write for a row of run.
func (ks *kernels[T]) room(run int) int {
	up := func(n int) int { return (run + n - 1) / n * n }
	return max(up(ks.nr), up(ks.wideNr))
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Upper bounds of xr and of yr*xr.
const (
	maxRuns = 8
	maxSums = 32
)

var (
	portable32 = kernels[float32]{mr: 4, nr: 8, tile: tilePortable[float32], wide: widePortable[float32], wideNr: 8,
		lanes: 8, yr: 2, xr: 2, dots: dotsPortable[float32]}
	portable64 = kernels[float64]{mr: 4, nr: 8, tile: tilePortable[float64], wide: widePortable[float64], wideNr: 8,
		lanes: 8, yr: 2, xr: 2, dots: dotsPortable[float64]}
)

func kernelsOf[T float]() *kernels[T] {
	var x T
	if _, ok := any(x).(float32); ok {
		return any(kernels32()).(*kernels[T])
	}
	return any(kernels64()).(*kernels[T])
}

// tilePortable goes by pairs of rows and fours of columns: what the registers
// hold.
func tilePortable[T float](rows, k int, w []T, ws int, x []T, steps []step, c []T, ldc int, acc bool) {
	size := sizeOf[T]()
	steps = steps[:k]
	for r := 0; r < rows; r += 2 {
		two := min(1, rows-r-1) // 0 for a row left over, which is then computed twice
		wa, wb := w[r*ws:], w[(r+two)*ws:]
		for p := 0; p < 8; p += 4 {
			ca, cb := c[r*ldc+p:][:4], c[(r+two)*ldc+p:][:4]
			var a0, a1, a2, a3, b0, b1, b2, b3 T
			if acc {
				a0, a1, a2, a3 = ca[0], ca[1], ca[2], ca[3]
				b0, b1, b2, b3 = cb[0], cb[1], cb[2], cb[3]
			}
			for _, s := range steps {
				v := x[s.x/size+p:][:4]
				ua, ub := wa[s.w/size], wb[s.w/size]
				a0 += ua * v[0]
				a1 += ua * v[1]
				a2 += ua * v[2]
				a3 += ua * v[3]
				b0 += ub * v[0]
				b1 += ub * v[1]
				b2 += ub * v[2]
				b3 += ub * v[3]
			}
			cb[0], cb[1], cb[2], cb[3] = b0, b1, b2, b3
			ca[0], ca[1], ca[2], ca[3] = a0, a1, a2, a3
		}
	}
}

func widePortable[T float](k int, w, x []T, steps []step, c []T, acc bool) {
	tilePortable(1, k, w, 0, x, steps, c, 0, acc)
}

func dotsPortable[T float](n int, y []T, ys int, x []T, off []int, out []T) {
	size := sizeOf[T]()
	ya, yb := y[:n], y[ys:][:n]
	xa, xb := x[off[0]/size:][:n], x[off[1]/size:][:n]
	var aa, ab, ba, bb T
	for i, u := range ya {
		v := yb[i]
		aa += u * xa[i]
		ab += u * xb[i]
		ba += v * xa[i]
		bb += v * xb[i]
	}
	out[0], out[1], out[2], out[3] = aa, ab, ba, bb
}
