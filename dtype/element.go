package dtype

// Element is the set of Go types that hold one tensor element.
type Element interface {
	bool | uint8 | int8 | int16 | int32 | int64 | F16 | BF16 | float32 | float64
}

// Of returns the DType whose elements are Ts.
func Of[T Element]() DType {
	var x T
	switch any(x).(type) {
	case bool:
		return Bool
	case uint8:
		return Uint8
	case int8:
		return Int8
	case int16:
		return Int16
	case int32:
		return Int32
	case int64:
		return Int64
	case F16:
		return Float16
	case BF16:
		return BFloat16
	case float32:
		return Float32
	case float64:
		return Float64
	}
	return Invalid
}
