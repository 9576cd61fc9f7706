package checkpoint

import (
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// A storage is memory that tensors of a PyTorch file are views of. What is not
// known yet, as its place in a legacy file, is filled in later.
type storage struct {
	block // of all its bytes; shape is not used
	key   string
	users int // tensors by name that are views of it
}

// storageTypes are the types of storages and their elements by PyTorch's names:
// those of torch/storage.py.
var storageTypes = map[string]string{
	"BoolStorage": "bool", "ByteStorage": "uint8", "CharStorage": "int8", "ShortStorage": "int16", "IntStorage": "int32",
	"LongStorage": "int64", "HalfStorage": "float16", "BFloat16Storage": "bfloat16", "FloatStorage": "float32",
	"DoubleStorage": "float64", "ComplexFloatStorage": "complex64", "ComplexDoubleStorage": "complex128",
	"QInt8Storage": "qint8", "QUInt8Storage": "quint8", "QInt32Storage": "qint32", "UntypedStorage": "uint8",
}

// torchElement returns the element of a PyTorch dtype.
func torchElement(name string) (element, bool) {
	if d, err := dtype.Parse(name); err == nil {
		return element{name, int64(d.Size()) * 8, d}, true
	}
	size, ok := map[string]int64{
		"complex32": 32, "complex64": 64, "complex128": 128, "qint8": 8, "quint8": 8, "qint32": 32, "uint16": 16, "uint32": 32,
		"uint64": 64, "float8_e4m3fn": 8, "float8_e5m2": 8, "float8_e4m3fnuz": 8, "float8_e5m2fnuz": 8, "float8_e8m0fnu": 8,
	}[name]
	return element{name: name, bits: size}, ok
}

// A torchTensor is a view of a storage.
type torchTensor struct {
	element
	*storage
	shape, strides []int
	offset         int // of the first element, in elements
	span           int // elements from the first to the last, in the storage
}

// maxExpanded is the most bits, of 1 GiB, that a tensor may have whose elements
// are the same ones over and over: few bytes can claim any number.
const maxExpanded = 8 << 30

// newTorchTensor checks that the view lies within its storage.
func newTorchTensor(e element, s *storage, offset int64, shape, strides []int64) (*torchTensor, error) {
	t := &torchTensor{element: e, storage: s, shape: make([]int, len(shape)), strides: make([]int, len(shape))}
	bad := func(why string) error {
		return problem(ErrLayout, "a tensor of shape %v with strides %v at offset %d %s", shape, strides, offset, why)
	}
	if len(shape) != len(strides) {
		return nil, bad("does not have a stride for each axis")
	}
	numel, empty, last := uint64(1), false, uint64(0)
	for i, n := range shape {
		if n < 0 || strides[i] < 0 || n > math.MaxInt || strides[i] > math.MaxInt {
			return nil, bad("has a negative size or stride, or one beyond this machine")
		}
		t.shape[i], t.strides[i] = int(n), int(strides[i])
		if n == 0 {
			empty = true
			continue
		}
		hi, product := bits.Mul64(numel, uint64(n))
		over, step := bits.Mul64(uint64(n-1), uint64(strides[i]))
		if hi != 0 || product > math.MaxInt || over != 0 || step > math.MaxInt64-last {
			return nil, bad("has more elements than can be counted")
		}
		numel, last = product, last+step
	}
	if offset < 0 || offset > math.MaxInt {
		return nil, bad("begins outside of any storage")
	}
	t.offset = int(offset)
	if !empty {
		have := uint64(s.size*8) / uint64(e.bits)
		if last >= have || uint64(offset) >= have-last {
			return nil, bad(fmt.Sprintf("does not lie within its storage of %d", have))
		}
		t.span = int(last) + 1
		if numel > have && numel > maxExpanded/uint64(e.bits) {
			return nil, bad(fmt.Sprintf("has far more elements than its storage of %d", have))
		}
	}
	return t, nil
}

func (t *torchTensor) describe() Meta {
	m := Meta{Format: t.element.name, DType: t.element.dtype, Shape: t.shape, Offset: -1, Size: int64(t.span) * t.element.bits / 8}
	if t.at >= 0 {
		m.Offset = t.at + int64(t.offset)*t.element.bits/8
	}
	return m
}

// extent is the part of the storage that the tensor spans.
func (t *torchTensor) extent() *block {
	b := t.block
	b.element = t.element
	size := t.element.bits / 8
	from, n := int64(t.offset)*size, int64(t.span)*size
	b.size = n
	if b.unpack == nil {
		b.at += from
		return &b
	}
	b.unpack = func() ([]byte, error) {
		all, err := t.unpack()
		if err != nil {
			return nil, err
		}
		return all[from:][:n], nil
	}
	return &b
}

func (t *torchTensor) load(l *loader) (*tensor.Tensor, error) {
	if t.span == 0 {
		return tensor.FromBytes(l.dev, t.element.dtype, nil, t.shape...), nil
	}
	if l.bases != nil && t.users > 1 {
		b, err := l.base(t)
		if err != nil {
			return nil, err
		}
		return b.AsStrided(t.shape, t.strides, t.offset), nil
	}
	data, err := l.elements(t.extent())
	if err != nil {
		return nil, err
	}
	if t.dense() {
		return tensor.FromBytes(l.dev, t.element.dtype, data, t.shape...), nil
	}
	b := tensor.FromBytes(l.dev, t.element.dtype, data, t.span)
	defer b.Free()
	return b.AsStrided(t.shape, t.strides, 0), nil
}

// dense reports whether the elements lie in row-major order without gaps.
func (t *torchTensor) dense() bool {
	want := 1
	for i, n := range slices.Backward(t.shape) {
		if n != 1 && t.strides[i] != want {
			return false
		}
		want *= n
	}
	return true
}

// A base is a whole storage on the device, for tensors that share it.
type baseKey struct {
	s *storage
	d dtype.DType
}

// share makes tensors that are read from now on share memory as in the file.
func (l *loader) share() { l.bases = map[baseKey]*tensor.Tensor{} }

func (l *loader) base(t *torchTensor) (*tensor.Tensor, error) {
	key := baseKey{t.storage, t.element.dtype}
	if b := l.bases[key]; b != nil {
		return b, nil
	}
	whole := t.block
	whole.element = t.element
	size := t.element.dtype.Size()
	if whole.size != int64(int(whole.size)) {
		return nil, problem(ErrLayout, "a storage of %d bytes is more than this machine can address", whole.size)
	}
	data, err := l.elements(&whole)
	if err != nil {
		return nil, err
	}
	n := len(data) / size
	l.bases[key] = tensor.FromBytes(l.dev, t.element.dtype, data[:n*size], n)
	return l.bases[key], nil
}

// close lets go of the storages; tensors keep theirs.
func (l *loader) close() {
	for _, b := range l.bases {
		b.Free()
	}
}

// An unsupported is a tensor of a kind that this library has none of.
type unsupported struct{ what string }

func (u unsupported) describe() Meta { return Meta{Format: u.what, Offset: -1} }
func (u unsupported) load(*loader) (*tensor.Tensor, error) {
	return nil, problem(ErrDType, "%s", u.what)
}
