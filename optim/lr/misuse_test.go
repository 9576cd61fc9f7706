package lr_test

import (
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/optim/lr"
	"github.com/hekla-ml/hekla/tensor"
)

func TestMisuse(t *testing.T) {
	adagrad := optim.Adagrad{}.New([]*tensor.Tensor{tensor.Zeros(tensor.CPU(), dtype.Float32, 1).SetRequiresGrad(true)})
	for _, c := range []struct {
		want string
		do   func()
	}{
		{"2 schedules for 1 groups", func() { lr.New(optimizer(), lr.Step{Every: 1}, lr.Step{Every: 1}) }},
		{"no momentum to change", func() { lr.New(adagrad, lr.OneCycle{Max: 1, Steps: 10}) }},
		{"Every: 0", func() { lr.New(optimizer(), lr.Step{}) }},
		{"Steps: 0", func() { lr.New(optimizer(), lr.Cosine{}) }},
		{"Rise: 1.5", func() { lr.New(optimizer(), lr.OneCycle{Max: 1, Steps: 10, Rise: 1.5}) }},
		{"want 1 steps", func() { lr.New(optimizer(), lr.Sequence{Of: []lr.Schedule{lr.Step{Every: 1}, lr.Step{Every: 1}}}) }},
	} {
		err := tensor.Try(func() error { c.do(); return nil })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
	lr.New(adagrad, lr.OneCycle{Max: 1, Steps: 10, KeepMomentum: true})
}

// A rise of one step is at the largest rate at once; no rate is NaN.
func TestOneCycleShortPhases(t *testing.T) {
	for _, c := range []lr.OneCycle{
		{Max: 1, Steps: 10, Rise: 0.1}, {Max: 1, Steps: 10, Rise: 0.1, Linear: true}, {Max: 1, Steps: 10, Rise: 0.1, ThreePhase: true},
		{Max: 1, Steps: 2, Rise: 0.5}, {Max: 1, Steps: 2, Rise: 1}, {Max: 1, Steps: 10, Rise: 1, ThreePhase: true}, {Max: 1, Steps: 3},
	} {
		largest := 0.0
		for step := range c.Steps + 1 {
			rate := c.Rate(0, step)
			if m, _ := c.Momentum(step); !(rate > 0 && rate <= 1) || !(m >= 0.85 && m <= 0.95) {
				t.Errorf("%+v: step %d has rate %v and momentum %v", c, step, rate, m)
			}
			largest = max(largest, rate)
		}
		if c.Rise*float64(c.Steps) == 1 && largest != 1 {
			t.Errorf("%+v: the largest rate is %v, want 1", c, largest)
		}
	}
}

func TestSchedulesOfGroups(t *testing.T) {
	opt := optimizer()
	g := opt.Add(optim.SGD{LR: 2}, []*tensor.Tensor{tensor.Zeros(tensor.CPU(), dtype.Float32, 1).SetRequiresGrad(true)})
	s := lr.New(opt, lr.Exponential{Gamma: 0.5}, lr.Exponential{Gamma: 0.1})
	s.Seek(2)
	if opt.LR() != 0.25 || g.LR < 0.0199 || g.LR > 0.0201 {
		t.Errorf("rates %v and %v, want 0.25 and 0.02", opt.LR(), g.LR)
	}
}
