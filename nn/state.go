package nn

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/hekla-ml/hekla/tensor"
)

// StateDict yields the parameters and buffers of a module by name, in the order
// of its fields: what a checkpoint holds. The tensors are the module's own.
func StateDict(m any) iter.Seq2[string, *tensor.Tensor] {
	return func(yield func(string, *tensor.Tensor) bool) {
		for _, s := range slotsOf(m, true) {
			if !yield(s.path, s.t) {
				return
			}
		}
	}
}

// LoadStateDict copies a state into a module, converting element types and
// devices. Unless all shapes agree and, if strict, all names, it returns a
// *StateError and changes nothing.
func LoadStateDict(m any, state map[string]*tensor.Tensor, strict bool) error {
	e := &StateError{}
	known := map[string]bool{}
	slots := slotsOf(m, true)
	for _, s := range slots {
		known[s.path] = true
		u := state[s.path]
		switch {
		case u == nil && strict:
			e.Missing = append(e.Missing, s.path)
		case u != nil && !slices.Equal(u.Shape(), s.t.Shape()):
			e.Mismatched = append(e.Mismatched, fmt.Sprintf("%s: module has %v, state %v", s.path, s.t.Shape(), u.Shape()))
		}
	}
	for name := range state {
		if strict && !known[name] {
			e.Unexpected = append(e.Unexpected, name)
		}
	}
	if len(e.Missing)+len(e.Unexpected)+len(e.Mismatched) > 0 {
		slices.Sort(e.Unexpected)
		return e
	}
	for _, s := range slots {
		if u := state[s.path]; u != nil {
			assign(s.t, u)
		}
	}
	return nil
}

// assign copies the elements of u to those of t, a parameter.
func assign(t, u *tensor.Tensor) {
	at, from := t.Detach(), u.Detach()
	moved := from.ToDevice(t.Device())
	at.CopyInPlace(moved)
	moved.Free()
	from.Free()
	at.Free()
}

// A StateError says why a state does not fit a module.
type StateError struct {
	Missing    []string // names the module has and the state has not
	Unexpected []string // names the state has and the module has not
	Mismatched []string // names with both shapes
}

func (e *StateError) Error() string {
	var parts []string
	for _, p := range []struct {
		what  string
		names []string
	}{{"missing", e.Missing}, {"unexpected", e.Unexpected}, {"other shapes", e.Mismatched}} {
		if len(p.names) > 0 {
			parts = append(parts, p.what+" "+strings.Join(p.names, ", "))
		}
	}
	return "nn: state does not fit the module: " + strings.Join(parts, "; ")
}
