package backend

import (
	"runtime"
	"testing"
	"unsafe"
)

// cutter is a fake whose buffers can be cut.
type cutter struct{ fake }

func (d *cutter) Slice(b Buffer, off, n int64) Buffer {
	return hostPart(b.(*fakeBuffer).mem[off : off+n : off+n])
}

type hostPart []byte

func (p hostPart) Len() int64    { return int64(len(p)) }
func (p hostPart) Bytes() []byte { return p }
func (p hostPart) Free()         { panic("a part was freed") }

// blind is a fake whose buffers the host cannot reach; it insists on its own.
type blind struct{ fake }

type blindBuffer struct{ b *fakeBuffer }

func (b *blindBuffer) Len() int64 { return b.b.Len() }
func (b *blindBuffer) Free()      { b.b.Free() }

func (d *blind) Alloc(n int64) (Buffer, error) {
	b, err := d.fake.Alloc(n)
	if err != nil {
		return nil, err
	}
	return &blindBuffer{b.(*fakeBuffer)}, nil
}

func (d *blind) Upload(dst Buffer, off int64, src []byte) error {
	return d.fake.Upload(dst.(*blindBuffer).b, off, src)
}

func (d *blind) Download(dst []byte, src Buffer, off int64) error {
	return d.fake.Download(dst, src.(*blindBuffer).b, off)
}

func (d *blind) Run(c *Call) error {
	return rewrite(c, func(b Buffer) (Buffer, error) { return b.(*blindBuffer).b, nil }, d.fake.Run)
}

func alloc(t testing.TB, d Device, n int64) Buffer {
	t.Helper()
	b, err := d.Alloc(n)
	if err != nil {
		t.Fatalf("Alloc(%d): %v", n, err)
	}
	if b.Len() != n {
		t.Fatalf("Alloc(%d) has length %d", n, b.Len())
	}
	return b
}

// place returns the address of b's first byte.
func place(b Buffer) *byte { return unsafe.SliceData(b.(HostBuffer).Bytes()) }

// holder stands for a tensor: its buffer is freed by a cleanup.
type holder struct{ b Buffer }

func hold(t testing.TB, d Device, n int64) *holder {
	h := &holder{alloc(t, d, n)}
	runtime.AddCleanup(h, Buffer.Free, h.b)
	return h
}
