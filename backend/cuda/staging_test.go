//go:build linux && (amd64 || arm64)

package cuda

import (
	"bytes"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/backend/cuda/driver"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
)

// TestStaging uploads more than all slots hold, from memory that is overwritten at
// once, onto a driver that copies as late as it may.
func TestStaging(t *testing.T) {
	for _, c := range []struct {
		name   string
		m      *fakecuda.Machine
		copies int
	}{
		{"pinned", &fakecuda.Machine{}, 11},
		{"old driver", &fakecuda.Machine{Missing: map[string]bool{"cuMemcpyHtoDAsync_v2": true}}, 0},
		{"no memory to pin", &fakecuda.Machine{Fail: map[string]uint32{"cuMemAllocHost_v2": 2}}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &platform{load: func() (driver.Driver, error) { return driver.New(fakecuda.Install(c.m)) }}
			infos, _ := p.List()
			dev, err := p.Open(infos[0])
			if err != nil {
				t.Fatal(err)
			}
			const n = 10*slotBytes + 77
			b, err := dev.Alloc(n)
			if err != nil {
				t.Fatal(err)
			}
			src, want := make([]byte, n), make([]byte, n)
			for i := range src {
				src[i] = byte(i ^ i>>8 ^ i>>16)
			}
			copy(want, src)
			if err := dev.Upload(b, 0, src); err != nil {
				t.Fatal(err)
			}
			clear(src)
			got := make([]byte, n)
			if err := dev.Download(got, b, 0); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Error("other bytes arrived")
			}
			if c.m.Copies != c.copies {
				t.Errorf("%d copies from pinned memory, want %d", c.m.Copies, c.copies)
			}
			b.Free()
			if err := dev.Close(); err != nil {
				t.Error(err)
			}
			if c.m.Pinned() != 0 {
				t.Errorf("%d events and pieces of pinned memory are left", c.m.Pinned())
			}
		})
	}
}

// TestStagingFails: what is wrong with the driver is an error, and nothing is kept.
func TestStagingFails(t *testing.T) {
	for _, name := range []string{"cuEventCreate", "cuEventRecord", "cuMemcpyHtoDAsync_v2", "cuEventSynchronize"} {
		t.Run(name, func(t *testing.T) {
			m := &fakecuda.Machine{Fail: map[string]uint32{name: 999}}
			dev := openFake(t, m)
			b, err := dev.Alloc(9 * slotBytes)
			if err != nil {
				t.Fatal(err)
			}
			defer b.Free()
			if err := dev.Upload(b, 0, make([]byte, 9*slotBytes)); err == nil || !strings.Contains(err.Error(), strings.TrimSuffix(name, "_v2")) {
				t.Errorf("%v", err)
			}
			if name == "cuEventCreate" && m.Pinned() != 0 {
				t.Error("pinned memory is left")
			}
		})
	}
}
