package checkpoint

import (
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// show is the line that testdata/interop.py prints for a tensor.
func show(name string, t *tensor.Tensor) string {
	s := fmt.Sprintf("%s %v %v", name, t.DType(), t.Shape())
	for _, x := range t.Float64s() {
		s += " " + pyFloat(x)
	}
	return s
}

// pyFloat writes a number as Python's repr.
func pyFloat(x float64) string {
	if x == math.Trunc(x) && math.Abs(x) < 1e16 {
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	if a := math.Abs(x); a < 1e-4 || a >= 1e16 {
		return strconv.FormatFloat(x, 'e', -1, 64)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

func showAll(all map[string]*tensor.Tensor) []string {
	var l []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		l = append(l, show(name, all[name]))
	}
	return l
}

// TestTorchInterop has PyTorch and NumPy read what this package writes and the
// other way round. make test-torch-interop installs and names a Python.
func TestTorchInterop(t *testing.T) {
	python := os.Getenv("HEKLA_TORCH")
	if python == "" {
		t.Skip("HEKLA_TORCH does not name a Python with PyTorch: see make test-torch-interop")
	}
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	cpu := tensor.CPU()
	base := tensor.From(cpu, []float32{1, 2, 3, 4, 5, 6}, 2, 3)
	kinds := map[string]*tensor.Tensor{}
	for _, d := range dtype.All() {
		kinds[d.String()] = tensor.From(cpu, []float64{0, 1, 3, 1}, 2, 2).To(d)
	}
	state := map[string]*tensor.Tensor{
		"base": base, "tied": base, "view": base.T(), "strided": tensor.From(cpu, []int64{1, 2, 3, 4}, 2, 2).T(),
		"scalar": tensor.Scalar(cpu, 0.1), "empty": tensor.Zeros(cpu, dtype.Float32, 2, 0),
	}
	thing := new(Dict).Set("kinds", kinds).Set("state", state).Set("epoch", 3).Set("loss", 0.1).Set("name", "ä").
		Set("more", []any{int64(-1), int64(70000), int64(1) << 40, int64(-1) << 40, nil, true, dtype.BFloat16, new(Dict).Set(0, "x").Set(1, "y")})
	if err := SaveTorch(at("go.pt"), thing); err != nil {
		t.Fatal(err)
	}
	if err := SaveTorch(at("state.pt"), state); err != nil {
		t.Fatal(err)
	}
	if err := SaveNPY(at("go.npy"), base.T()); err != nil {
		t.Fatal(err)
	}
	delete(kinds, "bfloat16")
	if err := SaveNPZ(at("go.npz"), kinds); err != nil {
		t.Fatal(err)
	}
	ends := trainForTorch(t, at("go_runs.pt"))
	cmd := exec.Command(python, "testdata/interop.py", dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	counts := map[string]int{}
	got := strings.Split(strings.TrimSpace(string(out)), "\n")
	want := map[string]bool{"npy " + show("arr_0", base.T()): true, "shared 77.0 77.0 0": true}
	for name, x := range kinds {
		want["npz "+show(name, x)] = true
		want["pt kinds."+show(name, x)] = true
	}
	for name, x := range state {
		want["pt state."+show(name, x)], want["safe "+show(name, x)] = true, true
	}
	bf := tensor.From(cpu, []float64{0, 1, 3, 1}, 2, 2).To(dtype.BFloat16)
	want["pt kinds."+show("bfloat16", bf)] = true
	for _, l := range []string{"epoch 3", "loss 0.1", "name 'ä'", "more.0 -1", "more.1 70000", "more.2 1099511627776", "more.3 -1099511627776",
		"more.4 None", "more.5 True", "more.6 torch.bfloat16", "more.7.0 'x'", "more.7.1 'y'"} {
		want["pt "+l] = true
	}
	for _, l := range got {
		if !want[l] {
			t.Errorf("Python reads %q, which was not written so", l)
		}
		counts[l]++
	}
	for l := range want {
		if counts[l] != 1 {
			t.Errorf("Python reads %q %d times", l, counts[l])
		}
	}
	lines := len(got)
	for _, c := range []struct{ file, want string }{{"new.pt", "want.txt"}, {"old.pt", "want.txt"}, {"plain.npz", "want_npz.txt"}, {"packed.npz", "want_npz.txt"}} {
		all, err := Load(cpu, at(c.file))
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		b, err := os.ReadFile(at(c.want))
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Split(strings.TrimSpace(string(b)), "\n")
		slices.Sort(want)
		got := showAll(all)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: read\n%s\nwant\n%s", c.file, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		lines += len(got)
	}
	for _, file := range []string{"new.pt", "old.pt"} {
		v, err := LoadTorch(cpu, at(file))
		if err != nil {
			t.Fatal(err)
		}
		more := fmt.Sprint(v.(*Dict).Get("more"), v.(*Dict).Get("best"))
		if want := "[1 -70000 1099511627776 2.5 <nil> true ä [[2 3] float16 [x]] cpu] 0.25"; more != want {
			t.Errorf("%s: more = %s, want %s", file, more, want)
		}
	}
	one, err := Load(cpu, at("one.npy"))
	if err != nil || len(one) != 1 || one["arr_0"].IsContiguous() || one["arr_0"].Float64s()[1] != 1 {
		t.Errorf("one.npy: %v, %v", one, err)
	}
	lines += goesOn(t, at("runs.pt"))
	lines += wentOn(t, at("ends.pt"), ends)
	t.Logf("torch-interop: %d lines agree", lines)
}

// goesOn trains three steps more from PyTorch's states and compares with where
// PyTorch gets.
func goesOn(t *testing.T, path string) (compared int) {
	cpu := tensor.CPU()
	v, err := LoadTorch(cpu, path)
	if err != nil {
		t.Fatal(err)
	}
	x := tensor.From(cpu, []float64{1, 2, -1, 0.5, 0.3, -0.7}, 3, 2)
	for name, a := range map[string]optim.Algorithm{
		"SGD": optim.SGD{LR: 0.1, Momentum: 0.9}, "Adam": optim.Adam{LR: 0.1, AMSGrad: true}, "NAdam": optim.NAdam{LR: 0.1},
		"RMSprop": optim.RMSprop{LR: 0.1, Momentum: 0.9, Centered: true}, "ASGD": optim.ASGD{LR: 0.1}, "Rprop": optim.Rprop{LR: 0.1},
		"Adagrad": optim.Adagrad{LR: 0.1}, "Adamax": optim.Adamax{LR: 0.1},
	} {
		run := v.(*Dict).Get(name).(*Dict)
		tensors := func(key string) map[string]*tensor.Tensor {
			all := map[string]*tensor.Tensor{}
			for k, x := range run.Get(key).(*Dict).All() {
				all[k.(string)] = x.(*tensor.Tensor)
			}
			return all
		}
		net := nn.On(cpu, dtype.Float64, 1).Linear(2, 2)
		if err := nn.LoadStateDict(net, tensors("model"), true); err != nil {
			t.Fatal(err)
		}
		state, err := OptimizerState(run.Get("optimizer"))
		if err != nil {
			t.Fatal(err)
		}
		opt := optim.New(a, nn.Parameters(net))
		if err := opt.LoadStateDict(state); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for range 3 {
			opt.ZeroGrad()
			autograd.Backward(net.Forward(x).AddScalar(-1).Square().Sum())
			opt.Step()
		}
		end := tensors("end")
		for key, got := range nn.StateDict(net) {
			for i, g := range got.Float64s() {
				// NAdam keeps a product in float32 in PyTorch; the others agree to 1e-12.
				if w := end[key].Float64s()[i]; math.Abs(g-w) > 1e-6 {
					t.Errorf("%s: %s[%d] = %v three steps later, PyTorch has %v", name, key, i, g, w)
				}
				compared++
			}
		}
	}
	return compared
}

// trainForTorch trains three steps with each algorithm, writes the states to path
// for PyTorch to go on, and returns where three more steps lead.
func trainForTorch(t *testing.T, path string) (ends map[string]map[string]*tensor.Tensor) {
	cpu := tensor.CPU()
	x := tensor.From(cpu, []float64{1, 2, -1, 0.5, 0.3, -0.7}, 3, 2)
	runs, ends := &Dict{}, map[string]map[string]*tensor.Tensor{}
	for name, a := range map[string]optim.Algorithm{
		"SGD": optim.SGD{LR: 0.1, Momentum: 0.8, Nesterov: true, WeightDecay: 0.01}, "plain SGD": optim.SGD{LR: 0.02},
		"Adam": optim.Adam{LR: 0.1, AMSGrad: true, Betas: [2]float64{0.8, 0.99}}, "AdamW": optim.AdamW{LR: 0.1, WeightDecay: 0.2},
		"NAdam": optim.NAdam{LR: 0.1}, "RAdam": optim.RAdam{LR: 0.1}, "RMSprop": optim.RMSprop{LR: 0.1, Momentum: 0.9, Centered: true},
		"ASGD": optim.ASGD{LR: 0.1}, "Rprop": optim.Rprop{LR: 0.1, Etas: [2]float64{0.4, 1.3}}, "Adagrad": optim.Adagrad{LR: 0.1, LRDecay: 0.1},
		"Adamax": optim.Adamax{LR: 0.1}, "Adadelta": optim.Adadelta{Rho: 0.8},
	} {
		net := nn.On(cpu, dtype.Float64, 1).Linear(2, 2)
		opt := optim.New(a, nn.Parameters(net))
		for step := range 6 {
			if step == 3 {
				state, err := TorchOptimizer(opt)
				if err != nil {
					t.Fatal(err)
				}
				model := &Dict{}
				for k, p := range nn.StateDict(net) {
					model.Set(k, p.Detach().Clone())
				}
				for _, s := range state.Get("state").(*Dict).All() {
					for k, p := range s.(*Dict).All() {
						s.(*Dict).Set(k, p.(*tensor.Tensor).Clone())
					}
				}
				runs.Set(name, new(Dict).Set("model", model).Set("optimizer", state))
			}
			opt.ZeroGrad()
			autograd.Backward(net.Forward(x).AddScalar(-1).Square().Sum())
			opt.Step()
		}
		ends[name] = maps.Collect(nn.StateDict(net))
	}
	if err := SaveTorch(path, runs); err != nil {
		t.Fatal(err)
	}
	return ends
}

// wentOn compares with where PyTorch got from the states of trainForTorch.
func wentOn(t *testing.T, path string, ends map[string]map[string]*tensor.Tensor) (compared int) {
	v, err := LoadTorch(tensor.CPU(), path)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range ends {
		got, _ := v.(*Dict).Get(name).(map[string]*tensor.Tensor)
		if d, ok := v.(*Dict).Get(name).(*Dict); ok {
			got = map[string]*tensor.Tensor{}
			for k, x := range d.All() {
				got[k.(string)] = x.(*tensor.Tensor)
			}
		}
		for key, w := range want {
			if got[key] == nil {
				t.Errorf("%s: PyTorch has no %s", name, key)
				continue
			}
			for i, g := range got[key].Float64s() {
				if w := w.Float64s()[i]; math.Abs(g-w) > 1e-6 { // as in goesOn
					t.Errorf("%s: PyTorch gets to %s[%d] = %v, want %v", name, key, i, g, w)
				}
				compared++
			}
		}
	}
	return compared
}
