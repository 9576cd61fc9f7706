package checkpoint

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/pickle"
	"github.com/hekla-ml/hekla/tensor"
)

var rebuildV2 = pickle.Global{Module: "torch._utils", Name: "_rebuild_tensor_v2"}

// tensor describes t; what storage it is a view of is found out when all
// tensors are known.
func (p *torchWriter) tensor(t *tensor.Tensor) (any, error) {
	if t == nil {
		return nil, fmt.Errorf("a tensor is nil")
	}
	if made, ok := p.made[t]; ok {
		return made, nil
	}
	made := &pickle.Call{Func: rebuildV2}
	p.made[t] = made
	p.tensors = append(p.tensors, saved{t, made})
	return made, nil
}

// A saved is a tensor and the call that makes it again.
type saved struct {
	t    *tensor.Tensor
	call *pickle.Call
}

// place gives each tensor a storage, the largest first, so that views find the
// tensor they are views of.
func (p *torchWriter) place() {
	order := slices.Clone(p.tensors)
	slices.SortStableFunc(order, func(a, b saved) int { return b.t.Numel() - a.t.Numel() })
	for _, s := range order {
		key, offset, strides := p.storage(s.t)
		base := p.storages[key]
		s.call.Args = pickle.Tuple{
			pickle.Persistent{ID: pickle.Tuple{"storage", storageOf[base.DType()], strconv.Itoa(key), "cpu", int64(base.Numel())}},
			int64(offset), tuple(s.t.Shape()), tuple(strides), false,
			&pickle.Call{Func: orderedDict, Args: pickle.Tuple{}}, // hooks, none
		}
	}
}

// storage finds the storage that t lies in, or makes one.
func (p *torchWriter) storage(t *tensor.Tensor) (key, offset int, strides []int) {
	_ = t.Device() // panics with a typed error if t was freed
	if t.Numel() > 0 {
		for i, s := range p.storages {
			if s.DType() != t.DType() || !s.IsContiguous() || !s.SharesStorage(t) {
				continue
			}
			from := t.Offset() - s.Offset()
			if from >= 0 && from+extentOf(t) <= s.Numel() {
				return i, from, t.Strides()
			}
		}
	}
	p.storages = append(p.storages, t)
	return len(p.storages) - 1, 0, rowMajor(t.Shape())
}

// extentOf returns the number of elements from t's first to its last.
func extentOf(t *tensor.Tensor) int {
	n := 1
	for i, size := range t.Shape() {
		n += (size - 1) * t.Strides()[i]
	}
	return n
}

func rowMajor(shape []int) []int {
	strides, n := make([]int, len(shape)), 1
	for i := len(shape) - 1; i >= 0; i-- {
		strides[i] = n
		n *= max(shape[i], 1)
	}
	return strides
}

// storageOf has PyTorch's type of storage for each type of element.
var storageOf = func() map[dtype.DType]pickle.Global {
	m := map[dtype.DType]pickle.Global{}
	for name, d := range storageTypes {
		if e, _ := torchElement(d); e.dtype != dtype.Invalid && name != "UntypedStorage" {
			m[e.dtype] = pickle.Global{Module: "torch", Name: name}
		}
	}
	return m
}()

func tuple(l []int) pickle.Tuple {
	t := make(pickle.Tuple, len(l))
	for i, x := range l {
		t[i] = int64(x)
	}
	return t
}
