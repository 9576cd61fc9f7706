package optim

import (
	"fmt"
	"iter"
	"slices"
	"strconv"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// StateDict yields what LoadStateDict needs to continue: for parameter i, in the
// order they were added, "i.step", "i.exp_avg" and so on, and for group g
// "group.g.lr". Parameters that were never updated have none.
func (o *Optimizer) StateDict() iter.Seq2[string, *tensor.Tensor] {
	return func(yield func(string, *tensor.Tensor) bool) {
		i := -1
		for n, g := range o.groups {
			number := func(x float64) *tensor.Tensor { return tensor.Scalar(tensor.CPU(), x) }
			if !yield(groupKey(n), number(g.LR)) {
				return
			}
			k := g.Algorithm.Kernel()
			for _, p := range g.Params {
				i++
				s := o.states[p]
				if s.Step == 0 {
					continue
				}
				if !yield(key(i, "step"), number(float64(s.Step))) {
					return
				}
				for n, x := range s.Numbers {
					if !yield(key(i, "number"+strconv.Itoa(n)), number(x)) {
						return
					}
				}
				for n, slot := range k.slots(p) {
					if !yield(key(i, slot.Name), s.Tensors[n]) {
						return
					}
				}
			}
		}
	}
}

func key(param int, name string) string { return fmt.Sprintf("%d.%s", param, name) }
func groupKey(g int) string             { return fmt.Sprintf("group.%d.lr", g) }

// LoadStateDict continues from a state that StateDict yielded for the same
// algorithms and parameters. The tensors are copied. If some are missing or do
// not fit it returns an error and changes nothing.
func (o *Optimizer) LoadStateDict(state map[string]*tensor.Tensor) error {
	rates := make([]float64, len(o.groups))
	states := map[*tensor.Tensor]*State{}
	i := -1
	for n, g := range o.groups {
		lr := state[groupKey(n)]
		if lr == nil {
			return fmt.Errorf("optim: state has no %s: it is of %d groups or fewer, want %d", groupKey(n), n, len(o.groups))
		}
		rates[n] = lr.Item()
		k := g.Algorithm.Kernel()
		for _, p := range g.Params {
			i++
			s, err := read(state, i, k.slots(p), p)
			if err != nil {
				return err
			}
			states[p] = s
		}
	}
	if state[key(i+1, "step")] != nil || state[groupKey(len(o.groups))] != nil {
		return fmt.Errorf("optim: state is of more than %d groups or %d parameters", len(o.groups), i+1)
	}
	for n, g := range o.groups {
		g.LR = rates[n]
	}
	o.states = states
	return nil
}

// read returns the state of parameter i, copied to p's device and type.
func read(state map[string]*tensor.Tensor, i int, slots []Slot, p *tensor.Tensor) (*State, error) {
	step := state[key(i, "step")]
	if step == nil {
		return &State{}, nil
	}
	s := &State{Step: int(step.Item())}
	for k := 0; ; k++ {
		x := state[key(i, "number"+strconv.Itoa(k))]
		if x == nil {
			break
		}
		s.Numbers = append(s.Numbers, x.Item())
	}
	for _, slot := range slots {
		name := key(i, slot.Name)
		t := state[name]
		if t == nil {
			return nil, fmt.Errorf("optim: state has no %s: it is of another algorithm", name)
		}
		if !slices.Equal(t.Shape(), slot.Shape) || t.DType() == dtype.Invalid {
			return nil, fmt.Errorf("optim: state %s is %v, want %v for the parameter %v", name, t.Shape(), slot.Shape, p.Shape())
		}
		s.Tensors = append(s.Tensors, copied(t, p))
	}
	return s, nil
}

func copied(t, p *tensor.Tensor) *tensor.Tensor {
	u := tensor.Empty(p.Device(), p.DType(), t.Shape()...)
	from := t.Detach()
	u.CopyInPlace(from.ToDevice(p.Device()))
	from.Free()
	return u
}
