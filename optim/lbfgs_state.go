package optim

import (
	"fmt"
	"iter"
	"slices"

	"github.com/hekla-ml/hekla/tensor"
)

// StateDict yields what LoadStateDict needs to continue: "lr", "iterations", and
// after the first step "direction", "length", "grad", "scale", and for each step
// remembered "i.grads" and "i.steps".
func (o *LBFGSOptimizer) StateDict() iter.Seq2[string, *tensor.Tensor] {
	return func(yield func(string, *tensor.Tensor) bool) {
		number := func(x float64) *tensor.Tensor { return tensor.Scalar(tensor.CPU(), x) }
		if !yield("lr", number(o.group.LR)) || !yield("iterations", number(float64(o.iterations))) || o.iterations == 0 {
			return
		}
		if !yield("length", number(o.length)) || !yield("scale", number(o.scale)) ||
			!yield("direction", o.way) || !yield("grad", o.grad) {
			return
		}
		for i, p := range o.past {
			if !yield(key(i, "grads"), p.grads) || !yield(key(i, "steps"), p.steps) {
				return
			}
		}
	}
}

// LoadStateDict continues from a state that StateDict yielded for the same
// parameters. The tensors are copied. If some are missing or do not fit it
// returns an error and changes nothing.
func (o *LBFGSOptimizer) LoadStateDict(state map[string]*tensor.Tensor) error {
	p := o.group.Params[0]
	n := 0
	for _, p := range o.group.Params {
		n += p.Numel()
	}
	var err error
	get := func(name string, shape ...int) *tensor.Tensor {
		t := state[name]
		switch {
		case t == nil:
			err = fmt.Errorf("optim: state has no %s: it is of another algorithm", name)
		case !slices.Equal(t.Shape(), shape):
			err = fmt.Errorf("optim: state %s is %v, want %v", name, t.Shape(), shape)
		}
		if err != nil {
			return tensor.Zeros(p.Device(), p.DType(), shape...)
		}
		return copied(t, p)
	}
	number := func(name string) float64 {
		if t := state[name]; t != nil && t.Numel() == 1 {
			return t.Item() // in its own type, which may be wider than the parameters'
		}
		err = fmt.Errorf("optim: state has no number %s: it is of another algorithm", name)
		return 0
	}
	next := &LBFGSOptimizer{config: o.config, group: o.group, iterations: int(number("iterations"))}
	lr := number("lr")
	if next.iterations > 0 {
		next.length, next.scale = number("length"), number("scale")
		next.way, next.grad = get("direction", n), get("grad", n)
		for i := 0; err == nil && state[key(i, "grads")] != nil; i++ {
			q := pair{grads: get(key(i, "grads"), n), steps: get(key(i, "steps"), n)}
			q.inverse = 1 / dot(q.grads, q.steps)
			next.past = append(next.past, q)
		}
	}
	if err != nil {
		return err
	}
	next.group.LR = lr
	*o = *next
	return nil
}
