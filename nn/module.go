package nn

import (
	"iter"
	"reflect"
	"slices"
	"strconv"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// A Layer is a module that maps one tensor to one tensor.
type Layer interface {
	Forward(x *tensor.Tensor) *tensor.Tensor
}

// A Lister names its parameters itself, where the names of fields would not
// do. The functions of this package then look at no field of it.
type Lister interface {
	ListParameters(yield func(name string, at **tensor.Tensor))
}

// A Nester names the modules inside it itself. The functions of this package
// then look at no field of it.
type Nester interface {
	ListModules(yield func(name string, m any))
}

// A describer adds to a node what its own fields do not say.
type describer interface{ describe(n *node, depth int) }

// A node is a module with what was found in its fields.
type node struct {
	name, path string
	value      any   // the module, by pointer where it can be had
	inlined    []any // embedded modules, whose fields count as value's own
	slots      []slot
	children   []*node
}

// A slot is a place that holds a parameter or a buffer.
type slot struct {
	path   string
	t      *tensor.Tensor
	buffer bool
	set    func(t *tensor.Tensor)
}

// maxDepth is more than any model has; only a cycle exceeds it.
const maxDepth = 500

// tree walks over a module. Parameters come before buffers and these before
// the modules inside, as in PyTorch.
func tree(m any) *node {
	if m == nil {
		panic(misuse("module", "nil is no module"))
	}
	n := &node{}
	n.add(reflect.ValueOf(m), 0)
	return n
}

func (n *node) add(v reflect.Value, depth int) {
	if depth > maxDepth {
		panic(misuse("module", "%s: modules are nested in a cycle", n.path))
	}
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	if v.CanInterface() && v.Type().Name() != "" {
		m := v.Interface()
		if v.CanAddr() {
			m = v.Addr().Interface()
		}
		if n.value == nil {
			n.value = m
		} else {
			n.inlined = append(n.inlined, m)
		}
		if l, ok := m.(Lister); ok {
			l.ListParameters(func(name string, at **tensor.Tensor) {
				if *at != nil {
					n.slots = append(n.slots, slot{path: join(n.path, name), t: *at, set: func(t *tensor.Tensor) { *at = t }})
				}
			})
			return
		}
		if d, ok := m.(describer); ok {
			d.describe(n, depth+1)
			return
		}
		if l, ok := m.(Nester); ok {
			l.ListModules(func(name string, m any) { n.addItem(reflect.ValueOf(m), name, false, depth, nil) })
			return
		}
	}
	switch v.Kind() {
	case reflect.Struct:
		n.addFields(v, depth)
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			n.addItem(v.Index(i), strconv.Itoa(i), false, depth, v.Index(i).Set)
		}
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return compareKeys(a.String(), b.String()) })
		for _, k := range keys {
			n.addItem(v.MapIndex(k), k.String(), false, depth, func(x reflect.Value) { v.SetMapIndex(k, x) })
		}
	}
}

func (n *node) addFields(v reflect.Value, depth int) {
	fields := fieldsOf(v.Type())
	for _, f := range fields {
		switch at := v.Field(f.index); f.role {
		case parameter, buffer:
			n.addItem(at, f.name, f.role == buffer, depth, at.Set)
		case embedded:
			n.add(at, depth+1)
		}
	}
	// Parameters of embedded modules are n's own and stand before its children.
	for _, f := range fields {
		if f.role == child {
			n.addItem(v.Field(f.index), f.name, false, depth, nil)
		}
	}
	slices.SortStableFunc(n.slots, func(a, b slot) int { return btoi(a.buffer) - btoi(b.buffer) })
}

// addItem adds a tensor or a module inside n under a name.
func (n *node) addItem(v reflect.Value, name string, isBuffer bool, depth int, set func(reflect.Value)) {
	for v.Kind() == reflect.Interface && !v.IsNil() {
		v = v.Elem()
	}
	if !holdsTensors(v.Type()) {
		return
	}
	path := join(n.path, name)
	if v.Type() == tensorType {
		if v.IsNil() {
			return
		}
		n.slots = append(n.slots, slot{path: path, t: v.Interface().(*tensor.Tensor), buffer: isBuffer, set: func(t *tensor.Tensor) {
			if set == nil {
				panic(misuse("module", "%s cannot be replaced; hold its module by pointer", path))
			}
			set(reflect.ValueOf(t))
		}})
		return
	}
	if k := v.Kind(); (k == reflect.Pointer || k == reflect.Map || k == reflect.Slice) && v.IsNil() {
		return
	}
	c := &node{name: name, path: path}
	c.add(v, depth+1)
	n.children = append(n.children, c)
}

// walk visits n and all nodes below it until f returns false.
func (n *node) walk(f func(n *node) bool) bool {
	if !f(n) {
		return false
	}
	for _, c := range n.children {
		if !c.walk(f) {
			return false
		}
	}
	return true
}

// slotsOf returns all places of tensors in order, with those that hold the same
// tensor once more if again is set.
func slotsOf(m any, again bool) []slot {
	var all []slot
	seen := map[*tensor.Tensor]bool{}
	tree(m).walk(func(n *node) bool {
		for _, s := range n.slots {
			if again || !seen[s.t] {
				seen[s.t] = true
				all = append(all, s)
			}
		}
		return true
	})
	return all
}

// NamedParameters yields the parameters of a module with their names. One that
// is used in several places comes once.
func NamedParameters(m any) iter.Seq2[string, *tensor.Tensor] { return named(m, false) }

// NamedBuffers yields the buffers of a module, tensors that are part of its
// state but are not trained, with their names.
func NamedBuffers(m any) iter.Seq2[string, *tensor.Tensor] { return named(m, true) }

func named(m any, buffers bool) iter.Seq2[string, *tensor.Tensor] {
	return func(yield func(string, *tensor.Tensor) bool) {
		for _, s := range slotsOf(m, false) {
			if s.buffer == buffers && !yield(s.path, s.t) {
				return
			}
		}
	}
}

// Parameters returns the parameters of a module, what an optimizer takes.
func Parameters(m any) []*tensor.Tensor {
	var l []*tensor.Tensor
	for _, p := range NamedParameters(m) {
		l = append(l, p)
	}
	return l
}

// NumParameters returns the number of elements of all parameters.
func NumParameters(m any) int {
	n := 0
	for _, p := range NamedParameters(m) {
		n += p.Numel()
	}
	return n
}

// Modules yields a module and all modules inside it with their paths; that of
// the first is empty. Each pointer comes once.
func Modules(m any) iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		seen := map[any]bool{}
		tree(m).walk(func(n *node) bool {
			if n.value == nil {
				return true // a plain slice or map of modules
			}
			if reflect.TypeOf(n.value).Kind() == reflect.Pointer {
				if seen[n.value] {
					return true
				}
				seen[n.value] = true
			}
			return yield(n.path, n.value)
		})
	}
}

// Apply calls f on each module inside m and then on m, the inner ones first.
func Apply(m any, f func(m any)) {
	var all []any
	for _, x := range Modules(m) {
		all = append(all, x)
	}
	for _, x := range slices.Backward(all) {
		f(x)
	}
}

// ZeroGrad drops the gradients of all parameters.
func ZeroGrad(m any) {
	for _, p := range NamedParameters(m) {
		p.SetGrad(nil)
	}
}

// Freeze stops the training of all parameters, Unfreeze resumes it.
func Freeze(m any) { setRequiresGrad(m, false) }

// Unfreeze wants gradients for all parameters.
func Unfreeze(m any) { setRequiresGrad(m, true) }

func setRequiresGrad(m any, want bool) {
	for _, p := range NamedParameters(m) {
		p.SetRequiresGrad(want)
	}
}

// To moves a module to a device (nil: where it is) and converts its float
// tensors to a type (dtype.Invalid: as they are). The tensors are replaced: make
// optimizers afterwards.
func To(m any, dev backend.Device, d dtype.DType) {
	moved := map[*tensor.Tensor]*tensor.Tensor{} // shared tensors stay shared
	for _, s := range slotsOf(m, true) {
		u := moved[s.t]
		if u == nil {
			u = move(s.t, dev, d)
			moved[s.t] = u
		}
		if u != s.t {
			s.set(u)
		}
	}
}

func move(t *tensor.Tensor, dev backend.Device, d dtype.DType) *tensor.Tensor {
	if dev == nil {
		dev = t.Device()
	}
	if d == dtype.Invalid || !t.DType().IsFloat() {
		d = t.DType()
	}
	if t.Device() == dev && t.DType() == d {
		return t
	}
	u := t.Detach().To(d).ToDevice(dev).Keep()
	if t.RequiresGrad() {
		u.SetRequiresGrad(true)
	}
	if g := t.Grad(); g != nil {
		u.SetGrad(move(g, dev, d))
	}
	return u
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
