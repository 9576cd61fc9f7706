// Package amp scales losses for training in mixed precision. The precision itself
// is a property of tensors, see tensor.Tensor.Autocast:
//
//	scaler := amp.Scaler{}.New()
//	tensor.Scope(func(s *tensor.Arena) {
//		x := s.Own(x).Autocast(dtype.Float16)
//		loss := nn.CrossEntropy(net.Forward(x), y)
//		opt.ZeroGrad()
//		autograd.Backward(scaler.Scale(loss))
//		scaler.Step(opt)
//	})
//
// Small gradients vanish in float16, so they are computed of a loss that is some
// thousand times too large, and divided again before the step. BFloat16 has the
// range of float32 and needs no scaling.
package amp

import (
	"fmt"
	"iter"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/tensor"
)

// Scaler are the options of a GradScaler. Zeros are PyTorch's defaults.
type Scaler struct {
	Scale    float64 // to begin with; 0 means 65536
	Growth   float64 // of the scale after Interval good steps; 0 means 2
	Backoff  float64 // of the scale after an overflow; 0 means 0.5
	Interval int     // 0 means 2000
}

// New returns a scaler.
func (c Scaler) New() *GradScaler {
	def := func(x *float64, d float64) {
		if *x == 0 {
			*x = d
		}
	}
	def(&c.Scale, 65536)
	def(&c.Growth, 2)
	def(&c.Backoff, 0.5)
	if c.Interval == 0 {
		c.Interval = 2000
	}
	return &GradScaler{config: c, scale: c.Scale}
}

// A GradScaler scales losses and takes steps only where gradients are finite.
type GradScaler struct {
	config   Scaler
	scale    float64
	good     int // steps since the scale last changed
	skipped  int
	unscaled map[Optimizer]bool // whether its gradients are finite, where Unscale was called
}

// An Optimizer is what a GradScaler steps.
type Optimizer interface {
	Groups() []*optim.Group
	Step()
}

// Scale returns the loss times the scale, for Backward.
func (s *GradScaler) Scale(loss *tensor.Tensor) *tensor.Tensor { return loss.MulScalar(s.scale) }

// Factor returns the scale now.
func (s *GradScaler) Factor() float64 { return s.scale }

// Skipped returns how many steps were not taken.
func (s *GradScaler) Skipped() int { return s.skipped }

// Unscale divides the gradients of an optimizer by the scale, before they are
// clipped, and reports whether all are finite. Step does it by itself.
func (s *GradScaler) Unscale(opt Optimizer) (finite bool) {
	if finite, done := s.unscaled[opt]; done {
		return finite
	}
	var grads []*tensor.Tensor
	for _, g := range opt.Groups() {
		for _, p := range g.Params {
			if grad := p.Grad(); grad != nil {
				grads = append(grads, grad)
			}
		}
	}
	tensor.ScaleAll(1/s.scale, grads)
	var sum *tensor.Tensor // 0, or NaN if any gradient is not finite
	for _, grad := range grads {
		next := tensor.Temporaries(grad.Device(), func(b op.Builder) []op.Value {
			zero := b.MapSumTo(nothing, nil, dtype.Float32, nil, grad)
			if sum != nil {
				zero = b.Add(sum, zero)
			}
			return []op.Value{zero}
		})[0]
		if sum != nil {
			sum.Free()
		}
		sum = next
	}
	finite = true
	if sum != nil {
		finite = sum.Item() == 0 // waits for the device, once
		sum.Free()
	}
	if s.unscaled == nil {
		s.unscaled = map[Optimizer]bool{}
	}
	s.unscaled[opt] = finite
	return finite
}

// nothing is 0 of what is finite, and else NaN.
var nothing = op.NewFn([]pointwise.Kind{pointwise.Float}, nil, func(in, _ []pointwise.Value) []pointwise.Value {
	return []pointwise.Value{in[0].Mul(pointwise.Const(0))}
})

// Step takes a step of the optimizer with the gradients divided by the scale, if
// they are finite, then changes the scale. It reports whether the step was taken.
// Of several optimizers for one loss, see StepAll.
func (s *GradScaler) Step(opt Optimizer) bool { return s.StepAll(opt) }

// StepAll is Step for optimizers whose gradients are of one loss: each is stepped
// if its own gradients are finite, and the scale changes once. It reports whether
// all were.
func (s *GradScaler) StepAll(opts ...Optimizer) (all bool) {
	all = true
	for _, opt := range opts {
		if s.Unscale(opt) {
			opt.Step()
		} else {
			all = false
		}
	}
	clear(s.unscaled)
	if !all {
		s.skipped++
		s.scale, s.good = s.scale*s.config.Backoff, 0
		return false
	}
	if s.good++; s.good == s.config.Interval {
		s.scale, s.good = s.scale*s.config.Growth, 0
	}
	return true
}

// StateDict yields what LoadStateDict needs to continue: "scale" and "good".
func (s *GradScaler) StateDict() iter.Seq2[string, *tensor.Tensor] {
	return func(yield func(string, *tensor.Tensor) bool) {
		if yield("scale", tensor.Scalar(tensor.CPU(), s.scale)) {
			yield("good", tensor.Scalar(tensor.CPU(), float64(s.good)))
		}
	}
}

// LoadStateDict continues from a state that StateDict yielded. If something is
// missing it returns an error and changes nothing.
func (s *GradScaler) LoadStateDict(state map[string]*tensor.Tensor) error {
	scale, good := state["scale"], state["good"]
	if scale == nil || good == nil || scale.Numel() != 1 || good.Numel() != 1 {
		return fmt.Errorf("amp: want numbers scale and good in the state, of %d entries", len(state))
	}
	s.scale, s.good = scale.Item(), int(good.Item())
	return nil
}
