package gemm

// Plain Go kernels: the reference of the others, and what runs where there are no others.

var portableF32 = kernels[float32]{
	mr: 4, nr: 4, kc: 256, mc: 256, share: 1 << 14, wide: 256, wideRows: 4,
	tile: tilePortable[float32], transpose: transposePortable[float32],
	dot: dotPortable[float32], dotRows: 1, lanes: 4,
}

var portableF64 = kernels[float64]{
	mr: 4, nr: 4, kc: 256, mc: 256, share: 1 << 14, wide: 256, wideRows: 4,
	tile: tilePortable[float64], transpose: transposePortable[float64],
	dot: dotPortable[float64], dotRows: 1, lanes: 4,
}

func tilePortable[T float](rows, cols, k int, a []T, ars, acs int, b []T, brs int, c []T, ldc int, acc bool) {
	if cols == 4 {
		i := 0
		for ; i+2 <= rows; i += 2 {
			tile2x4(k, a[i*ars:], ars, acs, b, brs, c[i*ldc:], ldc, acc)
		}
		if i == rows {
			return
		}
		a, c, rows = a[i*ars:], c[i*ldc:], rows-i
	}
	for i := range rows {
		sums := c[i*ldc:][:cols]
		if !acc {
			clear(sums)
		}
		for p := range k {
			x, bp := a[i*ars+p*acs], b[p*brs:][:cols]
			for j := range sums {
				sums[j] += x * bp[j]
			}
		}
	}
}

// tile2x4 holds 8 sums: with the factors that is what fits the 16 registers the compiler has for floats.
func tile2x4[T float](k int, a []T, ars, acs int, b []T, brs int, c []T, ldc int, acc bool) {
	c0, c1 := c[:4], c[ldc:][:4]
	var s00, s01, s02, s03, s10, s11, s12, s13 T
	if acc {
		s00, s01, s02, s03 = c0[0], c0[1], c0[2], c0[3]
		s10, s11, s12, s13 = c1[0], c1[1], c1[2], c1[3]
	}
	for p := range k {
		bp := b[p*brs:][:4]
		x, y := a[p*acs], a[ars+p*acs]
		s00 += x * bp[0]
		s01 += x * bp[1]
		s02 += x * bp[2]
		s03 += x * bp[3]
		s10 += y * bp[0]
		s11 += y * bp[1]
		s12 += y * bp[2]
		s13 += y * bp[3]
	}
	c0[0], c0[1], c0[2], c0[3] = s00, s01, s02, s03
	c1[0], c1[1], c1[2], c1[3] = s10, s11, s12, s13
}

func transposePortable[T float](dst []T, ds int, src []T, ss, rows, k int) {
	for i := range rows {
		for p, v := range src[i*ss:][:k] {
			dst[p*ds+i] = v
		}
	}
}

// dotPortable has four sums at once, one per row of y, to hide the latency of an addition.
func dotPortable[T float](rows, k int, x []T, xs int, y []T, ys int, out *[16]T) {
	for i := range rows {
		x := x[i*xs:][:k]
		y0, y1, y2, y3 := y[:k], y[ys:][:k], y[2*ys:][:k], y[3*ys:][:k]
		var s0, s1, s2, s3 T
		for p, v := range x {
			s0 += v * y0[p]
			s1 += v * y1[p]
			s2 += v * y2[p]
			s3 += v * y3[p]
		}
		out[4*i], out[4*i+1], out[4*i+2], out[4*i+3] = s0, s1, s2, s3
	}
}
