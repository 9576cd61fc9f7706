package checkpoint

import (
	"fmt"

	"github.com/hekla-ml/hekla/tensor"
)

// OptimizerState makes of a PyTorch optimizer's state dict, as LoadTorch reads
// it, what the LoadStateDict of the same algorithm in package optim takes, so
// that training goes on where PyTorch left it. Learning rates come along; other
// options, such as betas, are the algorithm's in Go.
//
//	v, err := checkpoint.LoadTorch(dev, "last.pt")
//	state, err := checkpoint.OptimizerState(v.(*checkpoint.Dict).Get("optimizer"))
//	err = opt.LoadStateDict(state)
func OptimizerState(v any) (map[string]*tensor.Tensor, error) {
	d, _ := v.(*Dict)
	if d == nil {
		return nil, problem(ErrName, "a %T, want the dictionary of an optimizer's state", v)
	}
	states, ok1 := d.Get("state").(*Dict)
	groups, ok2 := d.Get("param_groups").([]any)
	if !ok1 || !ok2 {
		return nil, problem(ErrName, "a dictionary without state and param_groups, want an optimizer's")
	}
	all := map[string]*tensor.Tensor{}
	place := 0 // of the parameter, in all groups
	for g, x := range groups {
		group, _ := x.(*Dict)
		if group == nil {
			return nil, problem(ErrName, "group %d is a %T", g, x)
		}
		rate, ok := number(group.Get("lr"))
		params, ok2 := group.Get("params").([]any)
		if !ok || !ok2 {
			return nil, problem(ErrName, "group %d has no lr or no params", g)
		}
		all[fmt.Sprintf("group.%d.lr", g)] = tensor.Scalar(tensor.CPU(), rate)
		for _, id := range params {
			if s, ok := states.Get(id).(*Dict); ok {
				if err := addState(all, place, s); err != nil {
					return nil, err
				}
			}
			place++
		}
	}
	return all, nil
}

// torchNumbers are what PyTorch keeps besides tensors of the parameter's shape,
// in the order of optim.State's Numbers.
var torchNumbers = map[string]int{"mu_product": 0, "eta": 0, "mu": 1}

// addState adds the state of one parameter.
func addState(all map[string]*tensor.Tensor, place int, s *Dict) error {
	steps := 1.0 // SGD does not count
	found := false
	for key, v := range s.All() {
		name, _ := key.(string)
		t, isTensor := v.(*tensor.Tensor)
		x, isNumber := number(v)
		n, known := torchNumbers[name]
		switch {
		case v == nil: // a momentum that there is none of
			continue
		case name == "step" && isNumber:
			steps = x
		case isNumber && known:
			all[fmt.Sprintf("%d.number%d", place, n)] = tensor.Scalar(tensor.CPU(), x)
		case isTensor:
			all[fmt.Sprintf("%d.%s", place, name)] = t
		default:
			return problem(ErrName, "state %v of parameter %d is a %T", key, place, v)
		}
		found = true
	}
	if found {
		all[fmt.Sprintf("%d.step", place)] = tensor.Scalar(tensor.CPU(), steps)
	}
	return nil
}

// number returns v, a Go number or a tensor of one, as a float64.
func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case *tensor.Tensor:
		if v.Numel() == 1 && v.Rank() == 0 {
			return v.Item(), true
		}
	}
	return 0, false
}
