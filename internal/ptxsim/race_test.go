package ptxsim

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
)

// Bytes are written side by side and read as words: granules are of one byte, though
// the other accesses are of words.
const mixed = `.version 6.0
.target sm_50
.address_size 64

.visible .entry mixed(.param .u64 y)
{
	.reg .pred %p<4>;
	.reg .b16 %h<2>;
	.reg .b32 %r<8>;
	.reg .b64 %q<4>;
	.shared .align 8 .b8 tile[64];
	mov.u32 %r0, %tid.x;
	cvt.u16.u32 %h0, %r0;
	st.shared.u8 [%r0], %h0;
	bar.sync 0;
	and.b32 %r1, %r0, 60;
	ld.shared.u32 %r2, [%r1];
	ld.param.u64 %q0, [y];
	mul.wide.u32 %q1, %r0, 4;
	add.s64 %q0, %q0, %q1;
	st.global.u32 [%q0], %r2;
	ret;
}
`

func TestGranules(t *testing.T) {
	run := func(from, to string) ([]byte, error) {
		if !strings.Contains(mixed, from) {
			t.Fatalf("nothing to replace: %s", from)
		}
		m, err := Load(strings.Replace(mixed, from, to, 1))
		if err != nil {
			t.Fatal(err)
		}
		var mem Memory
		y, _ := mem.Alloc(256)
		err = m.Kernels["mixed"].Run(&mem, Launch{Grid: [3]uint32{2, 1, 1}, Block: [3]uint32{64, 1, 1}, Params: binary.LittleEndian.AppendUint64(nil, y)})
		return mem.Bytes(y, 256), err
	}
	got, err := run("", "")
	if err != nil {
		t.Fatal(err)
	}
	if x := binary.LittleEndian.Uint32(got[4*9:]); x != 0x0b0a0908 {
		t.Errorf("thread 9 read %#x", x)
	}
	for name, c := range map[string][2]string{
		"no barrier":                     {"bar.sync 0;", ""},
		"a byte of a neighbour":          {"st.shared.u8 [%r0], %h0;", "and.b32 %r3, %r0, 62; st.shared.u8 [%r3], %h0;"},
		"a word written, read by others": {"ld.shared.u32 %r2, [%r1];", "ld.shared.u32 %r2, [%r1]; st.shared.u32 [%r1], %r2;"},
		"a word written by many":         {"ld.shared.u32 %r2, [%r1];", "st.shared.u32 [%r1], %r2;"},
		"an atomic beside a store":       {"bar.sync 0;", "bar.sync 0; red.shared.add.u32 [tile], 1; st.shared.u32 [tile], %r0;"},
	} {
		_, err := run(c[0], c[1])
		var f *Fault
		if !errors.As(err, &f) || f.Kind != Race {
			t.Errorf("%s: %v, want a race", name, err)
		}
	}
}
