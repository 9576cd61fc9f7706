package checkpoint

import (
	"fmt"
	"strings"

	"github.com/hekla-ml/hekla/internal/pickle"
)

// setObject keeps what a file holds and names its tensors.
func (f *File) setObject(root any) error {
	f.object = root
	n := namer{items: f.items, left: maxValues}
	if err := n.add(root); err != nil {
		return err
	}
	for _, i := range f.items {
		if t, ok := i.(*torchTensor); ok {
			t.users++
		}
	}
	return nil
}

// Limits on what is walked over: shared pieces can make a small file very deep
// and very wide.
const (
	maxValues  = 4 << 20
	maxNesting = 200
)

func tooMany() error {
	return problem(ErrPickle, "more than %d values, or nested more than %d deep or in a cycle", maxValues, maxNesting)
}

// A namer gives tensors the names of the keys on the way to them.
type namer struct {
	items map[string]item
	path  []any // the keys on the way to where it is
	left  int   // of maxValues
}

func (n *namer) add(v any) error {
	if n.left--; n.left < 0 || len(n.path) > maxNesting {
		return tooMany()
	}
	switch v := v.(type) {
	case item:
		return n.name(v)
	case *pickle.Dict:
		for _, k := range v.Keys() {
			x, _ := v.Get(k)
			if err := n.below(k, x); err != nil {
				return err
			}
		}
	case namespace:
		return n.add(v.Dict)
	case *pickle.List:
		return n.list(v.Items)
	case pickle.Tuple:
		return n.list(v)
	}
	return nil
}

func (n *namer) list(l []any) error {
	for i, x := range l {
		if err := n.below(i, x); err != nil {
			return err
		}
	}
	return nil
}

func (n *namer) below(key, v any) error {
	n.path = append(n.path, key)
	defer func() { n.path = n.path[:len(n.path)-1] }()
	return n.add(v)
}

func (n *namer) name(i item) error {
	keys := make([]string, len(n.path))
	for i, k := range n.path {
		keys[i] = fmt.Sprint(k)
	}
	name := strings.Join(keys, ".")
	if n.items[name] != nil {
		return problem(ErrName, "two tensors are called %.200q", name)
	}
	n.items[name] = i
	return nil
}
