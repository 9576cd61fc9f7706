package tensor

import (
	"slices"
	"sync"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// Update runs a pointwise function over the operands and writes its outputs to
// dst, in one pass: the form of an optimizer's step. Outputs may be operands
// too. Nothing is recorded, even if operands require gradients.
func Update(fn *op.Fn, uniforms []float64, dst, operands []*Tensor) {
	update("update", dst, op.Map, &op.MapAttrs{Fn: fn, Uniforms: uniforms, Out: dtypesOf(dst)}, operands)
}

// UpdateAll is Update of each list of dst and operands. Lists of the same types
// that have no memory in common are one piece of work to a device that is a
// backend.ListRunner: for many small tensors that takes far less time.
func UpdateAll(fn *op.Fn, uniforms []float64, dst, operands [][]*Tensor) {
	if len(dst) != len(operands) {
		panic(newError("updateall", errMessage("%d lists of results, %d of operands", len(dst), len(operands))))
	}
	if len(dst) == 1 || !apart(dst, operands) {
		for i := range dst {
			Update(fn, uniforms, dst[i], operands[i])
		}
		return
	}
	b := batches.Get().(*batch)
	defer b.put()
	for i := range dst {
		if b.attrs == nil || !slices.EqualFunc(dst[i], dst[i-1], sameType) || !slices.EqualFunc(operands[i], operands[i-1], sameType) {
			b.run()
			b.attrs = &op.MapAttrs{Fn: fn, Uniforms: uniforms, Out: dtypesOf(dst[i])}
		}
		b.add(dst[i], operands[i])
	}
	b.run()
}

// ScaleAll multiplies the elements of every tensor by x, in place, as UpdateAll
// does: what clips and unscales gradients.
func ScaleAll(x float64, list []*Tensor) {
	lists := make([][]*Tensor, len(list))
	for i := range list {
		lists[i] = list[i : i+1 : i+1]
	}
	UpdateAll(scaled, []float64{x}, lists, lists)
}

var scaled = op.NewFn([]pointwise.Kind{pointwise.Float}, []pointwise.Kind{pointwise.Float}, func(in, x []pointwise.Value) []pointwise.Value {
	return []pointwise.Value{in[0].Mul(x[0])}
})

func dtypesOf(list []*Tensor) []dtype.DType {
	types := make([]dtype.DType, len(list))
	for i, t := range list {
		types[i] = t.dtype
	}
	return types
}

// sameType reports whether t and u are of one type, on one device.
func sameType(t, u *Tensor) bool {
	return t != nil && u != nil && t.store != nil && u.store != nil && t.dtype == u.dtype && t.store.dev == u.store.dev
}

var owners = sync.Pool{New: func() any { return map[*storage]int{} }}

// apart reports whether no list writes memory that another uses.
func apart(dst, operands [][]*Tensor) bool {
	owner := owners.Get().(map[*storage]int)
	defer owners.Put(owner)
	defer clear(owner)
	for i, list := range dst {
		for _, t := range list {
			if t == nil {
				return false // Update says what is wrong
			}
			if k, used := owner[t.store]; used && k != i {
				return false
			}
			owner[t.store] = i
		}
	}
	for i, list := range operands {
		for _, t := range list {
			if t == nil {
				return false
			}
			if k, used := owner[t.store]; used && k != i {
				return false
			}
		}
	}
	return true
}

// A batch is calls that are to run together.
type batch struct {
	dev   backend.Device
	attrs *op.MapAttrs
	lists []*call
	calls []*backend.Call // those of lists that are not empty
}

var batches = sync.Pool{New: func() any { return new(batch) }}

func (b *batch) add(dst, in []*Tensor) {
	c := take(in)
	b.lists = append(b.lists, c)
	b.dev = c.overwrite("update", dst, op.Map, b.attrs)
	c.results = append(c.results, dst...)
	if c.describe(op.Map, b.attrs, dst); c.Out[0].Numel() > 0 {
		b.calls = append(b.calls, &c.Call)
	}
}

// run runs what was added and forgets it.
func (b *batch) run() {
	defer b.clear()
	if len(b.calls) == 0 {
		return
	}
	if err := backend.RunList(b.dev, b.calls); err != nil {
		panic(newError("update", err, b.lists[0].operands...))
	}
	for _, c := range b.lists {
		for _, t := range c.results {
			t.store.version.Add(1)
		}
	}
}

func (b *batch) clear() {
	for _, c := range b.lists {
		c.done()
	}
	clear(b.lists)
	clear(b.calls)
	b.lists, b.calls = b.lists[:0], b.calls[:0]
}

func (b *batch) put() {
	b.clear()
	b.dev, b.attrs = nil, nil
	batches.Put(b)
}
