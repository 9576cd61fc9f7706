package cuda

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/driver"
)

// device is a GPU. All its work goes to the default stream, in the order of
// the calls.
type device struct {
	info   backend.Info
	api    driver.Driver
	handle driver.Device

	capability      int // 10 times major, plus minor
	multiprocessors int

	ctx     driver.Context
	kernels cache
	inUse   atomic.Int64

	mu     sync.Mutex
	closed bool
	lost   error
	last   [8]string // the last launches, for the report of a loss
	count  int

	blas        cublas
	staging     staging
	disk        disk
	compiled    compilations // guarded by kernels
	off         off
	temporaries temporaries
	tables      tables
	peers       peers
	gate        sync.RWMutex  // held for writing while calls are captured
	stream      driver.Stream // of launches: the default one, or that of a capture

	cell    driver.Pointer // see errorCell
	indexed string         // the last op that may have written there
}

func (d *device) Info() backend.Info { return d.info }

// enter makes the device current to this thread, if it is fit for work.
func (d *device) enter(what string) (leave func(), err error) {
	d.mu.Lock()
	closed, lost := d.closed, d.lost
	d.mu.Unlock()
	switch {
	case closed:
		return nil, fmt.Errorf("cuda: %s: %w", what, backend.ErrClosed)
	case lost != nil:
		return nil, fmt.Errorf("cuda: %s: %w", what, lost)
	}
	leave, err = d.api.Enter(d.ctx)
	return leave, d.failed(what, err)
}

// failed makes an error of the driver one of package backend.
func (d *device) failed(what string, err error) error {
	if err == nil {
		return nil
	}
	var e *driver.Error
	if errors.As(err, &e) && e.Result.Sticky() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.lost == nil {
			d.lost = fmt.Errorf("%s: %w: %w; the last launches were: %s", d.info.Name, backend.ErrDeviceLost, err, d.launches())
		}
		return fmt.Errorf("cuda: %s: %w", what, d.lost)
	}
	return fmt.Errorf("cuda: %s: %w", what, err)
}

// launched remembers a launch.
func (d *device) launched(name string) {
	d.mu.Lock()
	d.last[d.count%len(d.last)] = name
	d.count++
	d.mu.Unlock()
}

// launches lists the last launches, the latest first.
func (d *device) launches() string {
	if d.count == 0 {
		return "none"
	}
	var names []string
	for i := d.count - 1; i >= max(0, d.count-len(d.last)); i-- {
		names = append(names, d.last[i%len(d.last)])
	}
	return strings.Join(slices.Clip(names), ", ")
}

func (d *device) Upload(dst backend.Buffer, off int64, src []byte) error {
	p, err := d.span("upload", dst, off, len(src))
	if err != nil || len(src) == 0 {
		return err
	}
	leave, err := d.enter("upload")
	if err != nil {
		return err
	}
	defer leave()
	return d.failed("upload", d.staging.upload(d, p, src))
}

func (d *device) Download(dst []byte, src backend.Buffer, off int64) error {
	p, err := d.span("download", src, off, len(dst))
	if err != nil || len(dst) == 0 {
		return err
	}
	if err := d.badIndexOfPeers(); err != nil {
		return err
	}
	leave, err := d.enter("download")
	if err != nil {
		return err
	}
	defer leave()
	if err := d.badIndex(); err != nil {
		return d.failed("download", err)
	}
	return d.failed("download", d.api.CopyOut(dst, p))
}

// badIndex reports an index out of range that a kernel met since the last look.
func (d *device) badIndex() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.indexed == "" {
		return nil
	}
	name := d.indexed
	d.indexed = ""
	var found [16]byte
	if err := d.api.CopyOut(found[:], d.cell); err != nil {
		return err
	}
	if binary.NativeEndian.Uint64(found[:]) != 0 {
		index := int64(binary.NativeEndian.Uint64(found[8:]))
		err := d.api.CopyIn(d.cell, make([]byte, len(found)))
		if index == outside { // of several axes; which one is lost
			return errors.Join(fmt.Errorf("%s, or a call before it: an index is out of range", name), err)
		}
		return errors.Join(fmt.Errorf("%s, or a call before it: index %d is out of range", name, index), err)
	}
	return nil
}

// span returns the address of byte off of b, which must have n bytes from there.
func (d *device) span(what string, b backend.Buffer, off int64, n int) (driver.Pointer, error) {
	own, ok := b.(*buffer)
	if !ok {
		return 0, fmt.Errorf("cuda: %s: buffer is a %T, want one of this device", what, b)
	}
	if own.dev != d {
		return 0, fmt.Errorf("cuda: %s: buffer is of %s, want one of %s", what, own.dev.info.Name, d.info.Name)
	}
	if own.at == 0 && n > 0 {
		return 0, fmt.Errorf("cuda: %s: buffer is used after it was freed", what)
	}
	if off < 0 || off > own.size || int64(n) > own.size-off {
		return 0, fmt.Errorf("cuda: %s: %d bytes at offset %d of a buffer of %d", what, n, off, own.size)
	}
	return own.at + driver.Pointer(off), nil
}

func (d *device) Sync() error {
	if err := d.badIndexOfPeers(); err != nil {
		return err
	}
	leave, err := d.enter("sync")
	if err != nil {
		return err
	}
	defer leave()
	if err := d.synchronize(); err != nil {
		return d.failed("sync", err)
	}
	return d.failed("sync", d.badIndex())
}

// synchronize waits for the work of the context, which must be current. The driver refuses
// that while a stream of the context captures, and the capture ends in an error.
func (d *device) synchronize() error {
	d.gate.RLock()
	defer d.gate.RUnlock()
	return d.api.Synchronize()
}

// Close drops the kernels and gives the context back. Buffers that are still
// there go with the context, if nobody else in the process has it.
func (d *device) Close() error {
	d.mu.Lock()
	closed, lost := d.closed, d.lost
	d.closed = true
	d.mu.Unlock()
	if closed {
		return nil
	}
	if lost != nil {
		// Whether the device works again after this is the driver's business;
		// the next Open will tell.
		_ = d.api.Reset(d.handle)
		_ = d.api.Release(d.handle)
		return nil
	}
	leave, err := d.api.Enter(d.ctx)
	if err == nil {
		err = errors.Join(d.synchronize(), d.blas.close(d), d.staging.close(), d.peers.close(d.api), d.kernels.drop(d.api), d.tables.drop(d.api))
		d.dropTemporaries()
		if d.cell != 0 {
			err = errors.Join(err, d.api.Free(d.cell))
		}
		leave()
	}
	return errors.Join(err, d.api.Release(d.handle))
}
