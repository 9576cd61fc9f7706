package ptxsim

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"
)

// eval runs instructions on operands %q1, %q2, ... of 64 bits and returns %q0.
// Registers %r, %f, %d and %h are there to be used.
func eval(t *testing.T, code string, operands ...uint64) uint64 {
	t.Helper()
	var b strings.Builder
	b.WriteString(".version 7.0\n.target sm_80\n.address_size 64\n.visible .entry f(.param .align 8 .b8 a[64])\n{\n" +
		".reg .pred %p<4>; .reg .b16 %h<4>; .reg .b32 %r<8>; .reg .b64 %q<8>; .reg .f32 %f<8>; .reg .f64 %d<8>;\n")
	for i := range operands {
		fmt.Fprintf(&b, "ld.param.u64 %%q%d, [a+%d];\nld.param.u32 %%r%d, [a+%d];\nld.param.f32 %%f%d, [a+%d];\nld.param.f64 %%d%d, [a+%d];\n", i+1, 8*i, i+1, 8*i, i+1, 8*i, i+1, 8*i)
	}
	b.WriteString(code + "\nld.param.u64 %q7, [a+56];\nst.global.u64 [%q7], %q0;\nret;\n}\n")
	m, err := Load(b.String())
	if err != nil {
		t.Fatal(err)
	}
	var mem Memory
	p, _ := mem.Alloc(8)
	params := make([]byte, 64)
	for i, x := range operands {
		binary.LittleEndian.PutUint64(params[8*i:], x)
	}
	binary.LittleEndian.PutUint64(params[56:], p)
	one := [3]uint32{1, 1, 1}
	if err := m.Kernels["f"].Run(&mem, Launch{Grid: one, Block: one, Params: params}); err != nil {
		t.Fatal(err)
	}
	return binary.LittleEndian.Uint64(mem.Bytes(p, 8))
}

func TestInstructions(t *testing.T) {
	const denormal = 0x00000001
	inf := uint64(math.Float32bits(float32(math.Inf(1))))
	for _, c := range []struct {
		code string
		in   []uint64
		want uint64
	}{
		{"add.f32 %f0, %f1, %f2; mov.b32 %r0, %f0; cvt.u64.u32 %q0, %r0;", []uint64{denormal, 0}, denormal},
		{"add.ftz.f32 %f0, %f1, %f2; mov.b32 %r0, %f0; cvt.u64.u32 %q0, %r0;", []uint64{denormal, 0}, 0},
		{"cvt.rzi.s32.f32 %r0, %f1; cvt.s64.s32 %q0, %r0;", []uint64{w32(-1e20)}, 1<<64 - 1<<31},
		{"cvt.rzi.s32.f32 %r0, %f1; cvt.s64.s32 %q0, %r0;", []uint64{nan32}, 0},
		{"cvt.rzi.s64.f32 %q0, %f1;", []uint64{nan32}, 1 << 63},
		{"cvt.rzi.u32.f32 %r0, %f1; cvt.u64.u32 %q0, %r0;", []uint64{w32(-5)}, 0},
		{"cvt.rni.f32.f32 %f0, %f1; mov.b32 %r0, %f0; cvt.u64.u32 %q0, %r0;", []uint64{w32(2.5)}, w32(2)},
		{"cvt.rn.f16.f32 %h0, %f1; cvt.u64.u16 %q0, %h0;", []uint64{w32(65519)}, 0x7bff},
		{"cvt.rn.f16.f32 %h0, %f1; cvt.u64.u16 %q0, %h0;", []uint64{w32(65520)}, 0x7c00},
		{"min.f32 %f0, %f1, %f2; mov.b32 %r0, %f0; cvt.u64.u32 %q0, %r0;", []uint64{nan32, inf}, inf},
		{"min.NaN.f32 %f0, %f1, %f2; mov.b32 %r0, %f0; cvt.u64.u32 %q0, %r0;", []uint64{inf, nan32}, nan32},
		{"max.NaN.f32 %f0, %f1, %f2; mov.b32 %r0, %f0; cvt.u64.u32 %q0, %r0;", []uint64{nan32, inf}, nan32},
		{"min.NaN.f32 %f0, %f1, %f2; mov.b32 %r0, %f0; cvt.u64.u32 %q0, %r0;", []uint64{inf, 0x3f800000}, 0x3f800000},
		{"shl.b32 %r0, %r1, %r2; cvt.u64.u32 %q0, %r0;", []uint64{1, 32}, 0},
		{"shr.s32 %r0, %r1, %r2; cvt.u64.u32 %q0, %r0;", []uint64{0x80000000, 99}, 0xffffffff},
		{"mul.hi.u32 %r0, %r1, %r2; cvt.u64.u32 %q0, %r0;", []uint64{0xffffffff, 0xffffffff}, 0xfffffffe},
		{"mad.wide.s32 %q0, %r1, %r2, %q3;", []uint64{0xffffffff, 7, 10}, 3},
		{"mad.lo.s64 %q0, %q1, %q2, %q3;", []uint64{5, 7, 10}, 45},
		{"setp.ne.f32 %p0, %f1, %f1; selp.b64 %q0, 1, 0, %p0;", []uint64{nan32}, 0},
		{"setp.neu.f32 %p0, %f1, %f1; selp.b64 %q0, 1, 0, %p0;", []uint64{nan32}, 1},
		{"mov.b64 {%r3, %r4}, %q1; mov.b64 %q0, {%r4, %r3};", []uint64{0x0000000500000007}, 0x0000000700000005},
		{"mov.pred %p0, -1; selp.b64 %q0, 1, 0, %p0; @%p0 add.s64 %q0, %q0, 2; @!%p0 add.s64 %q0, %q0, 4;", nil, 3},
		{"mov.pred %p1, 1; xor.pred %p0, %p1, -1; selp.b64 %q0, 1, 0, %p0;", nil, 0},
		{"bfe.u32 %r0, %r1, 16, 1; cvt.u64.u32 %q0, %r0;", []uint64{0x30000}, 1},
		{"bfe.u32 %r0, %r1, 30, 9; cvt.u64.u32 %q0, %r0;", []uint64{0xc0000000}, 3},
		{"bfe.s32 %r0, %r1, 4, 8; cvt.s64.s32 %q0, %r0;", []uint64{0x800}, 1<<64 - 128},
		{"bfe.s32 %r0, %r1, 28, 9; cvt.s64.s32 %q0, %r0;", []uint64{0x80000000}, 1<<64 - 8},
		{"bfe.u64 %q0, %q1, 60, 2;", []uint64{0xf << 60}, 3},
		{"prmt.b32 %r0, %r1, %r2, 0x5410; cvt.u64.u32 %q0, %r0;", []uint64{0x11112222, 0x33334444}, 0x44442222},
		{"prmt.b32 %r0, %r1, %r2, 0x8b00; cvt.u64.u32 %q0, %r0;", []uint64{0x80000012, 0}, 0x00ff1212},
		{"shf.l.wrap.b32 %r0, %r1, %r2, 36; cvt.u64.u32 %q0, %r0;", []uint64{0xa0000000, 1}, 0x1a},
		{"shf.r.clamp.b32 %r0, %r1, %r2, 36; cvt.u64.u32 %q0, %r0;", []uint64{5, 7}, 7},
		{"cvt.rn.f16x2.f32 %r0, %f1, %f2; cvt.u64.u32 %q0, %r0;", []uint64{w32(1), w32(-2)}, 0x3c00c000},
		{"cvt.rn.bf16x2.f32 %r0, %f1, %f2; cvt.u64.u32 %q0, %r0;", []uint64{w32(1), w32(-2)}, 0x3f80c000},
		{"cvt.rna.tf32.f32 %r0, %f1; cvt.u64.u32 %q0, %r0;", []uint64{0x3f801000}, 0x3f802000},
		{"cvt.rna.tf32.f32 %r0, %f1; cvt.u64.u32 %q0, %r0;", []uint64{0x3f800fff}, 0x3f800000},
		{"cvt.rna.tf32.f32 %r0, %f1; cvt.u64.u32 %q0, %r0;", []uint64{0xffffffff}, 0xffffffff},
		{"ex2.approx.f32 %f0, %f1; mov.b32 %r0, %f0; cvt.u64.u32 %q0, %r0;", []uint64{w32(-3)}, w32(0.125)},
		{"ex2.approx.f32 %f0, %f1; mov.b32 %r0, %f0; cvt.u64.u32 %q0, %r0;", []uint64{w32(float32(math.Inf(-1)))}, 0},
		{"ex2.approx.f32 %f0, %f1; mov.b32 %r0, %f0; cvt.u64.u32 %q0, %r0;", []uint64{w32(-127)}, 1 << 22},
		{"ex2.approx.ftz.f32 %f0, %f1; mov.b32 %r0, %f0; cvt.u64.u32 %q0, %r0;", []uint64{w32(-127)}, 0},
		{"popc.b32 %r0, %r1; cvt.u64.u32 %q0, %r0;", []uint64{0xf0}, 4},
		{"mov.u64 %q0, 0; A: add.s64 %q0, %q0, 3; setp.lt.u64 %p0, %q0, %q1; @%p0 bra A;", []uint64{10}, 12},
	} {
		if got := eval(t, c.code, c.in...); got != c.want {
			t.Errorf("%s of %#x is %#x, want %#x", c.code, c.in, got, c.want)
		}
	}
}
