package checkpoint

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/optim"
)

// TorchOptimizer returns the state of an optimizer as PyTorch's state_dict has it,
// with all options, so that training goes on there:
//
//	state, err := checkpoint.TorchOptimizer(opt)
//	err = checkpoint.SaveTorch("last.pt", new(checkpoint.Dict).Set("model", model).Set("optimizer", state))
//
//	optimizer.load_state_dict(torch.load("last.pt")["optimizer"])  # Python
//
// Parameters have numbers in the order of the optimizer's groups: give PyTorch's
// its parameters in the same order. OptimizerState is the way back. The error is
// of an algorithm that torch.optim has not.
func TorchOptimizer(o *optim.Optimizer) (*Dict, error) {
	var groups []any
	var algorithms []optim.Algorithm // of each parameter
	for _, g := range o.Groups() {
		options, err := optim.TorchOptions(g.Algorithm)
		if err != nil {
			return nil, err
		}
		group := new(Dict).Set("lr", g.LR)
		for _, k := range slices.Sorted(maps.Keys(options)) {
			v := options[k]
			if pair, ok := v.([2]float64); ok {
				v = []any{pair[0], pair[1]}
			}
			group.Set(k, v)
		}
		ids := []any{}
		for range g.Params {
			ids = append(ids, int64(len(algorithms)))
			algorithms = append(algorithms, g.Algorithm)
		}
		groups = append(groups, group.Set("params", ids))
	}
	states := &Dict{}
	for key, x := range o.StateDict() {
		place, name, _ := strings.Cut(key, ".")
		i, err := strconv.Atoi(place)
		if err != nil { // the learning rate of a group
			continue
		}
		if name = torchName(algorithms[i], name); name == "" {
			continue
		}
		if !states.Has(i) {
			states.Set(i, &Dict{})
		}
		if name == "step" {
			x = x.To(dtype.Float32) // as PyTorch counts
		}
		states.Get(i).(*Dict).Set(name, x)
	}
	return new(Dict).Set("state", states).Set("param_groups", groups), nil
}

// torchName returns PyTorch's name of a part of a parameter's state, "" for what
// it does not keep.
func torchName(a optim.Algorithm, name string) string {
	if _, ok := a.(optim.SGD); ok && name == "step" {
		return ""
	}
	if n, ok := strings.CutPrefix(name, "number"); ok {
		_, averaged := a.(optim.ASGD)
		for torch, k := range torchNumbers {
			if strconv.Itoa(k) == n && averaged == (torch != "mu_product") {
				return torch
			}
		}
	}
	return name
}
