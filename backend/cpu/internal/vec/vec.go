// Package vec holds the primitives of programs that run block by block: each works on slices that fit the first-level
// cache, of any length and alignment, on the calling goroutine.
//
// The length of dst governs; sources must be as long, or it panics. dst may be the same memory as a source of the same
// element size, element for element, and must not overlap one otherwise. Comparisons produce masks: all ones where the
// comparison holds, zero elsewhere, in unsigned integers of the elements' size. Masks given must be such.
// a > b is Lt of b and a.
//
// Functions named U32 and I32 work on []uint32, as bits: signed and unsigned differ only where the name says so.
//
// Every result has the same bits on every tier (package isa), sums included, except that a NaN may differ in sign and
// payload. Nothing is flushed to zero.
package vec

//go:generate go run -C ../../../../internal/asmgen . vec ../../backend/cpu/internal/vec

import "github.com/hekla-ml/hekla/backend/cpu/internal/isa"

// Tier returns the name of the instructions in use: portable, avx2, avx512 or neon.
func Tier() string { return isa.Active().String() }

// SetTier changes the instructions in use, of this package and of gemm, for tests.
func SetTier(name string) error {
	t, err := isa.Parse(name)
	if err != nil {
		return err
	}
	return isa.Set(t)
}
