package tensor

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
)

// A storage is device memory shared by tensors, views and the autograd record,
// each of which holds one reference. The last to let go frees it. Handles that
// are dropped without Free are caught by a finalizer once the garbage collector
// finds the storage unreachable: for an object of its own, which refers to
// nothing but a buffer, that needs less than a cleanup. (Small buffers on the
// CPU do without: they are the collector's own.)
type storage struct {
	dev     backend.Device
	buf     backend.Buffer // nil while in storages
	refs    atomic.Int32
	version atomic.Uint32 // counts changes in place

	collected bool // buf needs no Free, s no finalizer
}

// storages keeps freed ones for reuse with their finalizers, which cost more to
// set and clear than the rest of a storage.
var storages = sync.Pool{New: func() any {
	s := new(storage)
	runtime.SetFinalizer(s, (*storage).lost)
	return s
}}

func newStorage(dev backend.Device, buf backend.Buffer) *storage {
	var s *storage
	if _, ok := buf.(backend.Collected); ok {
		s = &storage{collected: true}
	} else {
		s = storages.Get().(*storage)
		s.version.Store(0)
	}
	s.dev, s.buf = dev, buf
	s.refs.Store(1)
	return s
}

func (s *storage) retain() { s.refs.Add(1) }

func (s *storage) release() {
	if s.refs.Add(-1) == 0 {
		buf := s.buf
		s.dev, s.buf = nil, nil
		if !s.collected {
			storages.Put(s)
		}
		buf.Free()
	}
}

// lost gives back the memory of a storage that nobody can reach any more.
func (s *storage) lost() {
	if s.buf != nil {
		s.buf.Free()
	}
}

// empty returns a contiguous tensor with undefined elements. It shares shape
// and strides with a tensor in like that has the same.
func empty(dev backend.Device, d dtype.DType, s []int, like ...*Tensor) *Tensor {
	var strides []int
	for _, u := range like {
		if slices.Equal(u.view.Shape, s) && u.view.IsContiguous() {
			s, strides = u.view.Shape, u.view.Strides
			break
		}
	}
	if strides == nil {
		strides = shape.Strides(s)
	}
	t := &Tensor{dtype: d, view: shape.View{Shape: s, Strides: strides}}
	if dev == nil {
		panic(newError("alloc", errMessage("the device is nil: see CPU and backend.Open"), t))
	}
	buf, err := dev.Alloc(int64(t.view.Numel() * d.Size()))
	if err != nil {
		panic(newError("alloc", err, t))
	}
	t.store = newStorage(dev, buf)
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
// freed tensor's elements panics. Free is never needed for correctness, only to
// have memory back before the garbage collector runs; see also Scope.
func (t *Tensor) Free() {
	if s := t.store; s != nil {
		t.store = nil
		s.release()
	}
}

// drop frees a step on the way from one of the tensors in keep to another.
func (t *Tensor) drop(keep ...*Tensor) {
	if !slices.Contains(keep, t) {
		t.Free()
	}
}

// Version counts the changes in place of the memory t is a view of.
func (t *Tensor) Version() uint32 { return t.live().version.Load() }
