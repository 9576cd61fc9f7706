package ptxsim

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
)

// reverse swaps the elements of a block by way of shared memory.
const reverse = `.version 6.0
.target sm_50
.address_size 64

.visible .entry reverse(
	.param .u64 x,
	.param .u64 y
)
{
	.reg .pred %p<2>;
	.reg .b32 %r<8>;
	.reg .b64 %q<8>;
	.shared .align 4 .b8 tile[256];
	mov.u32 %r0, %tid.x;
	ld.param.u64 %q0, [x];
	ld.param.u64 %q1, [y];
	mul.wide.u32 %q2, %r0, 4;
	add.s64 %q3, %q0, %q2;
	ld.global.u32 %r1, [%q3];
	shl.b32 %r2, %r0, 2;
	st.shared.u32 [%r2], %r1;
	bar.sync 0;
	sub.u32 %r3, 63, %r0;
	shl.b32 %r3, %r3, 2;
	ld.shared.u32 %r4, [%r3];
	add.s64 %q4, %q1, %q2;
	st.global.u32 [%q4], %r4;
	ret;
}
`

func runReverse(t *testing.T, text string, elements int) ([]byte, error) {
	t.Helper()
	m, err := Load(text)
	if err != nil {
		t.Fatal(err)
	}
	var mem Memory
	x, _ := mem.Alloc(int64(4 * elements))
	y, _ := mem.Alloc(256)
	for i := range elements {
		binary.LittleEndian.PutUint32(mem.Bytes(x+uint64(4*i), 4), uint32(i))
	}
	params := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, x), y)
	err = m.Kernels["reverse"].Run(&mem, Launch{Grid: [3]uint32{1, 1, 1}, Block: [3]uint32{64, 1, 1}, Params: params})
	return mem.Bytes(y, 256), err
}

func TestReverse(t *testing.T) {
	got, err := runReverse(t, reverse, 64)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 64 {
		if x := binary.LittleEndian.Uint32(got[4*i:]); x != uint32(63-i) {
			t.Fatalf("element %d is %d", i, x)
		}
	}
}

// TestPlantedFaults breaks a good kernel in one place at a time.
func TestPlantedFaults(t *testing.T) {
	for _, c := range []struct {
		name, from, to string
		kind           FaultKind
		line, thread   int
		says           string
	}{
		{"removed barrier", "bar.sync 0;", "", Race, 25, 0, "was written by thread 63"},
		{"off by one in global memory", "ld.global.u32 %r1, [%q3];", "ld.global.u32 %r1, [%q3+4];", BadAddress, 20, 63, "byte 256 of an allocation of 256"},
		{"off by one in shared memory", "sub.u32 %r3, 63, %r0;", "sub.u32 %r3, 64, %r0;", BadAddress, 26, 0, "of 256 bytes of shared memory"},
		{"misaligned", "[%q3];", "[%q3+2];", Misaligned, 20, 0, "for 4 bytes"},
		{"divergent barrier", "bar.sync 0;", "setp.lt.u32 %p0, %r0, 8; @%p0 bra A; bar.sync 0; bra B; A: bar.sync 1; B:", DivergentBarrier, 23, 8, "8 threads wait here and 56"},
		{"barrier after an exit", "bar.sync 0;", "setp.lt.u32 %p0, %r0, 8; @%p0 ret; bar.sync 0;", DivergentBarrier, 23, 8, "56 of 64 threads wait"},
		{"two writers", "shl.b32 %r2, %r0, 2;", "and.b32 %r2, %r0, 60;", Race, 22, 1, "used by thread 0"},
	} {
		if !strings.Contains(reverse, c.from) {
			t.Fatalf("%s: nothing to replace", c.name)
		}
		_, err := runReverse(t, strings.Replace(reverse, c.from, c.to, 1), 64)
		var f *Fault
		if !errors.As(err, &f) {
			t.Errorf("%s: %v, want a fault", c.name, err)
			continue
		}
		if f.Kind != c.kind || f.Kernel != "reverse" || !strings.Contains(f.Detail, c.says) {
			t.Errorf("%s: %v, want %v: %s", c.name, err, c.kind, c.says)
		}
		if c.kind != Race && (f.Line < c.line-1 || f.Line > c.line+1) {
			t.Errorf("%s: at line %d, want about %d", c.name, f.Line, c.line)
		}
		if c.kind == BadAddress && int(f.Thread[0]) != c.thread {
			t.Errorf("%s: thread %v, want %d", c.name, f.Thread, c.thread)
		}
	}
}

func TestUnknownIsAnError(t *testing.T) {
	for from, to := range map[string]string{
		"shl.b32 %r2, %r0, 2;": "bfi.b32 %r2, %r0, %r0, 1, 2;",
		"add.s64 %q3":          "add.sat.s64 %q3",
		"add.s64 %q4":          "add.s32 %q4",
		"ld.global.u32 %r1":    "ld.global.cg.u32 %r1",
		"bar.sync 0;":          "bra nowhere;",
		".target sm_50":        ".target sm_xx",
		".shared .align":       ".const .align",
		"ld.param.u64 %q1":     "ld.param.u64 %q9",
		"[y];":                 "[z];",
		"mov.u32 %r0":          "mov.u32 %tid.x",
	} {
		if _, err := Load(strings.Replace(reverse, from, to, 1)); err == nil {
			t.Errorf("%s: no error", to)
		}
	}
}

func TestUseAfterFree(t *testing.T) {
	var mem Memory
	p, _ := mem.Alloc(64)
	if err := mem.Free(p); err != nil {
		t.Fatal(err)
	}
	if mem.Free(p) == nil || mem.Bytes(p, 4) != nil {
		t.Error("freed memory is still there")
	}
	if s := mem.describe(p + 8); !strings.Contains(s, "freed") {
		t.Error(s)
	}
}
