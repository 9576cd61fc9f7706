package kernel

// Coalesce drops axes of size 1 and joins neighbours that lie in memory as one
// for all operands, so that kernels loop over as few axes as can be. The
// row-major order of elements stays.
func Coalesce(sizes []int, strides ...[]int) ([]int, [][]int) {
	var s []int
	out := make([][]int, len(strides))
	for i, n := range sizes {
		if n == 1 {
			continue
		}
		last := len(s) - 1
		joins := last >= 0
		for k := range strides {
			joins = joins && out[k][last] == strides[k][i]*n
		}
		if joins {
			s[last] *= n
			for k := range strides {
				out[k][last] = strides[k][i]
			}
			continue
		}
		s = append(s, n)
		for k := range strides {
			out[k] = append(out[k], strides[k][i])
		}
	}
	return s, out
}
