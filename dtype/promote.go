package dtype

// Promote returns the smallest type that can hold both a and b, by PyTorch's
// table: floats win over integers win over bool; two types of one category
// give the larger, uint8 with a signed integer the next signed one that holds
// both, float16 with bfloat16 float32.
func Promote(a, b DType) DType {
	if a > b {
		a, b = b, a
	}
	switch {
	case a == b || a == Bool:
		return b
	case a == Uint8 && b == Int8:
		return Int16
	case a == Float16 && b == BFloat16:
		return Float32
	}
	return b
}

// Category orders kinds of types: bool < integer < float.
func (d DType) category() int {
	switch {
	case d.IsFloat():
		return 2
	case d.IsInt():
		return 1
	}
	return 0
}

// An Operand is what type promotion needs to know of one operand.
type Operand struct {
	DType DType
	Rank  int  // 0 for a scalar tensor
	Go    bool // a Go number: weakest of all
}

// Result returns the type of an operation on the operands. As in PyTorch, a
// tensor with dimensions decides over a 0-dim tensor, and that over a Go
// number, unless the weaker operand's category (bool < integer < float) is
// higher; a Go float then brings Default, a Go integer Int64.
func Result(operands ...Operand) DType {
	var level [3]DType // by strength: with dimensions, 0-dim, Go number
	for _, o := range operands {
		i := 0
		if o.Go {
			i = 2
			if o.DType.IsFloat() {
				o.DType = Default
			}
		} else if o.Rank == 0 {
			i = 1
		}
		level[i] = Promote(level[i], o.DType)
	}
	r := level[0]
	for _, d := range level[1:] {
		if d != Invalid && (r == Invalid || d.category() > r.category()) {
			r = d
		}
	}
	return r
}
