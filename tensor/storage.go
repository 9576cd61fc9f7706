package tensor

import (
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
)

// A storage is device memory shared by tensors, views and the autograd record,
// each of which holds one reference. The last to let go frees it. Handles that
// are dropped without Free are caught by a cleanup once the garbage collector
// finds the storage unreachable.
type storage struct {
	dev     backend.Device
	buf     backend.Buffer
	refs    atomic.Int32
	version atomic.Uint32 // counts changes in place
	cleanup runtime.Cleanup
}

func (s *storage) retain() { s.refs.Add(1) }

func (s *storage) release() {
	if s.refs.Add(-1) == 0 && s.buf != nil {
		s.cleanup.Stop()
		s.buf.Free()
		s.buf = nil
	}
}

// owned is a tensor together with the storage made for it: one allocation.
type owned struct {
	Tensor
	storage
}

// empty returns a contiguous tensor with undefined elements. It shares the
// strides of a tensor in like that has its shape and layout.
func empty(dev backend.Device, d dtype.DType, s []int, like ...*Tensor) *Tensor {
	o := &owned{}
	t := &o.Tensor
	t.view.Shape, t.dtype = s, d
	for _, u := range like {
		if slices.Equal(u.view.Shape, s) && u.view.IsContiguous() {
			t.view.Strides = u.view.Strides
			break
		}
	}
	if t.view.Strides == nil {
		t.view.Strides = shape.Strides(s)
	}
	buf, err := dev.Alloc(int64(t.view.Numel() * d.Size()))
	if err != nil {
		panic(newError("alloc", err, t))
	}
	o.dev, o.buf = dev, buf
	o.refs.Store(1)
	o.cleanup = runtime.AddCleanup(&o.storage, backend.Buffer.Free, buf)
	t.store = &o.storage
	return t
}

func (t *Tensor) live() *storage {
	if t.store == nil {
		panic(newError("use", ErrFreed, t))
	}
	return t.store
}

// Free gives up t's hold on its memory, which goes back to the device when no
// view and no record needs it. Freeing twice does nothing; any other use of a
// freed tensor panics. Free is never needed for correctness, only to have
// memory back before the garbage collector runs; see also Scope.
func (t *Tensor) Free() {
	if s := t.store; s != nil {
		t.store = nil
		s.release()
	}
}

// Version counts the changes in place of the memory t is a view of.
func (t *Tensor) Version() uint32 { return t.live().version.Load() }
