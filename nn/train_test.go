package nn_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"math"
	"os"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/golden"
	"github.com/hekla-ml/hekla/internal/hashfill"
	"github.com/hekla-ml/hekla/internal/recorded"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// mnist returns n images, one byte a pixel, and their labels.
func mnist(t testing.TB, n int) (pixels []byte, labels []int64) {
	read := func(name string, header, n int) []byte {
		b, err := os.ReadFile(recorded.Data(t, "mnist/"+name+".gz"))
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		l := make([]byte, header+n)
		if _, err := io.ReadFull(z, l); err != nil {
			t.Fatal(err)
		}
		return l[header:]
	}
	for _, l := range read("train-labels-idx1-ubyte", 8, n) {
		labels = append(labels, int64(l))
	}
	return read("train-images-idx3-ubyte", 16, 784*n), labels
}

// batches returns the script's batches of 64 normalised images.
func batches(t testing.TB, d dtype.DType) func(step int) (x, y *tensor.Tensor) {
	pixels, labels := mnist(t, 6400)
	return func(step int) (x, y *tensor.Tensor) {
		const n = 64
		v := make([]float32, n*784)
		for i, p := range pixels[step*n*784 : (step+1)*n*784] {
			v[i] = (float32(p)/255 - .1307) / .3081
		}
		x32 := tensor.From(tensor.CPU(), v, n, 1, 28, 28)
		return x32.To(d), tensor.From(tensor.CPU(), labels[step*n:(step+1)*n])
	}
}

func mlp(b *nn.Maker) nn.Layer {
	return nn.Sequential{nn.Flatten{}, b.Linear(784, 128), nn.ReLU{}, b.Linear(128, 10)}
}

func cnn(b *nn.Maker) nn.Layer {
	return nn.Sequential{
		b.Conv2d(1, 8, 3, nn.Pad(1)), b.BatchNorm2d(8), nn.ReLU{}, nn.MaxPool2d{Kernel: 2},
		b.Conv2d(8, 16, 3), nn.ReLU{}, nn.AvgPool2d{Kernel: 2}, nn.Flatten{}, b.Linear(576, 10),
	}
}

// TestTrainingCurves repeats trainings that were recorded from PyTorch, loss by
// loss.
func TestTrainingCurves(t *testing.T) {
	record := golden.ReadJSON[map[string]map[string]json.RawMessage](t, recorded.Oracle(t, "golden/train.json"))
	count := &golden.Tally{Section: "train"}
	defer count.Report(t)
	cases := []struct {
		name string
		make func(b *nn.Maker) nn.Layer
		opt  optim.Algorithm
		data func(t testing.TB, d dtype.DType) func(step int) (x, y *tensor.Tensor)
	}{
		{"mlp_mnist_sgd", mlp, optim.SGD{LR: 0.05, Momentum: 0.9}, batches},
		{"cnn_mnist_adam", cnn, optim.Adam{LR: 1e-3}, batches},
		{"gpt_names_adamw", newGPT, optim.AdamW{LR: 3e-3}, names},
		{"rnn_names_sgd", newRNN, optim.SGD{LR: 0.5}, names},
		{"lstm_names_sgd", newLSTM, optim.SGD{LR: 0.5}, names},
		{"gru_names_sgd", newGRU, optim.SGD{LR: 0.5}, names},
	}
	done := map[string]bool{}
	for _, c := range cases {
		done[c.name] = true
		want := losses(t, record[c.name])
		for _, d := range floatTypes {
			ok := t.Run(c.name+"/"+d.String(), func(t *testing.T) {
				m := c.make(nn.On(tensor.CPU(), d, 1))
				got := curve(m, c.opt, c.data(t, d), len(want[d]))
				worst := 0.0 // |got - float64's|, relative
				for i := range got {
					worst = max(worst, math.Abs(got[i]-want[dtype.Float64][i])/want[dtype.Float64][i])
				}
				// float64: sums in another order, over some 100 steps.
				limit := 1e-9
				if d == dtype.Float32 {
					// PyTorch's own distance from float64, the largest so far, is what
					// rounding does to this curve; 4 times that is another order of
					// summation. 1e-6 is 8 units in the last place, where PyTorch was lucky.
					limit = 0
					for i := range got {
						w := want[dtype.Float64][i]
						limit = max(limit, 4*math.Abs(want[d][i]-w)/w, 1e-6)
					}
				}
				t.Logf("last loss %.9f, want %.9f; largest relative error %.2g, limit %.2g", got[len(got)-1], want[d][len(got)-1], worst, limit)
				if worst > limit {
					t.Errorf("losses differ by %v, want at most %v", worst, limit)
				}
				exact, theirs := normsOf(t, record[c.name], dtype.Float64), normsOf(t, record[c.name], d)
				for name, p := range nn.NamedParameters(m) {
					want := exact[name]
					limit := 1e-9
					if d == dtype.Float32 {
						limit = max(4*math.Abs(theirs[name]-want)/want, 1e-6) // as above
					}
					if c.name == "cnn_mnist_adam" && name == "0.bias" {
						// A batch norm follows: the gradient is 0 but for rounding, which Adam
						// blows up to steps of up to 1e-3 in float32, and of 1e-3 times
						// 1e-17/1e-8 (rounding over Eps) in float64.
						limit = map[dtype.DType]float64{dtype.Float32: 0.1, dtype.Float64: 1e-6}[d]
					}
					if e := math.Abs(l2(p)-want) / want; e > limit {
						t.Errorf("norm of %s: %v, want %v (relative error %.2g, limit %.2g)", name, l2(p), want, e, limit)
					}
				}
			})
			if ok {
				count.Passed++
			} else {
				count.Failed++
			}
		}
	}
	for name := range record {
		if !done[name] {
			count.Skipped = append(count.Skipped, name)
		}
	}
}

func curve(m nn.Layer, a optim.Algorithm, data func(step int) (x, y *tensor.Tensor), steps int) []float64 {
	hashfill.Fill(m)
	opt := optim.New(a, nn.Parameters(m))
	var losses []float64
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

func losses(t *testing.T, record map[string]json.RawMessage) map[dtype.DType][]float64 {
	m := map[dtype.DType][]float64{}
	for _, d := range floatTypes {
		var l []float64
		if err := json.Unmarshal(record["torch."+d.String()], &l); err != nil {
			t.Fatal(err)
		}
		m[d] = l
	}
	return m
}

func normsOf(t *testing.T, record map[string]json.RawMessage, d dtype.DType) map[string]float64 {
	var m map[string]float64
	if err := json.Unmarshal(record["params_l2_torch."+d.String()], &m); err != nil {
		t.Fatal(err)
	}
	return m
}
