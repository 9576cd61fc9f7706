package gemm

// Plain Go kernels: the reference of the others, and what runs where there are no others.

var portableF32 = kernels[float32]{
	mr: 4, nr: 4, kc: 256, mc: 256, share: 1 << 14, wide: 4,
	tile: tilePortable[float32], transpose: transposePortable[float32],
}

var portableF64 = kernels[float64]{
	mr: 4, nr: 4, kc: 256, mc: 256, share: 1 << 14, wide: 4,
	tile: tilePortable[float64], transpose: transposePortable[float64],
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
		for j := range cols {
			var s T
			if acc {
				s = c[i*ldc+j]
			}
			for p := range k {
				s += a[i*ars+p*acs] * b[p*brs+j]
			}
			c[i*ldc+j] = s
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
