package main

import "fmt"

// lines emits the copy of lines a stride apart to where they follow each other. Those of small planes are too short for
// a call each.
func (f *convFile) lines() {
	fmt.Fprint(&f.stubs, "// linesAVX512 copies count lines of length bytes, stride bytes apart, one after the other.\n//\n//go:noescape\nfunc linesAVX512(dst, src *byte, stride, length, count int)\n\n")
	f.emit("\nTEXT ·linesAVX512(SB), NOSPLIT, $0-40")
	f.emit("\tMOVQ dst+0(FP), DI\n\tMOVQ src+8(FP), SI\n\tMOVQ stride+16(FP), DX\n\tMOVQ length+24(FP), BX\n\tMOVQ count+32(FP), CX")
	f.emit("\tMOVQ BX, R8\n\tSHRQ $6, R8\n\tANDQ $63, BX\n\tMOVQ $-1, AX\n\tBZHIQ BX, AX, AX\n\tKMOVQ AX, K1")
	f.emit("\nline:\n\tMOVQ SI, R9\n\tMOVQ R8, R10\n\tTESTQ R10, R10\n\tJEQ rest")
	f.emit("\nwhole:\n\tVMOVDQU64 (R9), Z0\n\tVMOVDQU64 Z0, (DI)\n\tADDQ $64, R9\n\tADDQ $64, DI\n\tDECQ R10\n\tJNZ whole")
	f.emit("\nrest:\n\tVMOVDQU8.Z (R9), K1, Z0\n\tVMOVDQU8 Z0, K1, (DI)\n\tADDQ BX, DI\n\tADDQ DX, SI\n\tDECQ CX\n\tJNZ line\n\tVZEROUPPER\n\tRET")
}

// pieces emits the copy of a row of a matrix to its panels.
func (f *convFile) pieces() {
	fmt.Fprint(&f.stubs, "// piecesAVX512 copies count pieces of 128 bytes that follow each other to places stride bytes apart.\n//\n//go:noescape\nfunc piecesAVX512(dst *byte, stride int, src *byte, count int)\n\n")
	f.emit("\nTEXT ·piecesAVX512(SB), NOSPLIT, $0-32")
	f.emit("\tMOVQ dst+0(FP), DI\n\tMOVQ stride+8(FP), DX\n\tMOVQ src+16(FP), SI\n\tMOVQ count+24(FP), CX")
	f.emit("\nloop:\n\tVMOVDQU64 (SI), Z0\n\tVMOVDQU64 64(SI), Z1\n\tVMOVDQU64 Z0, (DI)\n\tVMOVDQU64 Z1, 64(DI)\n\tADDQ $128, SI\n\tADDQ DX, DI\n\tDECQ CX\n\tJNZ loop\n\tVZEROUPPER\n\tRET")
}

// split emits the copy of every other element of 4 bytes to one place, and of the others to another.
func (f *convFile) split() {
	fmt.Fprint(&f.stubs, "// splitAVX512 moves words 0, 2, ... of src to even and the others to odd, 16 words at a time, n times.\n//\n//go:noescape\nfunc splitAVX512(even, odd, src *byte, n int)\n\n")
	f.emit("\n// The even words of a register, then the odd ones.")
	for i := range 8 {
		f.emit("DATA evenOdd<>+%d(SB)/8, $0x%08x%08x", 8*i, 2*(2*i+1)%16+(2*i+1)/8, 2*(2*i)%16+(2*i)/8)
	}
	f.emit("GLOBL evenOdd<>(SB), RODATA|NOPTR, $64")
	f.emit("\nTEXT ·splitAVX512(SB), NOSPLIT, $0-32")
	f.emit("\tMOVQ even+0(FP), DI\n\tMOVQ odd+8(FP), DX\n\tMOVQ src+16(FP), SI\n\tMOVQ n+24(FP), CX\n\tVMOVDQU64 evenOdd<>(SB), Z1")
	f.emit("\nloop:\n\tVPERMD (SI), Z1, Z0\n\tVMOVDQU Y0, (DI)\n\tVEXTRACTI64X4 $1, Z0, (DX)\n\tADDQ $64, SI\n\tADDQ $32, DI\n\tADDQ $32, DX\n\tDECQ CX\n\tJNZ loop\n\tVZEROUPPER\n\tRET")
}
