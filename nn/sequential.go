package nn

import (
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// A Sequential is a chain of layers; the state's keys are 0.weight, 0.bias,
// 1.weight and so on. A Linear and the ReLU or GELU after it are one step; see
// Linear.ForwardThen.
type Sequential []Layer

// Forward passes x through all layers.
func (s Sequential) Forward(x *tensor.Tensor) *tensor.Tensor {
	return forward(x, len(s), func(i int) Layer { return s[i] })
}

// forward passes x through n layers.
func forward(x *tensor.Tensor, n int, at func(i int) Layer) *tensor.Tensor {
	for i := 0; i < n; i++ {
		if l, ok := at(i).(*Linear); ok && i+1 < n && epilogueOf(at(i+1)) != op.NoEpilogue {
			x = l.ForwardThen(x, at(i+1))
			i++
			continue
		}
		x = at(i).Forward(x)
	}
	return x
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
	return forward(x, len(s), func(i int) Layer { return s[i].Layer })
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
