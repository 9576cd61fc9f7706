package checkpoint

import (
	"encoding/binary"
	"math"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/pickle"
)

// Training scripts often keep their best score as a NumPy scalar, so these are
// read, as plain numbers.

// A numpyType is a type of NumPy scalars, such as "f8".
type numpyType struct {
	name string
	big  bool
}

func newNumpyType(_ *torchReader, args pickle.Tuple) (any, error) {
	var name string
	if len(args) == 0 || !as(args[0], &name) {
		return nil, badArgs("a NumPy type", args)
	}
	return &numpyType{name: name}, nil
}

// build takes (version, byte order, ...).
func (n *numpyType) build(state any) (any, error) {
	t, ok := state.(pickle.Tuple)
	var order string
	if !ok || len(t) < 2 || !as(t[1], &order) {
		return nil, problem(ErrPickle, "the attributes of a NumPy type are a %s", pickle.Kind(state))
	}
	return &numpyType{n.name, order == ">"}, nil
}

func numpyScalar(_ *torchReader, args pickle.Tuple) (any, error) {
	var typ *numpyType
	var b []byte
	if len(args) != 2 || !as(args[0], &typ) {
		return nil, badArgs("a NumPy scalar", args)
	}
	switch x := args[1].(type) {
	case []byte:
		b = x
	case string: // Python 2
		b = []byte(x)
	}
	e, ok := numpyElement(typ.name)
	if !ok || len(b) != e.dtype.Size() {
		return nil, problem(ErrDType, "a NumPy scalar of type %.20q and %d bytes", typ.name, len(b))
	}
	return scalar(e.dtype, b, typ.big), nil
}

// scalar returns an element as a bool, an int64 or a float64.
func scalar(d dtype.DType, b []byte, big bool) any {
	var order binary.ByteOrder = binary.LittleEndian
	if big {
		order = binary.BigEndian
	}
	switch d {
	case dtype.Bool:
		return b[0] != 0
	case dtype.Uint8:
		return int64(b[0])
	case dtype.Int8:
		return int64(int8(b[0]))
	case dtype.Int16:
		return int64(int16(order.Uint16(b)))
	case dtype.Int32:
		return int64(int32(order.Uint32(b)))
	case dtype.Int64:
		return int64(order.Uint64(b))
	case dtype.Float16:
		return float64(dtype.F16(order.Uint16(b)).Float32())
	case dtype.Float32:
		return float64(math.Float32frombits(order.Uint32(b)))
	}
	return math.Float64frombits(order.Uint64(b))
}
