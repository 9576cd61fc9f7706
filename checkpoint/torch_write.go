package checkpoint

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/pickle"
	"github.com/hekla-ml/hekla/tensor"
)

// SaveTorch writes v to the file at path for torch.load, also with
// weights_only=True, and for Load and LoadTorch. The file is replaced at once
// when all is written.
//
// v is what LoadTorch returns, and tensors by name as the maps of Load or as
// nn.StateDict(m), whose order is kept; there may be maps of any values, slices
// and numbers of Go within. Tensors that share memory share it in PyTorch, as
// far as one of them is all of it.
func SaveTorch(path string, v any) error {
	return saveFile(path, func(w io.Writer) error { return WriteTorch(w, v) })
}

// WriteTorch writes v to w as SaveTorch does to a file.
func WriteTorch(w io.Writer, v any) error {
	p := &torchWriter{left: maxValues, made: map[any]any{}}
	var root any
	err := tensor.Try(func() (err error) {
		root, err = p.value(v, 0)
		p.place()
		return err
	})
	if err != nil {
		return err
	}
	pkl, err := pickle.Marshal(root)
	if err != nil {
		return problem(ErrPickle, "%v", err)
	}
	z := newArchive(w)
	if err := z.add("archive/data.pkl", torchAlign, pkl); err != nil {
		return err
	}
	if err := z.add("archive/byteorder", torchAlign, []byte("little")); err != nil {
		return err
	}
	var scratch []byte
	for i, t := range p.storages {
		if scratch, err = elementsOf(t, scratch); err != nil {
			return err
		}
		if err := z.add("archive/data/"+strconv.Itoa(i), torchAlign, scratch); err != nil {
			return err
		}
	}
	// The version of the format since PyTorch 1.6.
	if err := z.add("archive/version", torchAlign, []byte("3\n")); err != nil {
		return err
	}
	return z.Close()
}

// torchAlign is where PyTorch lets each member begin, in bytes.
const torchAlign = 64

// A torchWriter makes a pickle's values of Go's.
type torchWriter struct {
	left     int         // of maxValues
	made     map[any]any // by pointers to dictionaries and tensors
	tensors  []saved
	storages []*tensor.Tensor // whose elements become storages
}

func (p *torchWriter) value(v any, depth int) (any, error) {
	if p.left--; p.left < 0 || depth > maxNesting {
		return nil, tooMany()
	}
	switch v := v.(type) {
	case nil, bool, int64, float64, string:
		return v, nil
	case dtype.DType:
		return pickle.Global{Module: "torch", Name: v.String()}, nil
	case *tensor.Tensor:
		return p.tensor(v)
	case *Dict:
		return p.dict(v, depth)
	case []any:
		return p.list(v, depth)
	case map[string]*tensor.Tensor:
		return p.ordered(func(yield func(string, *tensor.Tensor) bool) {
			for _, k := range slices.Sorted(maps.Keys(v)) {
				if !yield(k, v[k]) {
					return
				}
			}
		})
	case iter.Seq2[string, *tensor.Tensor]:
		return p.ordered(v)
	}
	return p.plain(reflect.ValueOf(v), depth)
}

// ordered makes the OrderedDict of a state, tensors by name.
func (p *torchWriter) ordered(state iter.Seq2[string, *tensor.Tensor]) (any, error) {
	var pairs pickle.List
	for name, t := range state {
		x, err := p.tensor(t)
		if err != nil {
			return nil, &Error{Name: name, Offset: -1, Err: err}
		}
		pairs.Items = append(pairs.Items, pickle.Tuple{name, x})
	}
	return &pickle.Call{Func: orderedDict, Args: pickle.Tuple{&pairs}}, nil
}

var orderedDict = pickle.Global{Module: "collections", Name: "OrderedDict"}

func (p *torchWriter) dict(d *Dict, depth int) (any, error) {
	if made, ok := p.made[d]; ok {
		return made, nil
	}
	made := &pickle.Dict{}
	for k, x := range d.All() {
		y, err := p.value(x, depth+1)
		if err != nil {
			return nil, err
		}
		if err := made.Set(k, y); err != nil {
			return nil, problem(ErrPickle, "%v", err)
		}
	}
	p.made[d] = made
	return made, nil
}

// A listKey tells lists apart as Python does: those that share their memory are
// one.
type listKey struct {
	first *any
	n     int
}

func (p *torchWriter) list(l []any, depth int) (any, error) {
	var key listKey
	if len(l) > 0 {
		key = listKey{&l[0], len(l)}
		if made, ok := p.made[key]; ok {
			return made, nil
		}
	}
	made := &pickle.List{}
	for _, x := range l {
		y, err := p.value(x, depth+1)
		if err != nil {
			return nil, err
		}
		made.Items = append(made.Items, y)
	}
	if len(l) > 0 {
		p.made[key] = made
	}
	return made, nil
}

// plain converts Go's own numbers, slices and maps.
func (p *torchWriter) plain(v reflect.Value, depth int) (any, error) {
	switch v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if v.Uint() < 1<<63 {
			return int64(v.Uint()), nil
		}
	case reflect.Float32, reflect.Float64:
		return v.Float(), nil
	case reflect.String:
		return v.String(), nil
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Slice, reflect.Array:
		l := &pickle.List{}
		for i := range v.Len() {
			x, err := p.value(v.Index(i).Interface(), depth+1)
			if err != nil {
				return nil, err
			}
			l.Items = append(l.Items, x)
		}
		return l, nil
	case reflect.Map:
		return p.plainMap(v, depth)
	}
	return nil, problem(ErrPickle, "a value of type %v cannot be saved", v.Type())
}

func (p *torchWriter) plainMap(v reflect.Value, depth int) (any, error) {
	keys := v.MapKeys()
	made := &pickle.Dict{}
	slices.SortFunc(keys, func(a, b reflect.Value) int {
		if a.CanInt() && b.CanInt() {
			return cmp.Compare(a.Int(), b.Int())
		}
		return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b))
	})
	for _, k := range keys {
		x, err := p.value(v.MapIndex(k).Interface(), depth+1)
		if err != nil {
			return nil, err
		}
		key, err := p.value(k.Interface(), depth+1)
		if err == nil {
			err = made.Set(key, x)
		}
		if err != nil {
			return nil, problem(ErrPickle, "%v", err)
		}
	}
	return made, nil
}
