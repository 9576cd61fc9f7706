//go:build linux && (amd64 || arm64)

package fakecuda

import (
	"runtime"
	"testing"
	"unsafe"

	"github.com/ebitengine/purego"
)

// A caller calls the driver as C does, from one thread.
type caller struct {
	t *testing.T
	m *Machine
}

// open installs m and makes the context of its first device current.
func open(t *testing.T, m *Machine) caller {
	t.Helper()
	runtime.LockOSThread()
	t.Cleanup(runtime.UnlockOSThread)
	c := caller{t, Install(m)}
	c.want(success, "cuInit", 0)
	c.want(success, "cuCtxSetCurrent", c.word("cuDevicePrimaryCtxRetain", 0))
	return c
}

// call returns the result of a function.
func (c caller) call(name string, args ...uintptr) uint32 {
	c.t.Helper()
	f, err := c.m.Symbol(name)
	if err != nil {
		c.t.Fatal(err)
	}
	r, _, _ := purego.SyscallN(f, args...)
	return uint32(r)
}

func (c caller) want(result uint32, name string, args ...uintptr) {
	c.t.Helper()
	if r := c.call(name, args...); r != result {
		c.t.Errorf("%s%#x: %d, want %d", name, args, r, result)
	}
}

// word calls a function that stores a word through its first argument.
func (c caller) word(name string, args ...uintptr) uintptr {
	c.t.Helper()
	out := new(uintptr)
	c.want(success, name, append([]uintptr{at(out)}, args...)...)
	return *out
}

// at returns the address of what is on the heap.
func at[T any](p *T) uintptr {
	keep = append(keep, p)
	return uintptr(unsafe.Pointer(p))
}

var keep []any

// text returns the address of a string as C has them.
func text(s string) uintptr {
	b := append([]byte(s), 0)
	return at(&b[0])
}

// kernel loads PTX and returns its kernel k.
func (c caller) kernel(ptx string) uintptr {
	c.t.Helper()
	return c.word("cuModuleGetFunction", c.word("cuModuleLoadData", text(ptx)), text("k"))
}

// launch calls cuLaunchKernel in the default stream.
func (c caller) launch(f uintptr, grid, block [3]uintptr, shared uintptr) uint32 {
	c.t.Helper()
	return c.launchIn(0, f, grid, block, shared)
}

func (c caller) launchIn(stream, f uintptr, grid, block [3]uintptr, shared uintptr) uint32 {
	c.t.Helper()
	values := new([4]uint64)
	pointers := &[4]uintptr{at(&values[0]), at(&values[1]), at(&values[2]), at(&values[3])}
	return c.call("cuLaunchKernel", f, grid[0], grid[1], grid[2], block[0], block[1], block[2], shared, stream, at(pointers), 0)
}

const nothing = ".version 6.0\n.target sm_50\n.address_size 64\n.visible .entry k() {\nret;\n}\n"
