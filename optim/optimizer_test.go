package optim_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

func param(n int) *tensor.Tensor {
	return tensor.Ones(tensor.CPU(), dtype.Float32, n).SetRequiresGrad(true)
}

var every = []optim.Algorithm{
	optim.SGD{Momentum: 0.9}, optim.Adam{AMSGrad: true}, optim.AdamW{}, optim.RMSprop{Momentum: 0.9, Centered: true}, optim.Adagrad{},
	optim.Adadelta{}, optim.Adamax{}, optim.NAdam{}, optim.RAdam{}, optim.ASGD{}, optim.Rprop{}, optim.Lion{},
	optim.SparseAdam{}, optim.Adafactor{},
}

func TestParametersWithoutGradientStay(t *testing.T) {
	for _, a := range every {
		p, q := param(2), param(2)
		p.SetGrad(tensor.OnesLike(p))
		opt := optim.New(a, []*tensor.Tensor{p, q})
		opt.Step()
		if q.Float64s()[0] != 1 || p.Float64s()[0] >= 1 {
			t.Errorf("%T: with a gradient %v, without %v; want less than 1 and 1", a, p.Float64s(), q.Float64s())
		}
		opt.ZeroGrad()
		if p.Grad() != nil {
			t.Errorf("%T: ZeroGrad left a gradient", a)
		}
	}
}

// TestKernelsAreShared checks that steps do not compile and keep nothing.
func TestKernelsAreShared(t *testing.T) {
	stats, counted := backend.As[backend.MemoryStats](tensor.CPU())
	if c, ok := backend.As[backend.Counter](tensor.CPU()); ok {
		c.CountSmall(true)
		defer c.CountSmall(false)
	}
	for _, a := range every {
		if first, second := a.Kernel(), a.Kernel(); first != second {
			t.Errorf("%T: Kernel compiles each time", a)
		}
		p := param(1000)
		opt := optim.New(a, []*tensor.Tensor{p})
		p.SetGrad(tensor.OnesLike(p))
		opt.Step()
		if !counted {
			continue
		}
		before := stats.Stats().Buffers
		for range 10 {
			opt.Step()
		}
		if after := stats.Stats().Buffers; after > before {
			t.Errorf("%T: 10 steps keep %d buffers", a, after-before)
		}
	}
}

func TestLearningRateZero(t *testing.T) {
	p := param(1)
	opt := optim.Adam{}.New([]*tensor.Tensor{p})
	opt.SetLR(0) // as a warm-up begins; not the default
	p.SetGrad(tensor.OnesLike(p))
	opt.Step()
	if p.Item() != 1 {
		t.Errorf("a step with rate 0 moved the parameter to %v", p.Item())
	}
}

func TestWrongStates(t *testing.T) {
	p := param(2)
	p.SetGrad(tensor.OnesLike(p))
	opt := optim.Adam{}.New([]*tensor.Tensor{p})
	opt.Step()
	state := maps.Collect(opt.StateDict())
	for _, c := range []struct {
		want string
		opt  *optim.Optimizer
	}{
		{"no 0.momentum_buffer", optim.SGD{Momentum: 0.9}.New([]*tensor.Tensor{p})},
		{"want [3] for the parameter [3]", optim.Adam{}.New([]*tensor.Tensor{param(3)})},
		{"no group.1.lr", func() *optim.Optimizer {
			o := optim.Adam{}.New([]*tensor.Tensor{p})
			o.Add(optim.Adam{}, []*tensor.Tensor{param(1)})
			return o
		}()},
	} {
		if err := c.opt.LoadStateDict(state); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

func TestAddTwice(t *testing.T) {
	p := param(1)
	opt := optim.SGD{}.New([]*tensor.Tensor{p})
	err := tensor.Try(func() error { opt.Add(optim.SGD{}, []*tensor.Tensor{p}); return nil })
	if err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("got %v", err)
	}
}
