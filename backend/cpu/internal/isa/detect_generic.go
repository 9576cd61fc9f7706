//go:build !amd64 || noasm

package isa

func detect() Tier { return Portable }
