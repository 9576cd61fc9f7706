// Package scratch lends memory for the length of a call.
package scratch

import (
	"math/bits"
	"sync"
	"unsafe"
)

// pools holds blocks of 1<<i words.
var pools [48]sync.Pool

// A Block is borrowed memory; its content is undefined.
type Block struct {
	words []uint64
	class int
}

// Get borrows memory for n elements of T, which must not hold pointers.
func Get[T any](n int) ([]T, *Block) {
	var x T
	words := (n*int(unsafe.Sizeof(x)) + 7) / 8
	class := bits.Len(uint(max(words, 64) - 1))
	b, _ := pools[class].Get().(*Block)
	if b == nil {
		b = &Block{make([]uint64, 1<<class), class}
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&b.words[0])), n), b
}

// Parts borrows one block for slices of the given sizes, side by side.
func Parts[T any](sizes ...int) ([][]T, *Block) {
	total := 0
	for _, n := range sizes {
		total += n
	}
	mem, b := Get[T](total)
	parts := make([][]T, len(sizes))
	for i, n := range sizes {
		parts[i], mem = mem[:n], mem[n:]
	}
	return parts, b
}

// Put gives the memory back. A nil block is nothing to give back.
func (b *Block) Put() {
	if b != nil {
		pools[b.class].Put(b)
	}
}
