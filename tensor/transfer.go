package tensor

import (
	"runtime"
	"unsafe"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// From copies data, in row-major order, to a new tensor with the given sizes;
// without sizes it becomes a vector.
func From[T dtype.Element](dev backend.Device, data []T, sizes ...int) *Tensor {
	if sizes == nil {
		sizes = []int{len(data)}
	}
	if err := shape.Check(sizes); err != nil {
		panic(newError("from", err))
	}
	if shape.Numel(sizes) != len(data) {
		panic(newError("from", misfit(ErrShape, "%d elements, want %d for shape %v", len(data), shape.Numel(sizes), sizes)))
	}
	t := empty(dev, dtype.Of[T](), own(sizes))
	t.upload(bytesOf(data))
	return t
}

// Scalar returns a 0-dim tensor.
func Scalar[T dtype.Element](dev backend.Device, x T) *Tensor { return From(dev, []T{x}, []int{}...) }

// FromBytes copies the bytes of row-major elements, in the host's byte order,
// to a new tensor. Unlike From it makes a scalar without sizes.
func FromBytes(dev backend.Device, d dtype.DType, data []byte, sizes ...int) *Tensor {
	if err := shape.Check(sizes); err != nil {
		panic(newError("frombytes", err))
	}
	if shape.Numel(sizes)*d.Size() != len(data) {
		panic(newError("frombytes", misfit(ErrShape, "%d bytes, want %d for %v%v", len(data), shape.Numel(sizes)*d.Size(), d, sizes)))
	}
	t := empty(dev, d, own(sizes))
	t.upload(data)
	return t
}

func (t *Tensor) upload(data []byte) {
	if len(data) == 0 {
		return
	}
	if err := t.store.dev.Upload(t.store.buf, 0, data); err != nil {
		panic(newError("upload", err, t))
	}
}

// Data returns a copy of the elements in row-major order. T must be the type
// that t.DType stands for.
func Data[T dtype.Element](t *Tensor) []T {
	if d := dtype.Of[T](); d != t.dtype {
		panic(newError("data", misfit(ErrDType, "the elements are %v, not %v; convert with To first", t.dtype, d), t))
	}
	out := make([]T, t.Numel())
	t.Read(bytesOf(out))
	return out
}

// Bytes returns a copy of the elements' bytes in row-major order.
func (t *Tensor) Bytes() []byte {
	b := make([]byte, t.Numel()*t.dtype.Size())
	t.Read(b)
	return b
}

// Read copies the elements' bytes, in row-major order, to dst, which must have
// just their length.
func (t *Tensor) Read(dst []byte) {
	if len(dst) != t.Numel()*t.dtype.Size() {
		panic(newError("read", errMessage("%d bytes, want %d", len(dst), t.Numel()*t.dtype.Size()), t))
	}
	if len(dst) == 0 {
		return
	}
	deviceOf(nil, "read", []*Tensor{t})
	c := t
	if !t.IsContiguous() {
		c = copied(t, false)
		defer c.Free()
	}
	if err := c.store.dev.Download(dst, c.store.buf, int64(c.view.Offset*c.dtype.Size())); err != nil {
		panic(newError("read", err, t))
	}
	runtime.KeepAlive(c) // its memory must not go before it was read
}

// Item returns the one element of t as a float64, waiting for the device.
func (t *Tensor) Item() float64 {
	if t.Numel() != 1 {
		panic(newError("item", misfit(ErrShape, "%d elements, want 1; see Data and Float64s", t.Numel()), t))
	}
	return t.Float64s()[0]
}

// Float64s returns the elements in row-major order, converted to float64.
func (t *Tensor) Float64s() []float64 {
	b := t.Bytes()
	out := make([]float64, t.Numel())
	view := backend.View{DType: t.dtype, View: shape.Contiguous(t.Shape())}
	copy(out, backend.ReadArray(b, view).Data)
	return out
}

// To returns t converted to another element type; t itself if it has it.
func (t *Tensor) To(d dtype.DType) *Tensor {
	if t.dtype == d {
		return t
	}
	return one(op.Cast, d, t)
}

// Clone returns a contiguous copy.
func (t *Tensor) Clone() *Tensor { return one(op.Cast, t.dtype, t) }

// ToDevice returns a copy on another device, or t itself if it is there. It is
// differentiable: the gradient moves back.
func (t *Tensor) ToDevice(dev backend.Device) *Tensor {
	from := t.Device()
	if from == dev {
		return t
	}
	u := t.copyTo(dev)
	Inherit([]*Tensor{t}, []*Tensor{u})
	if t.requires {
		Record(&op.Op{Name: "todevice", Grad: func(b op.Builder, c *op.GradContext) []op.Value {
			return []op.Value{Owner(b).Own(c.G[0].(*Tensor).ToDevice(from))}
		}}, nil, []*Tensor{t}, []*Tensor{u})
	}
	return u
}

// copyTo returns the elements, in row-major order, as a new tensor on dev.
func (t *Tensor) copyTo(dev backend.Device) *Tensor {
	u := empty(dev, t.dtype, own(t.Shape()))
	if t.Numel() == 0 {
		return u
	}
	c := t
	if !t.IsContiguous() {
		c = copied(t, false)
		defer c.Free()
	}
	size := t.dtype.Size()
	err := backend.Copy(dev, u.store.buf, 0, c.store.dev, c.store.buf, int64(c.view.Offset*size), int64(t.Numel()*size))
	runtime.KeepAlive(c) // its memory must not go before it was read
	if err != nil {
		u.Free()
		panic(newError("todevice", err, t))
	}
	return u
}

func bytesOf[T dtype.Element](s []T) []byte {
	if len(s) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), len(s)*int(unsafe.Sizeof(s[0])))
}
