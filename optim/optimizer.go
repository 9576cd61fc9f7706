// Package optim updates parameters by their gradients. An algorithm is a value
// such as SGD{LR: 0.1} or AdamW{}, whose zero fields mean PyTorch's defaults;
// New makes an Optimizer of it:
//
//	opt := optim.AdamW{LR: 3e-4}.New(nn.Parameters(model))
//	...
//	autograd.Backward(loss)
//	opt.Step()
//	opt.ZeroGrad()
//
// Where the update of each element is by itself, as it mostly is, a step is one
// call of the device for all parameters of a group (see backend.ListRunner), else
// some for each. Package lr changes learning rates over time.
package optim

import (
	"fmt"
	"slices"

	"github.com/hekla-ml/hekla/tensor"
)

// None, as a field of an algorithm, means 0 where 0 means the default:
// AdamW{WeightDecay: optim.None}.
const None = -1

// An Algorithm is a rule for one step. Those of this package are all there is
// to it: others can be written outside.
type Algorithm interface {
	// Rate returns the learning rate to start with.
	Rate() float64
	// Kernel returns the update of one parameter. It is called for each step and
	// must return the same Kernel for the same algorithm.
	Kernel() *Kernel
	// Scalars returns the scalar arguments of the kernel. s counts this step
	// already.
	Scalars(lr float64, s *State) []float64
}

// State is what an Optimizer keeps for one parameter.
type State struct {
	Step    int              // steps so far
	Tensors []*tensor.Tensor // in the order of the kernel's names
	Numbers []float64        // what an algorithm keeps on the host besides
}

// A Starter is an Algorithm whose state does not begin with zeros.
type Starter interface {
	// Start returns the first value of each state tensor, and of the numbers.
	Start(lr float64) (tensors, numbers []float64)
}

// A Group is a set of parameters that are updated alike.
type Group struct {
	Params    []*tensor.Tensor
	Algorithm Algorithm
	LR        float64 // the learning rate now
}

// An Optimizer updates groups of parameters.
type Optimizer struct {
	groups []*Group
	states map[*tensor.Tensor]*State
	batch  batch // of one step, kept for its memory
}

// New returns an optimizer for parameters. More can be added, with an algorithm
// or options of their own.
func New(a Algorithm, params []*tensor.Tensor) *Optimizer {
	o := &Optimizer{states: map[*tensor.Tensor]*State{}}
	o.Add(a, params)
	return o
}

// Add adds a group of parameters, none of which may be in another, and returns
// it.
func (o *Optimizer) Add(a Algorithm, params []*tensor.Tensor) *Group {
	g := &Group{Params: slices.Clone(params), Algorithm: a, LR: a.Rate()}
	for _, p := range params {
		if o.states[p] != nil {
			panic(misuse("add", p, "the parameter is in the optimizer already"))
		}
		if !p.IsLeaf() {
			panic(misuse("add", p, "it was computed from others; only leaves can be trained"))
		}
		a.Kernel().slots(p) // panics if the algorithm is not for p
		o.states[p] = &State{}
	}
	o.groups = append(o.groups, g)
	return g
}

// Groups returns the groups, in the order they were added.
func (o *Optimizer) Groups() []*Group { return o.groups }

// LR returns the learning rate of the first group.
func (o *Optimizer) LR() float64 { return o.groups[0].LR }

// SetLR sets the learning rate of all groups.
func (o *Optimizer) SetLR(lr float64) {
	for _, g := range o.groups {
		g.LR = lr
	}
}

// ZeroGrad drops the gradients of all parameters.
func (o *Optimizer) ZeroGrad() {
	for _, g := range o.groups {
		for _, p := range g.Params {
			p.SetGrad(nil)
		}
	}
}

// Step updates every parameter that has a gradient.
func (o *Optimizer) Step() {
	b := &o.batch
	defer b.empty() // also if an update panics
	for _, g := range o.groups {
		k := g.Algorithm.Kernel()
		for _, p := range g.Params {
			grad := p.Grad()
			if grad == nil {
				continue
			}
			s := o.states[p]
			if s.Step == 0 {
				s.start(g, k, p)
			}
			s.Step++
			scalars := g.Algorithm.Scalars(g.LR, s)
			if k.fn == nil {
				k.run(p, grad, s.Tensors, scalars)
				continue
			}
			b.add(k.fn, scalars, p, grad, s.Tensors)
		}
	}
	b.run()
}

// start allocates the state of a parameter.
func (s *State) start(g *Group, k *Kernel, p *tensor.Tensor) {
	slots := k.slots(p)
	first := make([]float64, len(slots))
	if a, ok := g.Algorithm.(Starter); ok {
		first, s.Numbers = a.Start(g.LR)
	}
	s.Tensors = make([]*tensor.Tensor, len(slots))
	for i, slot := range slots {
		s.Tensors[i] = tensor.Full(p.Device(), p.DType(), first[i], slot.Shape...).Keep()
	}
}

func misuse(name string, p *tensor.Tensor, format string, args ...any) *tensor.Error {
	e := &tensor.Error{Op: "optim." + name, Err: fmt.Errorf(format, args...), Site: tensor.CallSite()}
	if p != nil {
		e.Shapes, e.DTypes = append(e.Shapes, p.Shape()), append(e.DTypes, p.DType())
	}
	return e
}
