package data

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
	"github.com/hekla-ml/hekla/tensor"
)

// An Array is row-major elements in host memory, in the host's byte order.
type Array struct {
	DType dtype.DType
	Shape []int
	Data  []byte
}

// A Sample is one example: an input and, unless its DType is Invalid, a target,
// such as a label. More holds what else belongs to it.
type Sample struct {
	X, Y Array
	More []Array
}

// ArrayOf returns an Array of the elements of x, which it shares; without
// sizes it is a vector. It panics if x does not fill the shape.
func ArrayOf[T dtype.Element](x []T, sizes ...int) Array {
	if sizes == nil {
		sizes = []int{len(x)}
	}
	if err := shape.Check(sizes); err != nil || shape.Numel(sizes) != len(x) {
		panic(fmt.Sprintf("data: ArrayOf: %d elements do not fill shape %v", len(x), sizes))
	}
	a := Array{DType: dtype.Of[T](), Shape: sizes}
	if len(x) > 0 {
		a.Data = unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), len(x)*a.DType.Size())
	}
	return a
}

// Elements returns the elements of a, whose type T must stand for; it is the
// inverse of ArrayOf. The memory is shared, unless it is not aligned.
func Elements[T dtype.Element](a Array) []T {
	d := dtype.Of[T]()
	if d != a.DType || len(a.Data)%d.Size() != 0 {
		panic(fmt.Sprintf("data: Elements: %d bytes of %v, not of %v", len(a.Data), a.DType, d))
	}
	n := len(a.Data) / d.Size()
	p := unsafe.Pointer(unsafe.SliceData(a.Data))
	if uintptr(p)%uintptr(d.Size()) != 0 { // a part of something larger
		x := make([]T, n)
		if n > 0 {
			copy(unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), len(a.Data)), a.Data)
		}
		return x
	}
	return unsafe.Slice((*T)(p), n)
}

// Label returns a class number as the int64 scalar that losses want.
func Label(class int) Array { return ArrayOf([]int64{int64(class)}, []int{}...) }

// Stack makes a batch of samples, whose arrays must agree in type and shape: X
// is [n, ...] on dev, and so are Y and More.
func Stack(dev backend.Device, samples []Sample) (Batch, error) {
	var b Batch
	if len(samples) == 0 {
		return b, fmt.Errorf("no samples to stack")
	}
	var err error
	stack := func(name string, get func(s Sample) Array) *tensor.Tensor {
		if err != nil || get(samples[0]).DType == dtype.Invalid {
			return nil
		}
		var t *tensor.Tensor
		t, err = stackArrays(dev, name, len(samples), func(i int) Array { return get(samples[i]) })
		return t
	}
	for i, s := range samples {
		if len(s.More) != len(samples[0].More) {
			return b, fmt.Errorf("sample %d of the batch has %d further arrays, the first has %d", i, len(s.More), len(samples[0].More))
		}
	}
	b.X = stack("X", func(s Sample) Array { return s.X })
	b.Y = stack("Y", func(s Sample) Array { return s.Y })
	for k := range samples[0].More {
		b.More = append(b.More, stack(fmt.Sprintf("More[%d]", k), func(s Sample) Array { return s.More[k] }))
	}
	if err != nil {
		b.Free()
		return Batch{}, err
	}
	return b, nil
}

func stackArrays(dev backend.Device, name string, n int, get func(i int) Array) (*tensor.Tensor, error) {
	first := get(0)
	size := shape.Numel(first.Shape) * first.DType.Size()
	buf := borrow(n * size)
	defer giveBack(buf)
	for i := range n {
		a := get(i)
		if a.DType != first.DType || !slices.Equal(a.Shape, first.Shape) {
			return nil, fmt.Errorf("%s of sample %d of the batch is %v%v, of the first %v%v", name, i, a.DType, a.Shape, first.DType, first.Shape)
		}
		if len(a.Data) != size {
			return nil, fmt.Errorf("%s of sample %d of the batch has %d bytes, want %d for %v%v", name, i, len(a.Data), size, a.DType, a.Shape)
		}
		copy((*buf)[i*size:], a.Data)
	}
	return upload(dev, first.DType, *buf, append([]int{n}, first.Shape...))
}

func upload(dev backend.Device, d dtype.DType, b []byte, sizes []int) (t *tensor.Tensor, err error) {
	err = tensor.Try(func() error {
		t = tensor.FromBytes(dev, d, b, sizes...)
		return nil
	})
	return t, err
}
