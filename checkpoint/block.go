package checkpoint

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// A block is a tensor whose elements lie next to each other.
type block struct {
	element
	shape   []int
	at      int64 // offset in the file, -1 if it must be unpacked
	size    int64 // in bytes
	big     bool  // the most significant byte comes first
	columns bool  // the first axis is the one that changes fastest
	unpack  func() ([]byte, error)
}

func (b *block) describe() Meta {
	return Meta{Format: b.name, DType: b.dtype, Shape: b.shape, Offset: b.at, Size: b.size}
}

func (b *block) load(l *loader) (*tensor.Tensor, error) {
	data, err := l.elements(b)
	if err != nil {
		return nil, err
	}
	if !b.columns {
		return tensor.FromBytes(l.dev, b.dtype, data, b.shape...), nil
	}
	back := slices.Clone(b.shape)
	slices.Reverse(back)
	t := tensor.FromBytes(l.dev, b.dtype, data, back...)
	defer t.Free()
	axes := make([]int, len(back))
	for i := range axes {
		axes[i] = len(back) - 1 - i
	}
	return t.Permute(axes...), nil
}

// elements returns the elements of b in the host's byte order, to be used
// before the next call.
func (l *loader) elements(b *block) (data []byte, err error) {
	own := true
	if b.unpack != nil {
		data, err = b.unpack()
	} else {
		data, own, err = l.bytes(b.at, b.size)
	}
	if err != nil {
		return nil, err
	}
	if size := b.dtype.Size(); size > 1 && b.big != bigEndian {
		data = l.mine(data, own)
		reverseEach(data, size)
	}
	if b.dtype == dtype.Bool {
		for i, x := range data {
			if x > 1 {
				return nil, problem(ErrLayout, "element %d of a BOOL tensor is byte %d, want 0 or 1", i, x)
			}
		}
	}
	return data, nil
}
