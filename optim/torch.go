package optim

import (
	"fmt"
	"maps"
)

// TorchOptions returns the options of an algorithm by PyTorch's names and with
// its defaults filled in, as a param_groups entry of torch.optim has them: numbers,
// bools, and [2]float64 for pairs; all but lr, which is the Group's. The error is
// of an algorithm that torch.optim has not, or not in this form.
func TorchOptions(a Algorithm) (map[string]any, error) {
	adam := func(betas [2]float64, eps, decay float64) map[string]any {
		b1, b2 := betasOr(betas)
		return map[string]any{"betas": [2]float64{b1, b2}, "eps": orDefault(eps, 1e-8), "weight_decay": decay}
	}
	with := func(m, more map[string]any) map[string]any {
		maps.Copy(m, more)
		return m
	}
	switch c := a.(type) {
	case SGD:
		return map[string]any{"momentum": c.Momentum, "dampening": c.Dampening, "nesterov": c.Nesterov, "weight_decay": c.WeightDecay, "maximize": c.Maximize}, nil
	case Adam:
		return with(adam(c.Betas, c.Eps, c.WeightDecay), map[string]any{"amsgrad": c.AMSGrad, "maximize": c.Maximize}), nil
	case AdamW:
		return with(adam(c.Betas, c.Eps, orDefault(c.WeightDecay, 0.01)), map[string]any{"amsgrad": c.AMSGrad, "maximize": c.Maximize}), nil
	case Adamax:
		return with(adam(c.Betas, c.Eps, c.WeightDecay), map[string]any{"maximize": c.Maximize}), nil
	case NAdam:
		return with(adam(c.Betas, c.Eps, c.WeightDecay), map[string]any{"momentum_decay": orDefault(c.MomentumDecay, 4e-3)}), nil
	case RAdam:
		return adam(c.Betas, c.Eps, c.WeightDecay), nil
	case RMSprop:
		return map[string]any{"alpha": orDefault(c.Alpha, 0.99), "eps": orDefault(c.Eps, 1e-8), "weight_decay": c.WeightDecay, "momentum": c.Momentum, "centered": c.Centered, "maximize": c.Maximize}, nil
	case Adagrad:
		return map[string]any{"lr_decay": c.LRDecay, "eps": orDefault(c.Eps, 1e-10), "weight_decay": c.WeightDecay, "initial_accumulator_value": c.InitialAccumulator, "maximize": c.Maximize}, nil
	case Adadelta:
		return map[string]any{"rho": orDefault(c.Rho, 0.9), "eps": orDefault(c.Eps, 1e-6), "weight_decay": c.WeightDecay, "maximize": c.Maximize}, nil
	case ASGD:
		return map[string]any{"lambd": orDefault(c.Lambda, 1e-4), "alpha": orDefault(c.Alpha, 0.75), "t0": orDefault(c.T0, 1e6), "weight_decay": c.WeightDecay, "maximize": false}, nil
	case Rprop:
		etas, steps := c.ranges()
		return map[string]any{"etas": etas, "step_sizes": steps, "maximize": false}, nil
	}
	return nil, fmt.Errorf("optim: torch.optim has nothing that goes on with the state of %T", a)
}
