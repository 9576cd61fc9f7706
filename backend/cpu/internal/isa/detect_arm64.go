//go:build arm64 && !noasm

package isa

// detect returns NEON: every arm64 has it.
func detect() []Tier { return []Tier{NEON} }
