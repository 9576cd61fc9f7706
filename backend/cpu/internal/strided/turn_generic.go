//go:build !amd64 || noasm

package strided

// turn leaves everything to its caller.
func turn[T Word](*[tile][tile]T, []T, int, int, int) int { return 0 }
