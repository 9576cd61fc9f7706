//go:build !amd64 || noasm

package par

import "sync/atomic"

var idle atomic.Int32

// pause passes some 20 ns n times. The loads keep the compiler from dropping the loop.
func pause(n int) {
	for i := 0; i < n*16; i++ {
		idle.Load()
	}
}
