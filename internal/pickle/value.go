// Package pickle reads and writes the data in Python's pickle files. It is no
// Python: nothing is imported or run. What a pickle builds beyond plain values
// goes through functions of the caller, which knows what it wants to allow.
//
// The format is that of Python's Lib/pickletools.py, protocols 0 to 5.
package pickle

import (
	"fmt"
	"math/big"
)

// Values are nil, bool, int64, *big.Int (beyond 64 bits), float64, string,
// []byte, Global, Tuple, *List, *Dict, *Set, and what a Reader's functions
// return. Lists, dictionaries and sets that Python shares are one pointer here.

// A Global is the name of something a Python module holds: a class, a function.
type Global struct{ Module, Name string }

func (g Global) String() string { return g.Module + "." + g.Name }

// A Tuple is a Python tuple.
type Tuple []any

// A List is a Python list.
type List struct{ Items []any }

// A Set is a Python set or frozenset, in the order of the file.
type Set struct{ Items []any }

// A Dict is a Python dictionary, in the order its keys were first set. Keys are
// nil, bool, int64, float64, string or Global.
type Dict struct {
	keys   []any
	values map[any]any
}

// Len returns the number of keys.
func (d *Dict) Len() int { return len(d.keys) }

// Keys returns the keys in order. The slice is shared: do not change it.
func (d *Dict) Keys() []any { return d.keys }

// Get returns the value of a key; ok tells whether it is there.
func (d *Dict) Get(key any) (value any, ok bool) {
	value, ok = d.values[key]
	return value, ok
}

// Set sets the value of a key. It returns an error if none can be kept by it.
func (d *Dict) Set(key, value any) error {
	switch key.(type) {
	case nil, bool, int64, float64, string, Global:
	default:
		return fmt.Errorf("a dictionary has a key of kind %s, want text, numbers or names", Kind(key))
	}
	if d.values == nil {
		d.values = map[any]any{}
	}
	// NaN, which equals nothing, would be added without end.
	if _, ok := d.values[key]; !ok && key == key {
		d.keys = append(d.keys, key)
	}
	if key == key {
		d.values[key] = value
	}
	return nil
}

// Kind names the Python type of a value.
func Kind(v any) string {
	switch v.(type) {
	case nil:
		return "None"
	case bool:
		return "bool"
	case int64, *big.Int:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case []byte:
		return "bytes"
	case Tuple:
		return "tuple"
	case *List:
		return "list"
	case *Dict:
		return "dict"
	case *Set:
		return "set"
	case Global:
		return "name"
	case mark:
		return "mark"
	}
	return fmt.Sprintf("%T", v)
}
