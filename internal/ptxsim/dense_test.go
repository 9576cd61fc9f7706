package ptxsim

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestDense runs instructions by all threads at once, which takes the loops of
// dense.go and compare.go, and by every second thread, which takes the functions of
// one word: both must give the same bits.
func TestDense(t *testing.T) {
	list := []string{"fma.rn.f32 %f0, %f1, %f2, %f3", "fma.rn.f64 %d0, %d1, %d2, %d3", "selp.b32 %r0, %r1, %r2, %p1", "selp.b64 %q0, %q1, %q2, %p1",
		"cvt.f64.f32 %d0, %f1", "cvt.rn.f32.f64 %f0, %d1", "cvt.u64.u32 %q0, %r1", "cvt.s64.s32 %q0, %r1", "cvt.u32.u64 %r0, %q1", "not.pred %p0, %p1",
		"and.pred %p0, %p1, %p2", "or.pred %p0, %p1, %p2", "xor.pred %p0, %p1, %p2", "not.b32 %r0, %r1", "rcp.rn.f32 %f0, %f1"}
	of := map[string]string{"32": "r", "64": "q"}
	for _, width := range []string{"32", "64"} {
		r := of[width]
		for _, o := range []string{"and.b", "or.b", "xor.b"} {
			list = append(list, fmt.Sprintf("%s%s %%%s0, %%%s1, %%%s2", o, width, r, r, r))
		}
		for _, o := range []string{"shl.b", "shr.u", "shr.s"} {
			list = append(list, fmt.Sprintf("%s%s %%%s0, %%%s1, %%r2", o, width, r, r))
		}
		for _, sign := range "us" {
			for _, o := range []string{"add", "sub", "mul.lo", "min", "max", "div", "rem"} {
				list = append(list, fmt.Sprintf("%s.%c%s %%%s0, %%%s1, %%%s2", o, sign, width, r, r, r))
			}
			list = append(list, fmt.Sprintf("mad.lo.%c%s %%%s0, %%%s1, %%%s2, %%%s3", sign, width, r, r, r, r))
			for _, cmp := range []string{"eq", "ne", "lt", "le", "gt", "ge"} {
				list = append(list, fmt.Sprintf("setp.%s.%c%s %%p0, %%%s1, %%%s2", cmp, sign, width, r, r))
			}
		}
	}
	for _, sign := range "us" {
		list = append(list, fmt.Sprintf("mul.wide.%c32 %%q0, %%r1, %%r2", sign), fmt.Sprintf("mad.wide.%c32 %%q0, %%r1, %%r2, %%q3", sign))
	}
	for _, cmp := range []string{"eq", "ne", "lt", "le", "gt", "ge", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan"} {
		list = append(list, "setp."+cmp+".f32 %p0, %f1, %f2", "setp."+cmp+".ftz.f32 %p0, %f1, %f2", "setp."+cmp+".f64 %p0, %d1, %d2")
	}
	for _, o := range []string{"add", "sub", "mul", "div.rn", "min", "max"} {
		list = append(list, o+".f32 %f0, %f1, %f2", o+".f64 %d0, %d1, %d2")
	}
	for _, o := range []string{"neg", "abs"} {
		list = append(list, o+".f32 %f0, %f1", o+".ftz.f32 %f0, %f1", o+".s32 %r0, %r1")
	}
	list = append(list, "add.ftz.f32 %f0, %f1, %f2", "mul.ftz.f32 %f0, %f1, %f2", "fma.rn.ftz.f32 %f0, %f1, %f2, %f3")

	edges := []uint64{0, 1, 2, 31, 32, 63, 64, 0x7fffffff, 0x80000000, 0xffffffff, 1 << 63, 1<<63 - 1, math.MaxUint64, w32(1), w32(-1), w32(1.5), w32(1e-40), nan32,
		w32(float32(math.Inf(1))), w32(float32(math.Inf(-1))), w64(1), w64(-2.5), w64(math.Inf(1)), nan64, w64(1e-310), w64(1 + 1.0/(1<<24))}
	rnd := rand.New(rand.NewPCG(1, 2))
	draw := func() uint64 {
		if rnd.IntN(2) == 0 {
			return edges[rnd.IntN(len(edges))]
		}
		return rnd.Uint64()
	}
	const n = 1024
	for _, in := range list {
		var mem Memory
		operands, _ := mem.Alloc(24 * n)
		all, _ := mem.Alloc(8 * n)
		half, _ := mem.Alloc(8 * n)
		x := mem.Bytes(operands, 24*n)
		for i := 0; i < len(x); i += 8 {
			v := draw()
			if op, _, _ := strings.Cut(in, "."); (op == "div" || op == "rem") && uint32(v) == 0 {
				v++
			}
			binary.LittleEndian.PutUint64(x[i:], v)
		}
		m, err := Load(denseKernel(in))
		if err != nil {
			t.Fatalf("%s: %v", in, err)
		}
		params := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, operands), all), half)
		if err := m.Kernels["f"].Run(&mem, Launch{Grid: [3]uint32{1, 1, 1}, Block: [3]uint32{n, 1, 1}, Params: params}); err != nil {
			t.Fatalf("%s: %v", in, err)
		}
		a, b := mem.Bytes(all, 8*n), mem.Bytes(half, 8*n)
		for i := range n {
			if got, want := binary.LittleEndian.Uint64(a[8*i:]), binary.LittleEndian.Uint64(b[8*i:]); got != want {
				t.Fatalf("%s of %#x is %#x by all threads, %#x by half of them", in, x[24*i:][:24], got, want)
			}
		}
	}
}

// denseKernel executes an instruction with and without neighbours.
func denseKernel(in string) string {
	get, zero := "", ""
	for i := 1; i <= 3; i++ {
		get += fmt.Sprintf("ld.global.u64 %%q%d, [%%q9+%d]; cvt.u32.u64 %%r%d, %%q%d; mov.b32 %%f%d, %%r%d; mov.b64 %%d%d, %%q%d;\n", i, 8*i-8, i, i, i, i, i, i)
	}
	get += "setp.lt.s32 %p1, %r1, 0; setp.lt.s32 %p2, %r2, 0;\n"
	zero = "mov.u64 %q0, 0; mov.u32 %r0, 0; mov.b32 %f0, %r0; mov.b64 %d0, %q0; setp.ne.u32 %p0, 0, 0;\n"
	put := func(to string) string {
		return "setp.nan.f32 %p4, %f0, %f0; selp.f32 %f0, 0f7fffffff, %f0, %p4; setp.nan.f64 %p4, %d0, %d0; selp.f64 %d0, 0d7fffffffffffffff, %d0, %p4;" + // any NaN is as good
			"mov.b32 %r4, %f0; mov.b64 %q4, %d0; selp.b32 %r5, 8, 0, %p0; xor.b32 %r4, %r4, %r5; xor.b32 %r4, %r4, %r0;" +
			"cvt.u64.u32 %q5, %r4; xor.b64 %q5, %q5, %q4; xor.b64 %q5, %q5, %q0; st.global.u64 [" + to + "], %q5;\n"
	}
	return ".version 6.0\n.target sm_50\n.address_size 64\n.visible .entry f(.param .u64 x, .param .u64 a, .param .u64 h)\n{\n" +
		".reg .pred %p<8>; .reg .b32 %r<8>; .reg .b64 %q<16>; .reg .f32 %f<8>; .reg .f64 %d<8>;\n" +
		"mov.u32 %r6, %tid.x; ld.param.u64 %q9, [x]; mad.wide.u32 %q9, %r6, 24, %q9;\n" +
		"ld.param.u64 %q10, [a]; mad.wide.u32 %q10, %r6, 8, %q10; ld.param.u64 %q11, [h]; mad.wide.u32 %q11, %r6, 8, %q11;\n" +
		get + zero + in + ";\n" + put("%q10") + zero +
		"and.b32 %r7, %r6, 1; setp.eq.u32 %p3, %r7, 1;\n@%p3 " + in + ";\n@!%p3 " + in + ";\n" + put("%q11") + "ret;\n}\n"
}
