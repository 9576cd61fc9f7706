package cpu

import (
	"unsafe"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/shape"
)

// elements returns the elements of v's buffer from v's first one on, as Ts:
// element idx of the view is at sum(idx[i]*v.Strides[i]). T must have the size
// of v's elements.
func elements[T any](v *backend.View) []T {
	if v.Buffer == nil {
		return nil // an empty view; see checkView
	}
	mem := v.Buffer.(backend.HostBuffer).Bytes()
	var x T
	size := int(unsafe.Sizeof(x))
	n := len(mem)/size - v.Offset
	if n <= 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&mem[v.Offset*size])), n)
}

// dense returns the elements of a contiguous view.
func dense[T any](v *backend.View) []T { return elements[T](v)[:v.Numel()] }

// each calls f with the row-major number of each element of v and its place
// counted from v.Offset.
func each(v shape.View, f func(i, at int)) {
	n := v.Numel()
	if n == 0 {
		return
	}
	idx := make([]int, len(v.Shape))
	at := 0
	for i := range n {
		f(i, at)
		for k := len(idx) - 1; k >= 0; k-- {
			at += v.Strides[k]
			if idx[k]++; idx[k] < v.Shape[k] {
				break
			}
			at -= idx[k] * v.Strides[k]
			idx[k] = 0
		}
	}
}

// words returns s as words of the size of its elements.
func words[W, T any](s []T) []W {
	return unsafe.Slice((*W)(unsafe.Pointer(unsafe.SliceData(s))), len(s))
}

// bytesOf returns the memory of s.
func bytesOf[T any](s []T) []byte {
	var x T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(x)))
}
