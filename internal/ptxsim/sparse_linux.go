package ptxsim

import "syscall"

// sparse returns memory of which the system provides what is touched: for tests of
// more than there is.
func sparse(n int64) ([]byte, error) {
	return syscall.Mmap(-1, 0, int(n), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE|syscall.MAP_NORESERVE)
}

func freeSparse(b []byte) error { return syscall.Munmap(b) }
