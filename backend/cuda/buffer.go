package cuda

import (
	"errors"
	"fmt"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/driver"
)

// buffer is device memory.
type buffer struct {
	dev  *device
	at   driver.Pointer
	size int64
}

func (b *buffer) Len() int64 { return b.size }

// Free waits, within the driver, for work that may use the memory. It has
// nobody to tell of an error: one that matters shows at the next call.
func (b *buffer) Free() {
	if b.at == 0 {
		return
	}
	b.dev.inUse.Add(-b.size)
	if leave, err := b.dev.enter("free"); err == nil {
		_ = b.dev.failed("free", b.dev.api.Free(b.at))
		leave()
	}
	b.at = 0
}

func (d *device) Alloc(bytes int64) (backend.Buffer, error) {
	if bytes < 0 {
		return nil, fmt.Errorf("cuda: alloc of %d bytes", bytes)
	}
	leave, err := d.enter("alloc")
	if err != nil {
		return nil, err
	}
	defer leave()
	p, err := d.api.Alloc(max(bytes, 1)) // the driver refuses 0
	var e *driver.Error
	if errors.As(err, &e) && e.Result == driver.OutOfMemory && d.dropTemporaries() {
		p, err = d.api.Alloc(max(bytes, 1))
	}
	if errors.As(err, &e) && e.Result == driver.OutOfMemory {
		return nil, &backend.MemoryError{Device: d.info.Name, Requested: bytes, InUse: d.inUse.Load(), Cause: err}
	}
	if err != nil {
		return nil, d.failed("alloc", err)
	}
	d.inUse.Add(bytes)
	return &buffer{d, p, bytes}, nil
}
