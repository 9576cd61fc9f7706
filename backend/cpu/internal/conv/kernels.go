package conv

//go:generate go run -C ../../../../internal/asmgen . conv ../../backend/cpu/internal/conv

// kernels are the innermost loops of one tier for one type.
type kernels[T float] struct {
	mr, nr int // the largest tile
	// tile computes c[r*ldc+p] = sum over i < k of w[i*rows+r] * x[off[i]+p], with
	// off in bytes, for r < rows <= mr and p < nr.
	tile func(rows, k int, w, x []T, off []int, c []T, ldc int)

	lanes  int // dots takes multiples of it
	yr, xr int
	// dots computes out[r*xr+i] = sum over p < n of y[r*ys+p] * x[off[i]+p], with
	// off in bytes, for r < yr and i < xr.
	dots func(n int, y []T, ys int, x []T, off []int, out []T)
}

// Upper bounds of xr and of yr*xr.
const (
	maxRuns = 8
	maxSums = 32
)

var (
	portable32 = kernels[float32]{4, 8, tilePortable[float32], 8, 2, 2, dotsPortable[float32]}
	portable64 = kernels[float64]{4, 8, tilePortable[float64], 8, 2, 2, dotsPortable[float64]}
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
func tilePortable[T float](rows, k int, w, x []T, off []int, c []T, ldc int) {
	size := sizeOf[T]()
	off = off[:k]
	for r := 0; r < rows; r += 2 {
		two := min(1, rows-r-1) // 0 for a row left over, which is then computed twice
		for p := 0; p < 8; p += 4 {
			var a0, a1, a2, a3, b0, b1, b2, b3 T
			at := r
			for _, o := range off {
				v := x[o/size+p:][:4]
				wa, wb := w[at], w[at+two]
				at += rows
				a0 += wa * v[0]
				a1 += wa * v[1]
				a2 += wa * v[2]
				a3 += wa * v[3]
				b0 += wb * v[0]
				b1 += wb * v[1]
				b2 += wb * v[2]
				b3 += wb * v[3]
			}
			to := c[(r+two)*ldc+p:][:4]
			to[0], to[1], to[2], to[3] = b0, b1, b2, b3
			to = c[r*ldc+p:][:4]
			to[0], to[1], to[2], to[3] = a0, a1, a2, a3
		}
	}
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
