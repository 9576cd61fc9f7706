//go:build !(cgo && ((linux && !android) || windows || vulkan))

package vkshim

type (
	raw            struct{}
	physicalHandle struct{}
)

// Without cgo Open fails, and there is nothing to call the others on.
type (
	Loader struct{}
	Device struct{}
	Batch  struct{}
)

func Open(Validation) (*Loader, error)                              { return nil, ErrNoCgo }
func Messages() int                                                 { return 0 }
func (l *Loader) Physicals() ([]Physical, error)                    { return nil, ErrNoCgo }
func (l *Loader) Available(*Physical) (int64, bool)                 { return 0, false }
func (l *Loader) OpenDevice(*Physical, bool) (*Device, error)       { return nil, ErrNoCgo }
func (d *Device) Timeline() bool                                    { return false }
func (d *Device) Idle()                                             {}
func (d *Device) Close()                                            {}
func (d *Device) Alloc(int64, bool) (Memory, error)                 { return Memory{}, ErrNoCgo }
func (d *Device) Free(Memory)                                       {}
func (d *Device) Fault() string                                     { return "" }
func (d *Device) Compile([]uint32, int, []uint32) (Pipeline, error) { return Pipeline{}, ErrNoCgo }
func (d *Device) FreePipeline(Pipeline)                             {}
func (d *Device) UseCache([]byte) error                             { return ErrNoCgo }
func (d *Device) CacheData() ([]byte, error)                        { return nil, ErrNoCgo }
func (d *Device) NewBatch(_, _, _ int) (*Batch, error)              { return nil, ErrNoCgo }
func (d *Device) FreeBatch(*Batch)                                  {}
func (d *Device) Submit(*Batch, []uint64, int, uint64) error        { return ErrNoCgo }
func (d *Device) Wait(*Batch, uint64, uint64) error                 { return ErrNoCgo }
func (d *Device) Done() (uint64, error)                             { return 0, ErrNoCgo }
func (d *Device) Stamps(*Batch, []uint64) error                     { return ErrNoCgo }
