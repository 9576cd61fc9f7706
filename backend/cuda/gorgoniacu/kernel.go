package gorgoniacu

import (
	"errors"
	"unsafe"

	"gorgonia.org/cu"

	"github.com/hekla-ml/hekla/backend/cuda/driver"
)

// Compile makes a module of PTX text. cu hands Go memory that holds Go pointers
// to C where a log is asked for, which cgo forbids: errors come without one.
func (b *binding) Compile(text string) (driver.Module, error) {
	m, err := cu.LoadData(text)
	if err != nil {
		return 0, failed("cuModuleLoadData", err)
	}
	return driver.Module(b.modules.add(m)), nil
}

func (b *binding) Unload(m driver.Module) error {
	return failed("cuModuleUnload", b.modules.remove(uintptr(m)).Unload())
}

func (b *binding) Function(m driver.Module, name string) (driver.Function, error) {
	f, err := b.modules.get(uintptr(m)).Function(name)
	if err != nil {
		return 0, failed("cuModuleGetFunction", err)
	}
	return driver.Function(b.functions.add(f)), nil
}

// Launch enqueues a kernel whose parameters are one block of words. cu reads
// eight bytes from each of its arguments and lays them side by side in C memory,
// pointing the driver at each: given a pointer to every word, what the driver
// finds at the first is the whole block.
func (b *binding) Launch(fn driver.Function, l driver.Launch, params []uint64) error {
	if l.Stream != 0 {
		return errors.New("gorgoniacu: launch in a stream of another driver")
	}
	words := make([]unsafe.Pointer, len(params))
	for i := range params {
		words[i] = unsafe.Pointer(&params[i])
	}
	g := l.Grid
	err := b.functions.get(uintptr(fn)).Launch(int(g[0]), int(g[1]), int(g[2]), l.Threads, 1, 1, l.Shared, cu.NoStream, words)
	return failed("cuLaunchKernel", err)
}
