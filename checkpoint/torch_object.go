package checkpoint

import (
	"fmt"
	"iter"
	"math/big"
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/pickle"
	"github.com/hekla-ml/hekla/tensor"
)

// A Dict is a Python dictionary, in the order its keys were first set. Keys are
// string, int64, float64, bool or nil.
type Dict struct {
	keys   []any
	values map[any]any
}

// Len returns the number of keys.
func (d *Dict) Len() int { return len(d.keys) }

// Get returns the value of a key, nil if there is none. A Go int does as an
// int64.
func (d *Dict) Get(key any) any { return d.values[plainKey(key)] }

// Has reports whether there is a key.
func (d *Dict) Has(key any) bool {
	_, ok := d.values[plainKey(key)]
	return ok
}

// Set sets the value of a key and returns d.
func (d *Dict) Set(key, value any) *Dict {
	key = plainKey(key)
	if d.values == nil {
		d.values = map[any]any{}
	}
	if _, ok := d.values[key]; !ok {
		d.keys = append(d.keys, key)
	}
	d.values[key] = value
	return d
}

// All yields keys and values in order.
func (d *Dict) All() iter.Seq2[any, any] {
	return func(yield func(key, value any) bool) {
		for _, k := range d.keys {
			if !yield(k, d.values[k]) {
				return
			}
		}
	}
}

func plainKey(key any) any {
	if i, ok := key.(int); ok {
		return int64(i)
	}
	return key
}

// LoadTorch reads what a PyTorch file holds, be it a state dict or a training
// checkpoint with an epoch and the optimizer's state, its tensors to dev. It is
// made of nil, bool, int64, *big.Int, float64, string, []byte, dtype.DType,
// []any (lists, tuples and sets), *Dict and *tensor.Tensor.
func LoadTorch(dev backend.Device, path string) (any, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Object(dev)
}

// Object is LoadTorch for an open file. Files of other formats have the tensors
// by name, a *Dict.
func (f *File) Object(dev backend.Device) (any, error) {
	l := f.loader(dev)
	defer l.close()
	l.share()
	c := converter{loader: l, left: maxValues, done: map[any]any{}}
	var v any
	var err error
	switch f.format {
	case TorchZip, TorchLegacy, TorchTar:
		v, err = c.value(f.object, 0)
	default:
		d := &Dict{}
		for _, name := range f.names {
			t, e := l.tensor(name)
			if e != nil {
				err = e
				break
			}
			c.tensors = append(c.tensors, t)
			d.Set(name, t)
		}
		v = d
	}
	if err != nil {
		for _, t := range c.tensors {
			t.Free()
		}
		return nil, within(f.path, "", -1, err)
	}
	return v, nil
}

// A converter makes Go values of a pickle's. What Python shares is one here.
type converter struct {
	*loader
	left    int         // of maxValues
	done    map[any]any // by pointers to dictionaries, lists, sets and tensors
	tensors []*tensor.Tensor
}

func (c *converter) value(v any, depth int) (any, error) {
	if c.left--; c.left < 0 || depth > maxNesting {
		return nil, tooMany()
	}
	switch v := v.(type) {
	case nil, bool, int64, float64, string, []byte, *big.Int:
		return v, nil
	case element:
		if v.dtype == dtype.Invalid {
			return v.name, nil
		}
		return v.dtype, nil
	case pickle.Global:
		return v.String(), nil
	case pickle.Tuple:
		return c.list(v, depth)
	case namespace:
		return c.value(v.Dict, depth)
	case callable:
		return nil, problem(ErrPickle, "a function among the values")
	case storagePart:
		return nil, problem(ErrDType, "a storage that is no tensor's")
	}
	if done, ok := c.done[v]; ok {
		return done, nil
	}
	var made any
	var err error
	switch v := v.(type) {
	case item:
		var t *tensor.Tensor
		if t, err = c.item(v); err == nil {
			c.tensors = append(c.tensors, t)
		}
		made = t
	case *pickle.Dict:
		made, err = c.dict(v, depth)
	case *pickle.List:
		made, err = c.list(v.Items, depth)
	case *pickle.Set:
		made, err = c.list(v.Items, depth)
	default:
		err = problem(ErrPickle, "a %s among the values", pickle.Kind(v))
	}
	if err != nil {
		return nil, err
	}
	c.done[v] = made
	return made, nil
}

func (c *converter) dict(d *pickle.Dict, depth int) (*Dict, error) {
	made := &Dict{}
	for _, k := range d.Keys() {
		x, _ := d.Get(k)
		y, err := c.value(x, depth+1)
		if err != nil {
			return nil, fmt.Errorf("%.50v: %w", k, err)
		}
		if g, ok := k.(pickle.Global); ok {
			k = g.String()
		}
		made.Set(k, y)
	}
	return made, nil
}

func (c *converter) list(l []any, depth int) ([]any, error) {
	made := slices.Clone(l)
	for i, x := range l {
		y, err := c.value(x, depth+1)
		if err != nil {
			return nil, fmt.Errorf("item %d: %w", i, err)
		}
		made[i] = y
	}
	return made, nil
}
