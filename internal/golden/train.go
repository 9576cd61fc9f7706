package golden

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/hashfill"
	"github.com/hekla-ml/hekla/internal/recorded"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// trainings are what was recorded.
var trainings = []struct {
	name string
	make func(b *nn.Maker) nn.Layer
	opt  optim.Algorithm
	data func(t testing.TB, dev backend.Device, d dtype.DType) feed
}{
	{"mlp_mnist_sgd", mlp, optim.SGD{LR: 0.05, Momentum: 0.9}, digits},
	{"cnn_mnist_adam", CNN, optim.Adam{LR: 1e-3}, digits},
	{"gpt_names_adamw", GPT, optim.AdamW{LR: 3e-3}, names},
	{"rnn_names_sgd", RNN, optim.SGD{LR: 0.5}, names},
	{"lstm_names_sgd", LSTM, optim.SGD{LR: 0.5}, names},
	{"gru_names_sgd", GRU, optim.SGD{LR: 0.5}, names},
}

// Train repeats trainings that were recorded from PyTorch on a device, loss by
// loss: at most steps of each, and then, if these are all, the norms of the
// parameters. Without names it is all trainings.
func Train(t *testing.T, dev backend.Device, d dtype.DType, steps int, names ...string) {
	record := ReadJSON[map[string]training](t, recorded.Oracle(t, "golden/train.json"))
	count := &Tally{Section: fmt.Sprintf("train device=%s dtype=%v", dev.Info().Name, d)}
	defer count.Report(t)
	done := map[string]bool{}
	for _, c := range trainings {
		if len(names) > 0 && !slices.Contains(names, c.name) {
			continue
		}
		done[c.name] = true
		r, ok := record[c.name]
		if !ok {
			t.Fatalf("no training %s was recorded", c.name)
		}
		ok = t.Run(c.name+"/"+d.String(), func(t *testing.T) {
			m := c.make(nn.On(dev, d, 1))
			got := curve(m, c.opt, c.data(t, dev, d), min(steps, len(r.Losses64)))
			r.compare(t, c.name, d, got, m)
		})
		if ok {
			count.Passed++
		} else {
			count.Failed++
		}
	}
	for name := range record {
		if !done[name] {
			count.Skipped = append(count.Skipped, name)
		}
	}
}

// training is a record: losses of each step, and norms of the parameters in the
// end, in both types.
type training struct {
	Losses64 []float64          `json:"torch.float64"`
	Losses32 []float64          `json:"torch.float32"`
	Norms64  map[string]float64 `json:"params_l2_torch.float64"`
	Norms32  map[string]float64 `json:"params_l2_torch.float32"`
}

func (r training) compare(t *testing.T, name string, d dtype.DType, got []float64, m nn.Layer) {
	relative := func(x, want float64) float64 { return math.Abs(x-want) / want }
	// float64: sums in another order, over some 100 steps.
	worst, limit := 0.0, 1e-9
	for i, x := range got {
		worst = max(worst, relative(x, r.Losses64[i]))
		if d == dtype.Float32 {
			// PyTorch's own distance from float64, the largest so far, is what
			// rounding does to this curve; 4 times that is another order of
			// summation. 1e-6 is 8 units in the last place, where PyTorch was lucky.
			limit = max(limit, 4*relative(r.Losses32[i], r.Losses64[i]), 1e-6)
		}
	}
	t.Logf("loss %.9f after %d steps, want %.9f; largest relative error %.2g, limit %.2g", got[len(got)-1], len(got), r.Losses64[len(got)-1], worst, limit)
	if !(worst <= limit) {
		t.Errorf("losses differ by %v, want at most %v", worst, limit)
	}
	if len(got) < len(r.Losses64) {
		return
	}
	for p, w := range nn.NamedParameters(m) {
		want, limit := r.Norms64[p], 1e-9
		if d == dtype.Float32 {
			limit = max(4*relative(r.Norms32[p], want), 1e-6) // as above
		}
		if name == "cnn_mnist_adam" && p == "0.bias" {
			// A batch norm follows: the gradient is 0 but for rounding, which Adam
			// blows up to steps of up to 1e-3 in float32, and of 1e-3 times
			// 1e-17/1e-8 (rounding over Eps) in float64.
			limit = map[dtype.DType]float64{dtype.Float32: 0.1, dtype.Float64: 1e-6}[d]
		}
		if e := relative(l2(w), want); !(e <= limit) {
			t.Errorf("norm of %s: %v, want %v (relative error %.2g, limit %.2g)", p, l2(w), want, e, limit)
		}
	}
}

func l2(t *tensor.Tensor) float64 {
	sum := 0.0
	for _, x := range t.Float64s() {
		sum += x * x
	}
	return math.Sqrt(sum)
}

func curve(m nn.Layer, a optim.Algorithm, data feed, steps int) (losses []float64) {
	hashfill.Fill(m)
	opt := optim.New(a, nn.Parameters(m))
	for i := range steps {
		tensor.Scope(func(s *tensor.Arena) {
			x, y := data(i)
			loss := nn.CrossEntropy(m.Forward(s.Own(x)), s.Own(y))
			opt.ZeroGrad()
			autograd.Backward(loss)
			opt.Step()
			losses = append(losses, loss.Item())
		})
	}
	return losses
}
