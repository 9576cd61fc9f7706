//go:build linux && (amd64 || arm64)

package cuda

import (
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// TestRecordedTraining replays the passes of a step as a graph, with the optimizer's
// steps between and memory that serves twice within: losses are those of steps one by one.
func TestRecordedTraining(t *testing.T) {
	m := &fakecuda.Machine{}
	pool := backend.Pool(openFake(t, m))
	train := func(replay bool) (losses []float32) {
		rec := backend.Record(pool)
		b := nn.On(rec, dtype.Float32, 1)
		net := nn.Sequential{b.Conv2d(1, 8, 3), b.BatchNorm2d(8), nn.ReLU{}, nn.MaxPool2d{Kernel: 2}, nn.Flatten{}, b.Linear(8*9, 5)}
		opt := optim.AdamW{LR: 1e-2}.New(nn.Parameters(net))
		x, y := sequence(rec, dtype.Float32, 7, 4, 1, 8, 8), tensor.Arange(rec, dtype.Int64, 0, 4, 1)
		rec.Reset()
		var loss *tensor.Tensor
		for i := range 4 {
			x.CopyInPlace(sequence(rec, dtype.Float32, 5+i, 4, 1, 8, 8))
			if i == 0 || !replay {
				rec.Reset()
				opt.ZeroGrad()
				tensor.Scope(func(s *tensor.Arena) {
					l := nn.CrossEntropy(net.Forward(s.Own(x.Detach())), y)
					autograd.Backward(l)
					loss = l.Detach().Keep()
				})
				rec.Stop()
			} else if err := rec.Replay(); err != nil {
				t.Fatal(err)
			}
			opt.Step()
			losses = append(losses, tensor.Data[float32](loss)[0])
		}
		rec.Reset()
		return losses
	}
	want := train(false)
	got := train(true)
	if !slices.Equal(got, want) || got[2] == got[0] {
		t.Errorf("losses %v, want %v, which change", got, want)
	}
	if m.Replays != 3 {
		t.Errorf("%d graphs were launched, want 3", m.Replays)
	}
	if m.Fault != nil {
		t.Error(m.Fault)
	}
}
