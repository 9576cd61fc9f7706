package gemm

// multiplyThin computes products with few rows or columns, where no element of the large matrix is used often enough
// to pay for packing it. It reports whether it took p on.
func multiplyThin[T float](ks *kernels[T], pool *scratch[T], p *product[T], mayShare bool) bool {
	return false
}
