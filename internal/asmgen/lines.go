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
