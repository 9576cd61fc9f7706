package train_test

import (
	"context"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/data"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
	"github.com/hekla-ml/hekla/train"
)

// recordable is a job without what a replay would leave out, and without dropout, of
// which each replay draws other numbers than a step would.
func recordable(dev backend.Device, rec *backend.Recorder) *train.Loop {
	l := newJobOn(dev, "")
	net := l.Model.(nn.Sequential)
	net[5].(*nn.Dropout).P = 0
	l.Metrics, l.Recorder = nil, rec
	l.Loss = func(b data.Batch) *tensor.Tensor { return nn.CrossEntropy(net.Forward(b.X), b.Y) }
	return l
}

// A recorded run has the model of one that is not, to the bit: epochs end with a
// batch of another shape.
func TestRecorder(t *testing.T) {
	plain := recordable(tensor.CPU(), nil)
	rec := backend.Record(tensor.CPU())
	recorded := recordable(rec, rec)
	losses := 0
	recorded.Loss = counted(recorded.Loss, &losses)
	for _, l := range []*train.Loop{plain, recorded} {
		if err := l.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := fingerprint(recorded.Model), fingerprint(plain.Model); got != want {
		t.Errorf("fingerprint %s, want %s", got, want)
	}
	if losses != 1+4 || len(rec.Calls()) != 0 {
		t.Errorf("Loss was called %d times, want once and for the last batch of 4 epochs; %d calls are kept", losses, len(rec.Calls()))
	}
}

func counted(loss func(b data.Batch) *tensor.Tensor, n *int) func(b data.Batch) *tensor.Tensor {
	return func(b data.Batch) *tensor.Tensor { *n++; return loss(b) }
}

func TestRecorderRefuses(t *testing.T) {
	rec := backend.Record(tensor.CPU())
	for want, l := range map[string]func() *train.Loop{
		"want no Step and no Metrics": func() *train.Loop {
			l := newJobOn(rec, "")
			l.Recorder = rec
			return l
		},
		"is on cpu:0 itself, want": func() *train.Loop { return recordable(tensor.CPU(), rec) },
		"want parameters and batches on the Recorder": func() *train.Loop {
			l := recordable(rec, rec)
			l.Data.(*data.Loader[data.Sample]).Device = tensor.CPU()
			return l
		},
	} {
		if err := l().Run(context.Background()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
