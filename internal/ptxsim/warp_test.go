package ptxsim

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// odd lanes come later to a shuffle, which stands before them in the text, and to
// a vote of those lanes that are odd.
const meet = `.version 6.0
.target sm_50
.address_size 64

.visible .entry meet(
	.param .u64 y
)
{
	.reg .pred %p<4>;
	.reg .b32 %r<8>;
	.reg .b64 %q<4>;
	mov.u32 %r0, %tid.x;
	and.b32 %r1, %r0, 1;
	setp.eq.u32 %p0, %r1, 1;
	@%p0 bra LATER;
NOW:
	shfl.sync.bfly.b32 %r2, %r0, 1, 31, -1;
	vote.sync.ballot.b32 %r3, %p0, -1;
	add.s32 %r2, %r2, %r3;
	ld.param.u64 %q0, [y];
	mul.wide.u32 %q1, %r0, 4;
	add.s64 %q0, %q0, %q1;
	st.global.u32 [%q0], %r2;
	ret;
LATER:
	bra NOW;
}
`

func TestMeeting(t *testing.T) {
	run := func(text string) ([]byte, error) {
		m, err := Load(text)
		if err != nil {
			t.Fatal(err)
		}
		var mem Memory
		y, _ := mem.Alloc(256)
		params := binary.LittleEndian.AppendUint64(nil, y)
		err = m.Kernels["meet"].Run(&mem, Launch{Grid: [3]uint32{1, 1, 1}, Block: [3]uint32{64, 1, 1}, Params: params})
		return mem.Bytes(y, 256), err
	}
	got, err := run(meet)
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint32(64) {
		if x := binary.LittleEndian.Uint32(got[4*i:]); x != i^1+0xaaaaaaaa {
			t.Errorf("thread %d has %#x, want %#x", i, x, i^1+0xaaaaaaaa)
		}
	}
	_, err = run(strings.Replace(meet, "bra NOW;", "ret;", 1))
	var f *Fault
	if !errors.As(err, &f) || f.Kind != BadShuffle || !strings.Contains(f.Detail, "0xaaaaaaaa are elsewhere") {
		t.Errorf("where the odd lanes do not come: %v, want a shuffle that lacks them", err)
	}
	if _, err := Load(strings.Replace(meet, "vote.sync.ballot", "vote.ballot", 1)); err == nil {
		t.Error("a vote without .sync is accepted")
	}
}

// TestShuffles compares shuffles by numbers with those by registers, which are not
// worked out beforehand, and some lanes with the manual.
func TestShuffles(t *testing.T) {
	run := func(mode string, delta, how int, registers bool) [32]uint32 {
		by := fmt.Sprintf("%d, %d", delta, how)
		if registers {
			by = "%r4, %r5"
		}
		text := strings.NewReplacer("shfl.sync.bfly.b32 %r2, %r0, 1, 31, -1;", fmt.Sprintf("mov.u32 %%r4, %d; mov.u32 %%r5, %d; shfl.sync.%s.b32 %%r2, %%r0, %s, -1;", delta, how, mode, by),
			"add.s32 %r2, %r2, %r3;", "").Replace(meet)
		m, err := Load(text)
		if err != nil {
			t.Fatal(err)
		}
		var mem Memory
		y, _ := mem.Alloc(256)
		if err := m.Kernels["meet"].Run(&mem, Launch{Grid: [3]uint32{1, 1, 1}, Block: [3]uint32{64, 1, 1}, Params: binary.LittleEndian.AppendUint64(nil, y)}); err != nil {
			t.Fatal(err)
		}
		var got [32]uint32
		for i := range got {
			got[i] = binary.LittleEndian.Uint32(mem.Bytes(y+128, 128)[4*i:]) - 32 // of the second warp
		}
		return got
	}
	for _, mode := range []string{"up", "down", "bfly", "idx"} {
		for _, delta := range []int{0, 1, 5, 16, 31} {
			for _, how := range []int{0, 31, 7, 0x1800, 0x181f, 0x1007} {
				if got, want := run(mode, delta, how, false), run(mode, delta, how, true); got != want {
					t.Errorf("%s by %d, %#x: %v, by registers %v", mode, delta, how, got, want)
				}
			}
		}
	}
	for _, c := range []struct {
		mode             string
		delta, how, lane int
		want             uint32
	}{{"up", 1, 0, 0, 0}, {"up", 1, 0, 9, 8}, {"down", 2, 31, 30, 30}, {"down", 2, 31, 5, 7}, {"bfly", 16, 31, 3, 19}, {"idx", 9, 31, 3, 9}, {"idx", 1, 0x181f, 10, 9}} {
		if got := run(c.mode, c.delta, c.how, false)[c.lane]; got != c.want {
			t.Errorf("%s by %d, %#x: lane %d has that of %d, want %d", c.mode, c.delta, c.how, c.lane, got, c.want)
		}
	}
}

// TestMeetingMatrices: the odd lanes of a warp come later to a product of matrices, as
// they do where a compiler puts their part of a loop behind the loop.
func TestMeetingMatrices(t *testing.T) {
	text := strings.NewReplacer(".version 6.0", ".version 7.0", "sm_50", "sm_80",
		".reg .b32 %r<8>;", ".reg .b32 %r<8>; .reg .f32 %f<4>;",
		"vote.sync.ballot.b32 %r3, %p0, -1;", "mov.u32 %r3, 0; mov.f32 %f0, 0f00000000;\n"+
			"mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%f0, %f1, %f2, %f3}, {%r3, %r3, %r3, %r3}, {%r3, %r3}, {%f0, %f0, %f0, %f0};",
		"shfl.sync.bfly.b32 %r2, %r0, 1, 31, -1;", "",
	).Replace(meet)
	for _, c := range []struct {
		text string
		want bool
	}{{text, true}, {strings.Replace(text, "bra NOW;", "ret;", 1), false}} {
		m, err := Load(c.text)
		if err != nil {
			t.Fatal(err)
		}
		var mem Memory
		y, _ := mem.Alloc(256)
		err = m.Kernels["meet"].Run(&mem, Launch{Grid: [3]uint32{1, 1, 1}, Block: [3]uint32{64, 1, 1}, Params: binary.LittleEndian.AppendUint64(nil, y)})
		var f *Fault
		if c.want != (err == nil) || !c.want && (!errors.As(err, &f) || f.Kind != BadShuffle) {
			t.Errorf("%v, want success: %v", err, c.want)
		}
	}
}
