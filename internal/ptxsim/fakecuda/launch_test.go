//go:build linux && (amd64 || arm64)

package fakecuda

import (
	"strings"
	"testing"
)

// TestLaunchLimits goes to each limit of a launch, and one beyond.
func TestLaunchLimits(t *testing.T) {
	c := open(t, &Machine{Idle: true, Major: 8})
	bound := func(s string) uintptr { return c.kernel(strings.Replace(nothing, "k()", "k() "+s, 1)) }
	any, free := bound(".maxntid 1024"), bound("")
	one := [3]uintptr{1, 1, 1}
	for _, l := range []struct {
		why         string
		f           uintptr
		grid, block [3]uintptr
		want        uint32
	}{
		{"blocks in x", any, [3]uintptr{1<<31 - 1, 1, 1}, one, success},
		{"blocks in x", any, [3]uintptr{1 << 31, 1, 1}, one, invalidValue},
		{"blocks in y", any, [3]uintptr{1, 65535, 1}, one, success},
		{"blocks in y", any, [3]uintptr{1, 65536, 1}, one, invalidValue},
		{"blocks in z", any, [3]uintptr{1, 1, 65535}, one, success},
		{"blocks in z", any, [3]uintptr{1, 1, 65536}, one, invalidValue},
		{"no blocks", any, [3]uintptr{0, 1, 1}, one, invalidValue},
		{"no blocks", any, [3]uintptr{1, 1, 0}, one, invalidValue},
		{"threads in x", any, one, [3]uintptr{1024, 1, 1}, success},
		{"threads in x", any, one, [3]uintptr{1025, 1, 1}, invalidValue},
		{"threads in y", any, one, [3]uintptr{1, 1024, 1}, success},
		{"threads in y", any, one, [3]uintptr{1, 1025, 1}, invalidValue},
		{"threads in z", any, one, [3]uintptr{16, 1, 64}, success},
		{"threads in z", any, one, [3]uintptr{1, 1, 65}, invalidValue},
		{"no threads", any, one, [3]uintptr{32, 0, 1}, invalidValue},
		{"threads in all", any, one, [3]uintptr{32, 32, 1}, success},
		{"threads in all", any, one, [3]uintptr{32, 32, 2}, invalidValue},
		{"registers", free, one, [3]uintptr{256, 1, 1}, success},
		{"registers", free, one, [3]uintptr{128, 3, 1}, outOfResources},
		{"the kernel's bound", bound(".maxntid 128, 1, 1"), one, [3]uintptr{64, 2, 1}, success},
		{"the kernel's bound", bound(".maxntid 128, 1, 1 .minnctapersm 2"), one, [3]uintptr{129, 1, 1}, invalidValue},
		{"the kernel's block", bound(".reqntid 64, 2"), one, [3]uintptr{64, 2, 1}, success},
		{"the kernel's block", bound(".reqntid 64, 2"), one, [3]uintptr{128, 1, 1}, invalidValue},
	} {
		if r := c.launch(l.f, l.grid, l.block, 0); r != l.want {
			t.Errorf("%s: a launch of %v blocks of %v threads: %d, want %d", l.why, l.grid, l.block, r, l.want)
		}
	}
	for _, s := range []string{".maxntid 2048", ".maxntid 0", ".maxntid 128 .reqntid 128", ".minnctapersm 2"} {
		if r := c.call("cuModuleLoadData", at(new(uintptr)), text(strings.Replace(nothing, "k()", "k() "+s, 1))); r != invalidPTX {
			t.Errorf("%s: %d, want %d", s, r, invalidPTX)
		}
	}
}

// TestSharedMemory: above 48 KiB a kernel needs leave, of which there is so much.
func TestSharedMemory(t *testing.T) {
	const static = ".version 6.0\n.target sm_50\n.address_size 64\n.extern .shared .align 16 .b8 more[];\n.visible .entry k() {\n.shared .align 16 .b8 own[1024];\nret;\n}\n"
	for major, most := range map[int]uintptr{50: 48 << 10, 70: 96 << 10, 75: 64 << 10, 80: 163 << 10, 86: 99 << 10, 87: 163 << 10, 89: 99 << 10, 90: 227 << 10, 100: 227 << 10, 120: 99 << 10} {
		c := open(t, &Machine{Major: major / 10, Minor: major % 10})
		if v := c.word("cuDeviceGetAttribute", 97, 0); v != most {
			t.Errorf("compute capability %d: %d bytes of shared memory, want %d", major, v, most)
		}
		f, one := c.kernel(static), [3]uintptr{1, 1, 1}
		launch := func(shared uintptr, want uint32) {
			t.Helper()
			if r := c.launch(f, one, one, shared); r != want {
				t.Errorf("compute capability %d: a launch with %d bytes: %d, want %d", major, shared, r, want)
			}
		}
		launch(47<<10, success)
		launch(47<<10+1, invalidValue)
		c.want(invalidValue, "cuFuncSetAttribute", f, maxDynamic, most-1024+1)
		c.want(invalidValue, "cuFuncSetAttribute", f, maxDynamic, 0xffffffff)
		c.want(invalidHandle, "cuFuncSetAttribute", f+1, maxDynamic, 0)
		launch(47<<10+1, invalidValue)
		c.want(success, "cuFuncSetAttribute", f, maxDynamic, most-1024)
		launch(most-1024, success)
		launch(most-1024+1, invalidValue)
		c.want(success, "cuFuncSetAttribute", f, maxDynamic, 16)
		launch(17, invalidValue)
		c.want(success, "cuCtxSynchronize")
	}
	if r := open(t, &Machine{Major: 9}).call("cuModuleLoadData", at(new(uintptr)), text(strings.Replace(static, "1024", "49153", 1))); r != invalidPTX {
		t.Errorf("more static memory than there is: %d, want %d", r, invalidPTX)
	}
}
