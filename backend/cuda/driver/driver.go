package driver

import "sync"

// A Driver is what the backend asks of a driver library. API implements it by
// way of a library found at run time; Use puts another in its place. What a
// driver can do beyond this it shows by the optional interfaces of this package.
type Driver interface {
	// Version returns the newest CUDA that the driver is for, as "12.2".
	Version() string
	Count() (int, error)
	Properties(i int) (Device, Properties, error)
	Retain(Device) (Context, error)
	Release(Device) error
	Reset(Device) error
	// Enter makes a context current to this thread and keeps the goroutine on it
	// until leave is called. The methods below work in the current context.
	Enter(Context) (leave func(), err error)

	Alloc(n int64) (Pointer, error)
	Free(Pointer) error
	CopyIn(dst Pointer, src []byte) error
	CopyOut(dst []byte, src Pointer) error
	Synchronize() error

	Compile(text string) (Module, error)
	Unload(Module) error
	Function(m Module, name string) (Function, error)
	Launch(fn Function, l Launch, params []uint64) error
}

// A Launch says where and how a kernel runs.
type Launch struct {
	Grid    [3]uint32 // blocks
	Threads int       // of a block
	Shared  int       // bytes of dynamic shared memory
	Stream  Stream    // 0 for the default stream
}

var chosen struct {
	sync.Mutex
	open func() (Driver, error)
}

// Use makes Open return what open does: how a package that binds the driver in
// another way takes the place of this one, from its init function.
func Use(open func() (Driver, error)) {
	chosen.Lock()
	defer chosen.Unlock()
	chosen.open = open
}

// Open opens the driver: that of Use, or else the library that Load finds.
func Open() (Driver, error) {
	chosen.Lock()
	open := chosen.open
	chosen.Unlock()
	if open != nil {
		return open()
	}
	s, err := Load()
	if err != nil {
		return nil, err
	}
	return New(s)
}
