package backend

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// fake is a host device that runs calls by the reference. It counts what it
// hands out, so that tests see leaks, and has a memory of a given size.
type fake struct {
	name   string
	limit  int64 // bytes; 0 is no limit
	mu     sync.Mutex
	inUse  int64
	live   atomic.Int64 // buffers
	allocs atomic.Int64
	syncs  atomic.Int64
	closed atomic.Bool
	run    func(c *Call) error // nil means Evaluate
}

func (d *fake) Info() Info {
	return Info{Name: d.name, Model: "Fake", Kind: Software, Memory: d.limit}
}

var errRefused = errors.New("the fake is full")

func (d *fake) Alloc(bytes int64) (Buffer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.limit > 0 && d.inUse+bytes > d.limit {
		return nil, fmt.Errorf("%w: %w", ErrOutOfMemory, errRefused)
	}
	d.inUse += bytes
	d.live.Add(1)
	d.allocs.Add(1)
	return &fakeBuffer{dev: d, mem: make([]byte, bytes)}, nil
}

func (d *fake) Upload(dst Buffer, off int64, src []byte) error {
	copy(dst.(HostBuffer).Bytes()[off:off+int64(len(src))], src)
	return nil
}

func (d *fake) Download(dst []byte, src Buffer, off int64) error {
	copy(dst, src.(HostBuffer).Bytes()[off:off+int64(len(dst))])
	return nil
}

func (d *fake) Run(c *Call) error {
	if d.run != nil {
		return d.run(c)
	}
	return Evaluate(c)
}

func (d *fake) Sync() error { d.syncs.Add(1); return nil }

func (d *fake) Close() error { d.closed.Store(true); return nil }

type fakeBuffer struct {
	dev   *fake
	mem   []byte
	freed atomic.Bool
}

func (b *fakeBuffer) Len() int64    { return int64(len(b.mem)) }
func (b *fakeBuffer) Bytes() []byte { return b.mem }
func (b *fakeBuffer) Free() {
	if b.freed.Swap(true) {
		panic("fake: freed twice")
	}
	b.dev.mu.Lock()
	b.dev.inUse -= int64(len(b.mem))
	b.dev.mu.Unlock()
	b.dev.live.Add(-1)
}

// put allocates a contiguous operand on d and fills it.
func put(t testing.TB, d Device, a *op.Array) View {
	t.Helper()
	v := empty(t, d, a.Meta)
	mem := make([]byte, len(a.Data)*a.DType().Size())
	WriteArray(mem, v, a)
	if err := d.Upload(v.Buffer, 0, mem); err != nil {
		t.Fatal(err)
	}
	return v
}

func empty(t testing.TB, d Device, m op.Meta) View {
	t.Helper()
	buf, err := d.Alloc(int64(shape.Numel(m.Shape) * m.DType.Size()))
	if err != nil {
		t.Fatal(err)
	}
	return View{buf, m.DType, shape.Contiguous(m.Shape)}
}

func get(t testing.TB, d Device, v View) []float64 {
	t.Helper()
	mem := make([]byte, v.Buffer.Len())
	if err := d.Download(mem, v.Buffer, 0); err != nil {
		t.Fatal(err)
	}
	return ReadArray(mem, v).Data
}

// array returns float32s.
func array(s []int, x ...float64) *op.Array {
	a := op.NewArray(dtype.Float32, s...)
	copy(a.Data, x)
	return a
}

// elementwise makes the call that a tensor library makes of an elementwise op.
func elementwise(t testing.TB, d Device, o *op.Op, attrs any, in ...View) *Call {
	t.Helper()
	metas := make([]op.Meta, len(in))
	for i, v := range in {
		metas[i] = op.Meta{Shape: v.Shape, DType: v.DType}
	}
	outs, err := o.Infer(metas, attrs)
	if err != nil {
		t.Fatal(err)
	}
	c := &Call{Op: o, Attrs: attrs}
	c.Fn, c.Uniforms = o.Lower(metas, attrs)
	for _, v := range in {
		w, err := v.Expand(outs[0].Shape)
		if err != nil {
			t.Fatal(err)
		}
		c.In = append(c.In, View{v.Buffer, v.DType, w})
	}
	for _, m := range outs {
		c.Out = append(c.Out, empty(t, d, m))
	}
	return c
}
