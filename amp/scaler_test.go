package amp_test

import (
	"maps"
	"math"
	"testing"

	"github.com/hekla-ml/hekla/amp"
	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/golden"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// TestTraining learns exclusive or with a convolution, a normalisation and an
// LSTM in front, in each precision.
func TestTraining(t *testing.T) {
	for _, d := range []dtype.DType{dtype.BFloat16, dtype.Float16} {
		b := nn.On(tensor.CPU(), dtype.Float32, 1)
		conv, norm := b.Conv1d(1, 8, 3, nn.Pad(1)), b.BatchNorm1d(8)
		lstm, head := b.LSTM(8, 16, nn.RecurrentConfig{BatchFirst: true}), b.Linear(16, 2)
		params := nn.Parameters([]any{conv, norm, lstm, head})
		opt := optim.Adam{LR: 0.02}.New(params)
		scaler := amp.Scaler{}.New()
		x := tensor.From(tensor.CPU(), []float32{0, 0, 0, 1, 1, 0, 1, 1}, 4, 1, 2)
		y := tensor.From(tensor.CPU(), []int64{0, 1, 1, 0})
		first, last := 0.0, 0.0
		for i := range 120 {
			tensor.Scope(func(s *tensor.Arena) {
				h := norm.Forward(conv.Forward(s.Own(x.Detach()).Autocast(d))).ReLU()
				out, _, _ := lstm.Forward(h.Transpose(1, 2), nil, nil)
				logits := head.Forward(out.Select(1, 1))
				if logits.DType() != d {
					t.Fatalf("logits are %v, want %v", logits.DType(), d)
				}
				loss := nn.CrossEntropy(logits, y)
				if loss.DType() != dtype.Float32 {
					t.Fatalf("the loss is %v, want float32", loss.DType())
				}
				opt.ZeroGrad()
				autograd.Backward(scaler.Scale(loss))
				for _, p := range params {
					if p.Grad().DType() != dtype.Float32 {
						t.Fatalf("a gradient is %v, want float32", p.Grad().DType())
					}
				}
				scaler.Step(opt)
				if i == 0 {
					first = loss.Item()
				}
				last = loss.Item()
			})
		}
		t.Logf("%v: loss %.3f to %.4f, scale %v, %d steps skipped", d, first, last, scaler.Factor(), scaler.Skipped())
		if !(last < 0.05) {
			t.Errorf("%v: loss %v after training, want below 0.05", d, last)
		}
	}
}

func TestOverflow(t *testing.T) {
	p := tensor.Ones(tensor.CPU(), dtype.Float32, 2).SetRequiresGrad(true)
	q := tensor.Ones(tensor.CPU(), dtype.Float32, 2).SetRequiresGrad(true)
	opt, other := optim.SGD{LR: 1}.New([]*tensor.Tensor{p}), optim.SGD{LR: 1}.New([]*tensor.Tensor{q})
	s := amp.Scaler{Scale: 8, Interval: 2}.New()
	set := func(x float32) {
		p.SetGrad(tensor.From(tensor.CPU(), []float32{8, x}))
		q.SetGrad(tensor.From(tensor.CPU(), []float32{8, 8}))
	}
	set(float32(math.Inf(1)))
	if s.StepAll(opt, other) || p.Float64s()[0] != 1 || q.Float64s()[0] != 0 || s.Factor() != 4 || s.Skipped() != 1 {
		t.Errorf("after an overflow: %v, %v, scale %v", p.Float64s(), q.Float64s(), s.Factor())
	}
	set(float32(math.NaN()))
	if s.Step(opt) || s.Factor() != 2 {
		t.Errorf("NaN: scale %v, want 2", s.Factor())
	}
	set(4)
	if !s.Unscale(opt) || p.Grad().Float64s()[0] != 4 || !s.Unscale(opt) || p.Grad().Float64s()[0] != 4 {
		t.Errorf("unscaled to %v, want 4 once", p.Grad().Float64s())
	}
	again := amp.Scaler{Interval: 2}.New()
	if !s.Step(opt) || p.Float64s()[0] != -3 || s.Factor() != 2 {
		t.Errorf("a good step led to %v, scale %v", p.Float64s(), s.Factor())
	}
	if err := again.LoadStateDict(maps.Collect(s.StateDict())); err != nil {
		t.Fatal(err)
	}
	set(1)
	if !again.Step(opt) || again.Factor() != 4 {
		t.Errorf("scale %v after two good steps, want 4", again.Factor())
	}
	if again.LoadStateDict(nil) == nil {
		t.Error("an empty state was loaded")
	}
}

func TestMixedPrecision(t *testing.T) { golden.Mixed(t, tensor.CPU()) }
