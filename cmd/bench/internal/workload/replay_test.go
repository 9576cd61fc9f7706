package workload

import (
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	_ "github.com/hekla-ml/hekla/backend/cpu"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// TestReplay trains with recorded passes as without, to the bit: statistics of
// batch norm follow, the optimizer counts its steps, batches differ.
func TestReplay(t *testing.T) {
	dev, err := backend.Open("cpu")
	if err != nil {
		t.Fatal(err)
	}
	losses := func(m Model, replay bool) (l []float64) {
		r := Rig{Dev: dev, Seed: 1, Replay: replay}.Recorder()
		const n = 3
		batch := func(i int) (x, y *tensor.Tensor) {
			gen := tensor.NewGenerator(uint64(i))
			if m.Text {
				return gen.Int(r.Dev, dtype.Int64, 0, 10, n, 8), gen.Int(r.Dev, dtype.Int64, 0, 10, n*8)
			}
			return gen.Normal(r.Dev, dtype.Float32, 0, 1, n, 1, 28, 28), gen.Int(r.Dev, dtype.Int64, 0, 10, n)
		}
		net := m.Build(nn.On(r.Dev, dtype.Float32, 1), 10)
		opt := optim.New(optim.AdamW{LR: 1e-3}, nn.Parameters(net))
		x, y := batch(0)
		for i := range 5 {
			tensor.Scope(func(s *tensor.Arena) {
				a, b := batch(i)
				x.CopyInPlace(a)
				y.CopyInPlace(b)
				x, y := s.Own(x.Detach()), s.Own(y.Detach())
				l = append(l, r.Step(opt, func() *tensor.Tensor {
					z := net.Forward(x)
					return nn.CrossEntropy(z.Reshape(-1, z.Dim(-1)), y)
				}).Item())
			})
		}
		nn.Eval(net) // by the statistics
		tensor.Scope(func(s *tensor.Arena) {
			z := net.Forward(s.Own(x.NoGrad()))
			l = append(l, z.To(dtype.Float64).Sum().Item())
		})
		return l
	}
	for _, m := range Models {
		if testing.Short() && m.Name == "resnet18" {
			continue
		}
		if got, want := losses(m, true), losses(m, false); !slices.Equal(got, want) {
			t.Errorf("%s: losses and the sum of scores %v, want %v", m.Name, got, want)
		}
	}
}
