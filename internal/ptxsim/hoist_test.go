package ptxsim

import (
	"encoding/binary"
	"testing"
)

// What is the same in every block runs once, also where a branch leads to it; what
// depends on the block, or has two definitions, does not.
func TestHoist(t *testing.T) {
	m, err := Load(`.version 6.0
.target sm_50
.address_size 64
.visible .entry f(.param .u64 y, .param .u32 n)
{
	.reg .pred %p<2>;
	.reg .b32 %r<10>;
	.reg .b64 %q<4>;
	mov.u32 %r0, %tid.x;
	mov.u32 %r1, %ctaid.x;
	ld.param.u32 %r2, [n];
	mul.lo.u32 %r3, %r2, 100;
	mov.u32 %r4, 0;
	mov.u32 %r5, 0;
AGAIN:
	add.u32 %r6, %r3, %r0;
	add.u32 %r4, %r4, %r6;
	add.u32 %r5, %r5, 1;
	setp.lt.u32 %p0, %r5, %r1;
	@%p0 bra AGAIN;
	mad.lo.u32 %r7, %r1, 4, %r0;
	ld.param.u64 %q0, [y];
	mul.wide.u32 %q1, %r7, 4;
	add.s64 %q0, %q0, %q1;
	st.global.u32 [%q0], %r4;
	ret;
}
`)
	if err != nil {
		t.Fatal(err)
	}
	k := m.Kernels["f"]
	if len(k.early) != 4 { // %r0, %r2, %r3, %r6: %q0 has two definitions
		t.Errorf("%d instructions run before the blocks, want 4", len(k.early))
	}
	var mem Memory
	y, _ := mem.Alloc(48)
	params := binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint64(nil, y), 7)
	if err := k.Run(&mem, Launch{Grid: [3]uint32{3, 1, 1}, Block: [3]uint32{4, 1, 1}, Params: params}); err != nil {
		t.Fatal(err)
	}
	for i := range uint32(12) {
		block, thread := i/4, i%4
		if got, want := binary.LittleEndian.Uint32(mem.Bytes(y, 48)[4*i:]), max(block, 1)*(700+thread); got != want {
			t.Errorf("thread %d of block %d has %d, want %d", thread, block, got, want)
		}
	}
}
