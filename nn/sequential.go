package nn

import "github.com/hekla-ml/hekla/tensor"

// A Sequential is a chain of layers; the state's keys are 0.weight, 0.bias,
// 1.weight and so on.
type Sequential []Layer

// Forward passes x through all layers.
func (s Sequential) Forward(x *tensor.Tensor) *tensor.Tensor {
	y := x
	for _, l := range s {
		y = l.Forward(y)
	}
	return y
}

// String returns the chain as PyTorch prints it.
func (s Sequential) String() string {
	if len(s) == 0 {
		return "Sequential()"
	}
	return String(s)
}

// A Named is a layer of a NamedSequential.
type Named struct {
	Name  string
	Layer Layer
}

// A NamedSequential is a chain of layers whose names are the keys of the state.
type NamedSequential []Named

// Forward passes x through all layers.
func (s NamedSequential) Forward(x *tensor.Tensor) *tensor.Tensor {
	for _, l := range s {
		x = l.Layer.Forward(x)
	}
	return x
}

// ListModules names the layers.
func (s NamedSequential) ListModules(yield func(name string, m any)) {
	for _, l := range s {
		yield(l.Name, l.Layer)
	}
}

// Func makes a Layer of a function, for what needs no parameters.
type Func func(x *tensor.Tensor) *tensor.Tensor

// Forward calls f.
func (f Func) Forward(x *tensor.Tensor) *tensor.Tensor { return f(x) }

// Identity returns its input.
type Identity struct{}

// Forward returns x.
func (Identity) Forward(x *tensor.Tensor) *tensor.Tensor { return x }
