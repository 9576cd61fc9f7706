package checkpoint

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

func TestSharded(t *testing.T) {
	want := sample()
	for _, limit := range []int64{0, 20, 1 << 20} {
		dir := t.TempDir()
		path := filepath.Join(dir, "model.safetensors.index.json")
		if err := SaveSharded(path, want, limit); err != nil {
			t.Fatal(err)
		}
		f, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(f.Names()) != len(want) || f.Format() != SafetensorsIndex || f.Metadata()["total_size"] == "" {
			t.Errorf("limit %d: %s with %d tensors and metadata %v", limit, f.Format(), len(f.Names()), f.Metadata())
		}
		all, err := f.Tensors(tensor.CPU())
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		for name, x := range want {
			if got := all[name]; got == nil || got.DType() != x.DType() || !slices.Equal(got.Shape(), x.Shape()) || !bytes.Equal(got.Bytes(), x.Bytes()) {
				t.Errorf("limit %d: %q: read %v, want %v", limit, name, got, x)
			}
		}
		files, _ := filepath.Glob(filepath.Join(dir, "model-0*-of-0*.safetensors"))
		for _, file := range files {
			s, err := Open(file)
			if err != nil {
				t.Fatal(err)
			}
			sum := int64(0)
			for _, name := range s.Names() {
				m, _ := s.Meta(name)
				sum += m.Size
			}
			if n := len(s.Names()); n > 1 && sum > limit {
				t.Errorf("limit %d: %d tensors of %d bytes in a shard", limit, n, sum)
			}
			s.Close()
		}
		if limit == 1<<20 && len(files) != 1 || limit == 20 && len(files) < 3 {
			t.Errorf("limit %d: %d shards", limit, len(files))
		}
		if _, err := all["scalar"].Float64s(), f.Close(); err != nil {
			t.Error(err)
		}
		if _, err := f.Tensor(tensor.CPU(), "scalar"); !errors.Is(err, os.ErrClosed) {
			t.Errorf("reading a closed file: %v", err)
		}
	}
}

// Shards may be of PyTorch's format, as Hugging Face's pytorch_model.bin.
func TestShardsOfPyTorch(t *testing.T) {
	dir := t.TempDir()
	b := nn.On(tensor.CPU(), dtype.Float32, 1)
	net := b.Linear(2, 3)
	if err := SaveTorch(filepath.Join(dir, "pytorch_model-00001-of-00001.bin"), nn.StateDict(net)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "pytorch_model.bin.index.json")
	text := `{"metadata": {"total_size": 36}, "weight_map": {"weight": "pytorch_model-00001-of-00001.bin", "bias": "pytorch_model-00001-of-00001.bin"}}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	state, err := Load(tensor.CPU(), path)
	if err != nil {
		t.Fatal(err)
	}
	again := b.Linear(2, 3)
	if err := nn.LoadStateDict(again, state, true); err != nil || !bytes.Equal(again.Weight.Bytes(), net.Weight.Bytes()) {
		t.Errorf("%v, weight %v, want %v", err, again.Weight, net.Weight)
	}
}

func TestBrokenIndex(t *testing.T) {
	dir := t.TempDir()
	if err := Save(filepath.Join(dir, "a.safetensors"), map[string]*tensor.Tensor{"x": tensor.Scalar(tensor.CPU(), float32(1))}, nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text, want string
		kind       error
	}{
		{`{"weight_map": {"y": "a.safetensors"}}`, `tensor "y"`, ErrName},
		{`{"weight_map": {"x": "../a.safetensors"}}`, "want one beside it", ErrHeader},
		{`{"weight_map": {"x": "/etc/passwd"}}`, "want one beside it", ErrHeader},
		{`{"weight_map": {"x": "b.safetensors"}}`, "b.safetensors", os.ErrNotExist},
		{`{"weight_map": {"x": "i.json"}}`, "that another names", ErrHeader},
		{`{"something": 1}`, "weight_map", ErrHeader},
		{`{"weight_map": [1]}`, "cannot unmarshal", ErrHeader},
	} {
		path := filepath.Join(dir, "i.json")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %v with %q", c.text, err, c.kind, c.want)
		}
	}
}
