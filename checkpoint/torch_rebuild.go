package checkpoint

import (
	"unicode/utf8"

	"github.com/hekla-ml/hekla/internal/pickle"
)

func badArgs(what string, args pickle.Tuple) error {
	kinds := make([]string, len(args))
	for i, a := range args {
		kinds[i] = pickle.Kind(a)
	}
	return problem(ErrPickle, "%s is made of %v", what, kinds)
}

// newDict makes a dictionary, of a list of pairs if there is one.
func newDict(_ *torchReader, args pickle.Tuple) (any, error) {
	d := &pickle.Dict{}
	if len(args) == 0 {
		return d, nil
	}
	switch from := args[0].(type) {
	case *pickle.Dict:
		for _, k := range from.Keys() {
			v, _ := from.Get(k)
			if err := d.Set(k, v); err != nil {
				return nil, err
			}
		}
		return d, nil
	case *pickle.List:
		for _, item := range from.Items {
			pair, ok := item.(pickle.Tuple)
			if l, isList := item.(*pickle.List); isList {
				pair, ok = l.Items, true
			}
			if !ok || len(pair) != 2 {
				return nil, problem(ErrPickle, "a dictionary is made of a %s, want pairs", pickle.Kind(item))
			}
			if err := d.Set(pair[0], pair[1]); err != nil {
				return nil, problem(ErrPickle, "%v", err)
			}
		}
		return d, nil
	}
	return nil, badArgs("a dictionary", args)
}

// newDefaultDict leaves out what makes missing values.
func newDefaultDict(t *torchReader, args pickle.Tuple) (any, error) {
	return newDict(t, args[min(1, len(args)):])
}

// A namespace is an object whose attributes are given later.
type namespace struct{ *pickle.Dict }

func newNamespace(*torchReader, pickle.Tuple) (any, error) { return namespace{&pickle.Dict{}}, nil }

func newSet(_ *torchReader, args pickle.Tuple) (any, error) {
	if len(args) == 0 {
		return &pickle.Set{}, nil
	}
	if l, ok := args[0].(*pickle.List); ok {
		return &pickle.Set{Items: l.Items}, nil
	}
	return nil, badArgs("a set", args)
}

func newSize(_ *torchReader, args pickle.Tuple) (any, error) {
	if len(args) == 1 {
		switch l := args[0].(type) {
		case pickle.Tuple:
			return l, nil
		case *pickle.List:
			return pickle.Tuple(l.Items), nil
		}
	}
	return nil, badArgs("a size", args)
}

// newDevice keeps a device's type, such as "cuda"; tensors go where the caller
// of this package wants them.
func newDevice(_ *torchReader, args pickle.Tuple) (any, error) {
	if len(args) > 0 {
		if s, ok := args[0].(string); ok {
			return s, nil
		}
	}
	return nil, badArgs("a device", args)
}

// encodeLatin1 is how protocol 2 writes bytes.
func encodeLatin1(_ *torchReader, args pickle.Tuple) (any, error) {
	var s, encoding string
	if len(args) != 2 || !as(args[0], &s) || !as(args[1], &encoding) || encoding != "latin1" || !utf8.ValidString(s) {
		return nil, badArgs("bytes", args)
	}
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 255 {
			return nil, problem(ErrPickle, "bytes are made of the character %q", r)
		}
		b = append(b, byte(r))
	}
	return b, nil
}

// rebuildTensor is (storage, offset, shape, strides, ...); what follows are
// flags and hooks of autograd.
func rebuildTensor(t *torchReader, args pickle.Tuple) (any, error) {
	return t.rebuild(args, func(p storagePart) (element, error) { return p.typ.element, nil })
}

// rebuildTensorV3 has a type besides, at place 6, for an untyped storage.
func rebuildTensorV3(t *torchReader, args pickle.Tuple) (any, error) {
	return t.rebuild(args, func(storagePart) (element, error) {
		var e element
		if len(args) < 7 || !as(args[6], &e) {
			return e, badArgs("a tensor", args)
		}
		return e, nil
	})
}

func (t *torchReader) rebuild(args pickle.Tuple, typ func(storagePart) (element, error)) (any, error) {
	if len(args) < 4 {
		return nil, badArgs("a tensor", args)
	}
	if id, ok := args[0].(pickle.Tuple); ok { // where the file has no opcode for it
		s, err := t.persistent(id)
		if err != nil {
			return nil, err
		}
		args[0] = s
	}
	var p storagePart
	var offset int64
	shape, ok1 := ints(args[2])
	strides, ok2 := ints(args[3])
	if !as(args[0], &p) || !as(args[1], &offset) || !ok1 || !ok2 {
		return nil, badArgs("a tensor", args)
	}
	e, err := typ(p)
	if err != nil {
		return nil, err
	}
	if offset > 0 && p.offset > 0 && offset+p.offset < 0 {
		return nil, problem(ErrLayout, "a tensor at offset %d of a part at %d", offset, p.offset)
	}
	return newTorchTensor(e, p.storage, offset+p.offset, shape, strides)
}

func ints(v any) ([]int64, bool) {
	t, ok := v.(pickle.Tuple)
	if l, isList := v.(*pickle.List); isList {
		t, ok = l.Items, true
	}
	list := make([]int64, len(t))
	for i, x := range t {
		if !as(x, &list[i]) {
			return nil, false
		}
	}
	return list, ok
}

// rebuildParameter is a tensor and whether it is trained.
func rebuildParameter(_ *torchReader, args pickle.Tuple) (any, error) {
	if len(args) > 0 {
		if i, ok := args[0].(item); ok {
			return i, nil
		}
	}
	return nil, badArgs("a parameter", args)
}

// rebuildFromType is (function, type, its arguments, attributes).
func rebuildFromType(t *torchReader, args pickle.Tuple) (any, error) {
	if len(args) == 4 {
		if inner, ok := args[2].(pickle.Tuple); ok {
			return t.call(args[0], inner)
		}
	}
	return nil, badArgs("a tensor", args)
}

func noTensor(what string) callable {
	return func(*torchReader, pickle.Tuple) (any, error) { return &unsupported{what}, nil }
}

// setState gives an object attributes. Those of tensors are left out.
func setState(v, state any) (any, error) {
	if _, ok := v.(namespace); ok {
		d, ok := state.(*pickle.Dict)
		if !ok {
			return nil, problem(ErrPickle, "the attributes of a namespace are a %s", pickle.Kind(state))
		}
		return namespace{d}, nil
	}
	if n, ok := v.(*numpyType); ok {
		return n.build(state)
	}
	if _, ok := v.(item); ok {
		return v, nil
	}
	return nil, problem(ErrPickle, "attributes for a %s", pickle.Kind(v))
}
