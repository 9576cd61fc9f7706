//go:build linux && (amd64 || arm64)

package cuda

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// TestEntropy compares with the CPU: rows of a warp and of a block, pixels, numbers of
// targets that fill no block, what cannot be a logit, and targets that do not count.
func TestEntropy(t *testing.T) {
	m := &fakecuda.Machine{}
	dev := openFake(t, m)
	inf := float32(math.Inf(1))
	for _, c := range []struct {
		shape   []int
		kind    dtype.DType
		o       nn.ClassLoss
		special float32
		within  float64
	}{
		{shape: []int{9, 33}, kind: dtype.Float32, within: 2e-6},
		{shape: []int{3, 1025}, kind: dtype.Float32, o: nn.ClassLoss{LabelSmoothing: 0.2, Reduction: nn.Sum}, within: 1e-5},
		{shape: []int{2, 5, 19, 9}, kind: dtype.Float32, o: nn.ClassLoss{LabelSmoothing: 0.2}, within: 2e-6},
		{shape: []int{300, 1}, kind: dtype.Float32, within: 2e-6},
		{shape: []int{17, 40}, kind: dtype.Float16, within: 2e-3}, // of results that are rounded to 11 bits
		{shape: []int{2, 4, 150}, kind: dtype.BFloat16, o: nn.ClassLoss{Reduction: nn.None}, within: 2e-2},
		{shape: []int{9, 33}, kind: dtype.Float32, special: -inf, o: nn.ClassLoss{Reduction: nn.None}, within: 2e-6},
		{shape: []int{9, 33}, kind: dtype.Float32, special: inf, o: nn.ClassLoss{Reduction: nn.None}, within: 2e-6},
		{shape: []int{9, 33}, kind: dtype.Float32, special: float32(math.NaN()), o: nn.ClassLoss{Reduction: nn.None}, within: 2e-6},
		{shape: []int{3, 3, 7}, kind: dtype.Float32, special: -inf, o: nn.ClassLoss{Reduction: nn.None}, within: 2e-6},
	} {
		for _, weighted := range []bool{false, true} {
			t.Run(fmt.Sprint(c.kind, c.shape, c.o.LabelSmoothing, c.special, weighted), func(t *testing.T) {
				var results [2][][]float64
				for i, d := range []backend.Device{tensor.CPU(), dev} {
					tensor.Scope(func(s *tensor.Arena) {
						results[i] = entropyAndGradients(s, d, c.shape, c.kind, c.o, c.special, weighted)
					})
				}
				for k, want := range results[0] {
					for i, w := range want {
						got := results[1][k][i]
						if !(math.Abs(got-w) <= c.within*max(1, math.Abs(w))) && got != w && (got == got || w == w) {
							t.Fatalf("result %d[%d] = %v, want %v", k, i, got, w)
						}
					}
				}
			})
		}
	}
	if m.Fault != nil {
		t.Error(m.Fault)
	}
}

// entropyAndGradients returns the loss, and the gradients of logits and weights.
func entropyAndGradients(s *tensor.Arena, dev backend.Device, shape []int, kind dtype.DType, o nn.ClassLoss, special float32, weighted bool) (out [][]float64) {
	numel := 1
	for _, k := range shape {
		numel *= k
	}
	v, classes := make([]float32, numel), make([]int64, numel/shape[1])
	for i := range v {
		v[i] = float32(i*37%23)/4 - 2
	}
	if special != 0 {
		v[numel/2] = special
		copy(v, slices.Repeat([]float32{special}, shape[1])) // of the first row all
	}
	for i := range classes {
		if classes[i] = int64(i * 5 % shape[1]); i%7 == 3 {
			classes[i] = -100
		}
	}
	x := s.Own(tensor.From(dev, v, shape...).To(kind)).SetRequiresGrad(true)
	target := s.Own(tensor.From(dev, classes, slices.Delete(slices.Clone(shape), 1, 2)...))
	if weighted {
		w := s.Own(tensor.From(dev, v[:shape[1]], shape[1]).Square().AddScalar(0.5))
		if special != 0 {
			w = s.Own(tensor.Full(dev, dtype.Float32, 0.5, shape[1]))
		}
		o.Weight = w.To(kind).Detach().SetRequiresGrad(true)
	} else {
		target = target.To(dtype.Int32)
	}
	loss := nn.CrossEntropy(x, target, o)
	out = append(out, loss.Float64s())
	autograd.Backward(loss.Sum())
	out = append(out, x.Grad().Float64s())
	x.SetGrad(nil)
	if weighted {
		out = append(out, o.Weight.Grad().Float64s())
		o.Weight.SetGrad(nil)
	}
	return out
}

// TestEntropyClass: a class that there is not is an error where the host next waits.
func TestEntropyClass(t *testing.T) {
	m := &fakecuda.Machine{}
	dev := openFake(t, m)
	for _, bad := range []int64{-1, 3} {
		tensor.Scope(func(s *tensor.Arena) {
			x, y := s.Own(tensor.Full(dev, dtype.Float32, 1, 2, 3)), s.Own(tensor.From(dev, []int64{0, bad}))
			err := tensor.Try(func() error { nn.CrossEntropy(x, y).Item(); return nil })
			if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("crossentropy, or a call before it: index %d is out of range", bad)) {
				t.Errorf("%v", err)
			}
		})
	}
	if m.Fault != nil {
		t.Error(m.Fault)
	}
}

// TestEntropyLaunches counts the launches of a loss and of its gradient: of that a one, the
// numbers of the classes, and the gradient.
func TestEntropyLaunches(t *testing.T) {
	for _, c := range []struct {
		name              string
		o                 nn.ClassLoss
		weighted          bool
		forward, backward int
	}{
		{"plain", nn.ClassLoss{}, false, 2, 3},
		{"smoothing", nn.ClassLoss{LabelSmoothing: 0.1}, false, 2, 3},
		{"weights", nn.ClassLoss{}, true, 2, 6},
		{"weights, smoothing, sum", nn.ClassLoss{LabelSmoothing: 0.1, Reduction: nn.Sum}, true, 2, 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &fakecuda.Machine{}
			dev := openFake(t, m)
			tensor.Scope(func(s *tensor.Arena) {
				x := s.Own(tensor.From(dev, counted(8*100), 8, 100)).SetRequiresGrad(true)
				y := s.Own(tensor.From(dev, []int64{1, 2, 3, -100, 5, 6, 7, 8}))
				if c.weighted {
					c.o.Weight = s.Own(tensor.From(dev, counted(100)))
				}
				before := m.Launches
				loss := nn.CrossEntropy(x, y, c.o)
				forward := m.Launches - before
				autograd.Backward(loss)
				if backward := m.Launches - before - forward; forward != c.forward || backward != c.backward {
					t.Errorf("%d launches forward, %d back, want %d and %d", forward, backward, c.forward, c.backward)
				}
				x.SetGrad(nil)
			})
			if m.Fault != nil {
				t.Error(m.Fault)
			}
		})
	}
}
