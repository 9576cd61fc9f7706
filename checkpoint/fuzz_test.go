package checkpoint

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/pickle"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// write puts a file into dir.
func write(t testing.TB, dir, name string, b []byte) string {
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// FuzzMapped opens a file by its name, which maps it to memory, and cuts it
// while it is open: reading what is gone must not end the process.
func FuzzMapped(f *testing.F) {
	var whole bytes.Buffer
	if err := Write(&whole, map[string]*tensor.Tensor{"a": tensor.Ones(tensor.CPU(), dtype.Float32, 3000), "b": tensor.Ones(tensor.CPU(), dtype.Int64, 5)}, nil); err != nil {
		f.Fatal(err)
	}
	// Within the header, at the end of a page, at the end.
	for _, n := range []int{0, 10, 4096, 8191, whole.Len() - 1, whole.Len()} {
		f.Add(whole.Bytes(), n)
	}
	f.Add(torchZip(f, rebuilt("FloatStorage", 2, 0, pickle.Tuple{int64(2)}, one), map[string]string{"data/0": "12345678"}), 100)
	f.Add(realFile(f, "torch-files/tar_multi_dtype.tar"), 1000)
	f.Fuzz(func(t *testing.T, b []byte, left int) {
		path := write(t, t.TempDir(), "file", b)
		file, err := Open(path)
		var e *Error
		if err != nil {
			if !errors.As(err, &e) {
				t.Fatalf("error %T %v, want an *Error", err, err)
			}
			return
		}
		defer file.Close()
		cut := left >= 0 && left < len(b)
		if cut {
			if err := os.Truncate(path, int64(left)); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range file.Names() {
			if _, err := file.Tensor(tensor.CPU(), name); err != nil && !errors.As(err, &e) {
				t.Fatalf("%q: error %T %v, want an *Error", name, err, err)
			}
		}
		if _, err := file.Object(tensor.CPU()); err != nil && !errors.As(err, &e) {
			t.Fatalf("error %T %v, want an *Error", err, err)
		}
	})
}

// FuzzIndex reads an index beside two shards.
func FuzzIndex(f *testing.F) {
	for _, s := range []string{
		`{"metadata":{"total_size":8},"weight_map":{"a":"one.safetensors","b":"two.safetensors"}}`,
		`{"weight_map":{"a":"one.safetensors","a":"two.safetensors"}}`,
		`{"weight_map":{"a":"../one.safetensors"}}`,
		`{"weight_map":{"a":"index.json"}}`,
		`{"weight_map":{"c":"one.safetensors"}}`,
		`{"weight_map":[]}`,
		`{"weight_map":{"a":"/dev/zero"}}`,
		`{"weight_map":{"a":"."}}`,
	} {
		f.Add([]byte(s))
	}
	dir := f.TempDir()
	shard := func(name, key string) {
		if err := Save(filepath.Join(dir, name), map[string]*tensor.Tensor{key: tensor.Ones(tensor.CPU(), dtype.Float32, 1)}, nil); err != nil {
			f.Fatal(err)
		}
	}
	shard("one.safetensors", "a")
	shard("two.safetensors", "b")
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := Open(write(t, dir, "index.json", b))
		var e *Error
		if err != nil {
			if !errors.As(err, &e) {
				t.Fatalf("error %T %v, want an *Error", err, err)
			}
			return
		}
		defer file.Close()
		if file.Format() != SafetensorsIndex {
			return
		}
		all, err := file.Tensors(tensor.CPU())
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("error %T %v, want an *Error", err, err)
		}
		for name, x := range all {
			if (name != "a" && name != "b") || x.Numel() != 1 {
				t.Fatalf("%q, %v is in no shard", name, x)
			}
		}
	})
}

// FuzzOptimizer takes a PyTorch file for an optimizer's state, and loads it.
func FuzzOptimizer(f *testing.F) {
	net := nn.On(tensor.CPU(), dtype.Float32, 1).Linear(2, 1)
	params := nn.Parameters(net)
	for _, a := range []optim.Algorithm{optim.Adam{}, optim.SGD{Momentum: 0.9}, optim.ASGD{}} {
		opt := optim.New(a, params)
		for _, p := range params {
			p.SetGrad(tensor.OnesLike(p))
		}
		opt.Step()
		d, err := TorchOptimizer(opt)
		if err != nil {
			f.Fatal(err)
		}
		var b bytes.Buffer
		if err := WriteTorch(&b, d); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Add(realFile(f, "torch-files/made-by-torch-1.13/ckpt.pt"))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := open(b)
		if err != nil {
			return // FuzzTorch's
		}
		v, err := file.Object(tensor.CPU())
		if err != nil {
			return
		}
		all := []any{v}
		if d, ok := v.(*Dict); ok {
			all = append(all, d.Get("optimizer"))
		}
		for _, v := range all {
			state, err := OptimizerState(v)
			if err != nil {
				continue
			}
			for _, a := range []optim.Algorithm{optim.Adam{}, optim.SGD{Momentum: 0.9}, optim.ASGD{}} {
				_ = optim.New(a, params).LoadStateDict(state) // an error or none, but no panic
			}
		}
	})
}

// FuzzRun goes on from any file.
func FuzzRun(f *testing.F) {
	dir := f.TempDir()
	parts := func() *Run {
		b := nn.On(tensor.CPU(), dtype.Float32, 1)
		net := nn.Sequential{b.Linear(2, 2), b.Dropout(0.5)}
		opt := optim.Adam{}.New(nn.Parameters(net))
		for _, p := range nn.Parameters(net) {
			p.SetGrad(tensor.OnesLike(p))
		}
		opt.Step()
		return &Run{Model: net, Optimizer: opt, Values: &struct{ Step int }{7}}
	}
	path := filepath.Join(dir, "run")
	if err := parts().Save(path); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := parts()
		if err := r.Load(write(t, dir, "run", b)); err != nil {
			return
		}
		r.Optimizer.(*optim.Optimizer).Step() // what was loaded serves
	})
}
