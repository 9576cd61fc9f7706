//go:build linux && (amd64 || arm64)

package cuda

import (
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
)

// TestTemporaries: memory of temporaries is used again, and given up when there is
// no other.
func TestTemporaries(t *testing.T) {
	m := &fakecuda.Machine{Memory: 1 << 20}
	dev := openFake(t, m)
	d := dev.(*device)
	leave, err := d.enter("test")
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	first, free, err := d.temporary(dtype.Float32, []int{100, 99}) // 39,600 bytes: a class of 64 KiB, all that is kept
	if err != nil {
		t.Fatal(err)
	}
	free()
	second, free, err := d.temporary(dtype.Int64, []int{5000})
	if err != nil || second.Buffer != first.Buffer {
		t.Errorf("not the same memory again: %v", err)
	}
	third, drop, err := d.temporary(dtype.Float32, []int{10000})
	if err != nil || third.Buffer == second.Buffer {
		t.Errorf("memory in use is given away: %v", err)
	}
	free()
	drop() // beyond what is kept
	if used := m.Used(); used != 1<<16 {
		t.Errorf("%d bytes are kept, want %d", used, 1<<16)
	}
	b, err := dev.Alloc(1 << 20) // all there is
	if err != nil {
		t.Fatalf("temporaries stand in the way: %v", err)
	}
	b.Free()
	if used, in := m.Used(), d.inUse.Load(); used != 0 || in != 0 {
		t.Errorf("%d bytes in use, %d counted", used, in)
	}
}
