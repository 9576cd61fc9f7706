package checkpoint

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/recorded"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// A training checkpoint of PyTorch's: a Linear and a BatchNorm1d after a step of
// Adam.
func TestOptimizerState(t *testing.T) {
	v, err := LoadTorch(tensor.CPU(), recorded.Data(t, "torch-files/made-by-torch-1.13/ckpt.pt"))
	if err != nil {
		t.Fatal(err)
	}
	d := v.(*Dict)
	state, err := OptimizerState(d.Get("opt"))
	if err != nil {
		t.Fatal(err)
	}
	b := nn.On(tensor.CPU(), dtype.Float32, 1)
	net := nn.Sequential{b.Linear(3, 4), b.BatchNorm1d(4)}
	opt := optim.Adam{LR: 9}.New(nn.Parameters(net))
	if err := opt.LoadStateDict(state); err != nil {
		t.Fatal(err)
	}
	again := maps.Collect(opt.StateDict())
	for name, x := range state {
		if got := again[name]; got == nil || !slices.Equal(got.Float64s(), x.Float64s()) {
			t.Errorf("%s: %v, want %v", name, got, x)
		}
	}
	if opt.LR() == 9 || len(again) != len(state) {
		t.Errorf("learning rate %v, %d tensors, want %d", opt.LR(), len(again), len(state))
	}
	for _, bad := range []any{nil, 3, &Dict{}, new(Dict).Set("state", &Dict{}).Set("param_groups", []any{1}), new(Dict).Set("state", &Dict{}).Set("param_groups", []any{&Dict{}}),
		new(Dict).Set("state", new(Dict).Set(0, new(Dict).Set("step", "many"))).Set("param_groups", []any{new(Dict).Set("lr", 0.1).Set("params", []any{int64(0)})})} {
		if _, err := OptimizerState(bad); !errors.Is(err, ErrName) {
			t.Errorf("%v: error %v", bad, err)
		}
	}
}

// What TorchOptimizer makes of an optimizer is what OptimizerState reads.
func TestTorchOptimizer(t *testing.T) {
	w := tensor.Ones(tensor.CPU(), dtype.Float64, 2).SetRequiresGrad(true)
	v := tensor.Ones(tensor.CPU(), dtype.Float64, 3).SetRequiresGrad(true)
	idle := tensor.Ones(tensor.CPU(), dtype.Float64, 1).SetRequiresGrad(true)
	opt := optim.ASGD{LR: 0.5}.New([]*tensor.Tensor{idle, w})
	opt.Add(optim.NAdam{}, []*tensor.Tensor{v})
	w.SetGrad(tensor.OnesLike(w.Detach()))
	v.SetGrad(tensor.OnesLike(v.Detach()))
	opt.Step()
	opt.Step()
	d, err := TorchOptimizer(opt)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "opt.pt")
	if err := SaveTorch(path, d); err != nil {
		t.Fatal(err)
	}
	read, err := LoadTorch(tensor.CPU(), path)
	if err != nil {
		t.Fatal(err)
	}
	state, err := OptimizerState(read)
	if err != nil {
		t.Fatal(err)
	}
	want := maps.Collect(opt.StateDict())
	if len(state) != len(want) {
		t.Errorf("%d tensors, want %d", len(state), len(want))
	}
	for name, x := range want {
		if got := state[name]; got == nil || !slices.Equal(got.Float64s(), x.Float64s()) {
			t.Errorf("%s: %v, want %v", name, got, x)
		}
	}
	if _, err := TorchOptimizer(optim.Lion{}.New([]*tensor.Tensor{idle})); err == nil || !strings.Contains(err.Error(), "optim.Lion") {
		t.Errorf("Lion: error %v, want one that names it", err)
	}
}
