//go:build !cgo

package vkshim

type raw struct{}

// Without cgo Open fails, and there is nothing to call the others on.
type (
	Loader struct{}
	Device struct{}
	Batch  struct{}
)

func Open(string) (*Loader, error)                                       { return nil, ErrNoCgo }
func (l *Loader) Physicals() ([]Physical, error)                         { return nil, ErrNoCgo }
func (l *Loader) OpenDevice(*Physical) (*Device, error)                  { return nil, ErrNoCgo }
func (d *Device) Close()                                                 {}
func (d *Device) Alloc(int64, bool) (Memory, error)                      { return Memory{}, ErrNoCgo }
func (d *Device) Free(Memory)                                            {}
func (d *Device) Compile([]uint32, int, int, []uint32) (Pipeline, error) { return Pipeline{}, ErrNoCgo }
func (d *Device) FreePipeline(Pipeline)                                  {}
func (d *Device) NewBatch(dispatches, buffers int) (*Batch, error)       { return nil, ErrNoCgo }
func (d *Device) FreeBatch(*Batch)                                       {}
func (d *Device) Submit(b *Batch, stream []uint64) error                 { return ErrNoCgo }
func (d *Device) Wait(b *Batch, nanoseconds uint64) error                { return ErrNoCgo }
