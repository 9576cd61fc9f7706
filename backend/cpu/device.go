package cpu

import (
	"fmt"
	"sync/atomic"

	"github.com/hekla-ml/hekla/backend"
)

func init() { backend.Register("cpu", driver{}) }

// driver has one device: all processors together.
type driver struct{}

func (driver) List() ([]backend.Info, []backend.Skipped) {
	return []backend.Info{info()}, nil
}

func (driver) Open(i backend.Info) (backend.Device, error) { return &device{info: i}, nil }

type device struct {
	info   backend.Info
	closed atomic.Bool
	inUse  atomic.Int64 // bytes of live buffers
	fns    fnCache
}

func (d *device) Info() backend.Info { return d.info }

func (d *device) Upload(dst backend.Buffer, off int64, src []byte) error {
	mem, err := d.span("upload", dst, off, len(src))
	copy(mem, src)
	return err
}

func (d *device) Download(dst []byte, src backend.Buffer, off int64) error {
	mem, err := d.span("download", src, off, len(dst))
	copy(dst, mem)
	return err
}

// span returns n bytes of b from off on.
func (d *device) span(what string, b backend.Buffer, off int64, n int) ([]byte, error) {
	if d.closed.Load() {
		return nil, fmt.Errorf("cpu: %s: %w", what, backend.ErrClosed)
	}
	h, ok := b.(backend.HostBuffer)
	if !ok {
		return nil, fmt.Errorf("cpu: %s: buffer is a %T, want one of this device", what, b)
	}
	mem := h.Bytes()
	if off < 0 || off > int64(len(mem)) || int64(n) > int64(len(mem))-off {
		return nil, fmt.Errorf("cpu: %s: %d bytes at offset %d of a buffer of %d", what, n, off, len(mem))
	}
	return mem[off:][:n:n], nil
}

// Sync has nothing to wait for: Run computes before it returns.
func (d *device) Sync() error { return nil }

func (d *device) Close() error {
	d.closed.Store(true)
	return nil
}
