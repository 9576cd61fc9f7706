package checkpoint

import (
	"encoding/binary"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
)

// An element type of the format. Those without a DType can be described, and
// their place in the file checked, but not loaded.
type element struct {
	name  string
	bits  int64
	dtype dtype.DType
}

// elements lists the types of safetensors 0.6 in the order of its enum Dtype,
// by which its writer sorts tensors (the last first), and ours with it.
//
// https://github.com/huggingface/safetensors/blob/main/safetensors/src/tensor.rs
var elements = []element{
	{"BOOL", 8, dtype.Bool},
	{"F4", 4, dtype.Invalid},
	{"F6_E2M3", 6, dtype.Invalid},
	{"F6_E3M2", 6, dtype.Invalid},
	{"U8", 8, dtype.Uint8},
	{"I8", 8, dtype.Int8},
	{"F8_E5M2", 8, dtype.Invalid},
	{"F8_E4M3", 8, dtype.Invalid},
	{"F8_E8M0", 8, dtype.Invalid},
	{"I16", 16, dtype.Int16},
	{"U16", 16, dtype.Invalid},
	{"F16", 16, dtype.Float16},
	{"BF16", 16, dtype.BFloat16},
	{"I32", 32, dtype.Int32},
	{"U32", 32, dtype.Invalid},
	{"F32", 32, dtype.Float32},
	{"C64", 64, dtype.Invalid},
	{"F64", 64, dtype.Float64},
	{"I64", 64, dtype.Int64},
	{"U64", 64, dtype.Invalid},
}

func elementByName(name string) (element, bool) {
	i := slices.IndexFunc(elements, func(e element) bool { return e.name == name })
	if i < 0 {
		return element{}, false
	}
	return elements[i], true
}

// rank is the place of d in the table of elements, -1 if it has none.
func rank(d dtype.DType) int {
	if d == dtype.Invalid {
		return -1
	}
	return slices.IndexFunc(elements, func(e element) bool { return e.dtype == d })
}

var bigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

// swap turns the elements of b between the file's byte order, little-endian,
// and the host's.
func swap(b []byte, size int) {
	if bigEndian && size > 1 {
		reverseEach(b, size)
	}
}

func reverseEach(b []byte, size int) {
	for i := 0; i+size <= len(b); i += size {
		slices.Reverse(b[i : i+size])
	}
}
