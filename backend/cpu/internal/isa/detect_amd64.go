//go:build amd64 && !noasm

package isa

import "golang.org/x/sys/cpu"

// detect returns the tiers above Portable.
func detect() []Tier {
	x := &cpu.X86
	switch {
	case !x.HasAVX2 || !x.HasFMA || !x.HasBMI2 || !hasF16C():
		return nil
	case !x.HasAVX512F || !x.HasAVX512BW || !x.HasAVX512VL || !x.HasAVX512DQ:
		return []Tier{AVX2}
	}
	return []Tier{AVX2, AVX512}
}

// hasF16C asks the processor: x/sys/cpu does not say. The registers F16C uses are those of AVX, whose support by
// the operating system HasAVX2 has established.
func hasF16C() bool {
	const f16c = 1 << 29
	return cpuid1ECX()&f16c != 0
}

// cpuid1ECX returns ECX of CPUID leaf 1.
func cpuid1ECX() uint32
