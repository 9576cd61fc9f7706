// Package dtype names the element types of tensors, converts between them, and
// says which type an operation on two of them yields.
package dtype

import "fmt"

// A DType is the type of a tensor's elements.
type DType uint8

// The element types, in the order of their category (bool, integer, float).
const (
	Invalid DType = iota
	Bool
	Uint8
	Int8
	Int16
	Int32
	Int64
	Float16
	BFloat16
	Float32
	Float64
)

// Default is the type of float tensors made without one, and of the result of
// a float function of integers.
const Default = Float32

var table = [...]struct {
	name string
	size int
}{
	Invalid: {"invalid", 0},
	Bool:    {"bool", 1}, Uint8: {"uint8", 1}, Int8: {"int8", 1}, Int16: {"int16", 2}, Int32: {"int32", 4}, Int64: {"int64", 8},
	Float16: {"float16", 2}, BFloat16: {"bfloat16", 2}, Float32: {"float32", 4}, Float64: {"float64", 8},
}

// All returns every valid type.
func All() []DType {
	return []DType{Bool, Uint8, Int8, Int16, Int32, Int64, Float16, BFloat16, Float32, Float64}
}

// String returns the name PyTorch and NumPy use, such as "float32".
func (d DType) String() string {
	if int(d) >= len(table) {
		return fmt.Sprintf("dtype(%d)", d)
	}
	return table[d].name
}

// Size returns the bytes one element takes, 0 for a type that does not exist.
func (d DType) Size() int {
	if int(d) >= len(table) {
		return 0
	}
	return table[d].size
}

// IsFloat reports whether d is a floating-point type.
func (d DType) IsFloat() bool { return d >= Float16 && d <= Float64 }

// IsInt reports whether d is an integer type; Bool is not.
func (d DType) IsInt() bool { return d >= Uint8 && d <= Int64 }

// Parse returns the type with the given name, as String prints it.
func Parse(name string) (DType, error) {
	for d, row := range table {
		if d != int(Invalid) && row.name == name {
			return DType(d), nil
		}
	}
	return Invalid, fmt.Errorf("dtype: unknown type %q, want one of %v", name, All())
}
