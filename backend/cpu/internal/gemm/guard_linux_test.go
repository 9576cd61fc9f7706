package gemm

import (
	"syscall"
	"testing"
	"unsafe"
)

// guarded returns n bytes that end where memory may not be touched: reading or writing past them kills the test.
func guarded(t testing.TB, n int) []byte {
	page := syscall.Getpagesize()
	size := (n + page - 1) / page * page
	m, err := syscall.Mmap(-1, 0, size+page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mprotect(m[size:], syscall.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(m) })
	return unsafe.Slice(&m[size-n], n)
}

// tail returns the last n elements of guarded memory.
func tail[T float](mem []byte, n int) []T {
	if n == 0 {
		return nil
	}
	var e T
	return unsafe.Slice((*T)(unsafe.Pointer(&mem[len(mem)-n*int(unsafe.Sizeof(e))])), n)
}

func testGuard[T float](t *testing.T) {
	a, b, c := guarded(t, 1<<20), guarded(t, 1<<20), guarded(t, 1<<20)
	sizes := []int{1, 2, 3, 4, 5, 7, 8, 9, 13, 14, 15, 16, 17, 20, 31, 32, 33, 47, 65, 129}
	for _, m := range sizes {
		for _, n := range sizes {
			for _, k := range sizes {
				if m*n*k > 1<<18 && (m+n+k)%5 != 0 || raceDetector && m*n*k > 1<<12 {
					continue
				}
				for trans := range 4 {
					x := matrix[T]{rows: m, cols: k, rs: k, cs: 1, v: tail[T](a, m*k)}
					y := matrix[T]{rows: k, cols: n, rs: n, cs: 1, v: tail[T](b, k*n)}
					if trans&1 != 0 {
						x.rs, x.cs = 1, m
					}
					if trans&2 != 0 {
						y.rs, y.cs = 1, k
					}
					call(m, n, k, x, y, tail[T](c, m*n), n, trans == 0)
				}
			}
		}
	}
}

func TestStaysInside(t *testing.T) {
	onTiers(t, func(t *testing.T) {
		t.Run("float32", testGuard[float32])
		t.Run("float64", testGuard[float64])
	})
}
