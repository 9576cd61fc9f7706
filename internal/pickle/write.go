package pickle

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"slices"
)

// A Call is an object that is made by calling what a name stands for.
type Call struct {
	Func Global
	Args Tuple
}

// A Persistent is an object outside the pickle.
type Persistent struct{ ID any }

// Marshal returns the pickle of v, in protocol 2, that of torch.save. v is made
// of the values a Reader returns, *Call and Persistent. A *Call that is there
// twice is one object in Python, too.
func Marshal(v any) ([]byte, error) {
	w := &writer{b: []byte{0x80, 2}, memo: map[any]uint32{}}
	if err := w.value(v, 0); err != nil {
		return nil, err
	}
	return append(w.b, opStop), nil
}

type writer struct {
	b    []byte
	memo map[any]uint32 // of names, texts and pointers
}

// maxDepth is more than data has; only a cycle exceeds it.
const maxDepth = 1000

func (w *writer) value(v any, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("values are nested more than %d deep, or in a cycle", maxDepth)
	}
	switch x := v.(type) {
	case nil:
		w.b = append(w.b, 'N')
	case bool:
		op := byte(0x89)
		if x {
			op = 0x88
		}
		w.b = append(w.b, op)
	case int64:
		w.int(x)
	case *big.Int:
		return fmt.Errorf("the number %v has more than 64 bits", x)
	case float64:
		w.b = binary.BigEndian.AppendUint64(append(w.b, 'G'), math.Float64bits(x))
	case string:
		return w.shared(x, func() error { return w.string(x) })
	case Global:
		return w.shared(x, func() error {
			w.b = append(w.b, "c"+x.Module+"\n"+x.Name+"\n"...)
			return nil
		})
	case Tuple:
		return w.tuple(x, depth)
	case *List:
		return w.shared(x, func() error { return w.filled(']', 'e', x.Items, depth) })
	case *Dict:
		return w.shared(x, func() error {
			var items []any
			for _, k := range x.keys {
				items = append(items, k, x.values[k])
			}
			return w.filled('}', 'u', items, depth)
		})
	case Persistent:
		if err := w.value(x.ID, depth+1); err != nil {
			return err
		}
		w.b = append(w.b, 'Q')
	case *Call:
		return w.shared(x, func() error {
			if err := w.value(x.Func, depth+1); err != nil {
				return err
			}
			if err := w.value(x.Args, depth+1); err != nil {
				return err
			}
			w.b = append(w.b, 'R')
			return nil
		})
	default:
		return fmt.Errorf("a value of type %T", v)
	}
	return nil
}

// shared writes a value once and refers to it after that.
func (w *writer) shared(key any, write func() error) error {
	if at, ok := w.memo[key]; ok {
		w.b = numbered(w.b, 'h', 'j', at)
		return nil
	}
	if err := write(); err != nil {
		return err
	}
	at := uint32(len(w.memo))
	w.memo[key] = at
	w.b = numbered(w.b, 'q', 'r', at)
	return nil
}

func numbered(b []byte, short, long byte, n uint32) []byte {
	if n < 256 {
		return append(b, short, byte(n))
	}
	return binary.LittleEndian.AppendUint32(append(b, long), n)
}

func (w *writer) int(n int64) {
	switch {
	case n >= 0 && n < 1<<8:
		w.b = append(w.b, 'K', byte(n))
	case n >= 0 && n < 1<<16:
		w.b = binary.LittleEndian.AppendUint16(append(w.b, 'M'), uint16(n))
	case n == int64(int32(n)):
		w.b = binary.LittleEndian.AppendUint32(append(w.b, 'J'), uint32(n))
	default:
		w.b = binary.LittleEndian.AppendUint64(append(w.b, 0x8a, 8), uint64(n))
	}
}

func (w *writer) string(s string) error {
	if uint64(len(s)) > math.MaxUint32 {
		return fmt.Errorf("a text of %d bytes", len(s))
	}
	w.b = append(binary.LittleEndian.AppendUint32(append(w.b, 'X'), uint32(len(s))), s...)
	return nil
}

func (w *writer) tuple(t Tuple, depth int) error {
	switch n := len(t); {
	case n == 0:
		w.b = append(w.b, ')')
		return nil
	case n > 3:
		w.b = append(w.b, '(')
	}
	for _, x := range t {
		if err := w.value(x, depth+1); err != nil {
			return err
		}
	}
	w.b = append(w.b, []byte{0x85, 0x86, 0x87, 't'}[min(len(t)-1, 3)])
	return nil
}

// filled writes an empty container and then what fills it, in pieces: Python's
// reader keeps those of one on its stack.
func (w *writer) filled(empty, fill byte, items []any, depth int) error {
	w.b = append(w.b, empty)
	for l := range slices.Chunk(items, 2000) {
		w.b = append(w.b, '(')
		for _, x := range l {
			if err := w.value(x, depth+1); err != nil {
				return err
			}
		}
		w.b = append(w.b, fill)
	}
	return nil
}
