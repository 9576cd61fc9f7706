package data

import (
	"slices"
	"sync"
)

// staging holds the memory in which batches are put together before they go to
// a device, which has copied it when the upload returns.
var staging = sync.Pool{New: func() any { return new([]byte) }}

func borrow(n int) *[]byte {
	b := staging.Get().(*[]byte)
	*b = slices.Grow((*b)[:0], n)[:n]
	return b
}

func giveBack(b *[]byte) { staging.Put(b) }
