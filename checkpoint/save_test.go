package checkpoint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// sample has a tensor of every element type, a scalar, an empty one, a view
// and names that JSON must escape.
func sample() map[string]*tensor.Tensor {
	cpu := tensor.CPU()
	all := map[string]*tensor.Tensor{
		"scalar":         tensor.Scalar(cpu, float32(3.5)),
		"empty":          tensor.From(cpu, []float32{}, 3, 0),
		"transposed":     tensor.From(cpu, []int16{1, 2, 3, 4, 5, 6}, 2, 3).T(),
		"a\"\\<&> \x01é": tensor.From(cpu, []int64{-1 << 63, 1<<63 - 1}),
		"":               tensor.From(cpu, []bool{true, false, true}),
	}
	for _, d := range dtype.All() {
		all[d.String()] = tensor.From(cpu, []float64{0, 1, 0, 1}, 2, 2).To(d)
	}
	return all
}

func TestRoundTrip(t *testing.T) {
	want := sample()
	metadata := map[string]string{"format": "pt", "epoch": "3", "<": "é\n"}
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if err := Save(path, want, metadata); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if !maps.Equal(f.Metadata(), metadata) {
		t.Errorf("metadata %v, want %v", f.Metadata(), metadata)
	}
	if names := slices.Sorted(maps.Keys(want)); !slices.Equal(f.Names(), names) {
		t.Errorf("names %q, want %q", f.Names(), names)
	}
	for name, w := range want {
		got, err := f.Tensor(tensor.CPU(), name)
		if err != nil {
			t.Error(err)
			continue
		}
		m, _ := f.Meta(name)
		if got.DType() != w.DType() || !slices.Equal(got.Shape(), w.Shape()) || !bytes.Equal(got.Bytes(), w.Bytes()) {
			t.Errorf("%q: read %v, want %v", name, got, w)
		}
		if m.DType != w.DType() || !slices.Equal(m.Shape, w.Shape()) || int(m.Offset)%w.DType().Size() != 0 {
			t.Errorf("Meta(%q) = %+v", name, m)
		}
	}
}

func TestSameBytes(t *testing.T) {
	var first []byte
	for range 5 { // maps are walked in a new order each time
		var b bytes.Buffer
		if err := Write(&b, sample(), map[string]string{"b": "", "a": "", "c": ""}); err != nil {
			t.Fatal(err)
		}
		if n := binary.LittleEndian.Uint64(b.Bytes()); n%8 != 0 {
			t.Errorf("a header of %d bytes, want a multiple of 8", n)
		}
		if first == nil {
			first = b.Bytes()
		}
		if !bytes.Equal(first, b.Bytes()) {
			t.Fatal("the same tensors gave other bytes")
		}
	}
}

func TestNothingToSave(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m")
	if err := Save(path, nil, nil); err != nil {
		t.Fatal(err)
	}
	if all, err := Load(tensor.CPU(), path); err != nil || len(all) != 0 {
		t.Errorf("Load = %v, %v", all, err)
	}
}

func TestCannotSave(t *testing.T) {
	x := tensor.Scalar(tensor.CPU(), int8(1))
	freed := tensor.Scalar(tensor.CPU(), int8(1))
	freed.Free()
	dir := t.TempDir()
	path := filepath.Join(dir, "m")
	if err := Save(path, map[string]*tensor.Tensor{"old": x}, nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text string
		tensors    map[string]*tensor.Tensor
		metadata   map[string]string
		kind       error
	}{
		{"reserved name", "reserved", map[string]*tensor.Tensor{"__metadata__": x}, nil, ErrName},
		{"name in bad UTF-8", "not UTF-8", map[string]*tensor.Tensor{"\xff": x}, nil, ErrName},
		{"nil tensor", `tensor "a": it is nil`, map[string]*tensor.Tensor{"a": nil}, nil, nil},
		{"freed tensor", "freed", map[string]*tensor.Tensor{"a": x, "b": freed}, nil, tensor.ErrFreed},
		{"bad metadata", "not UTF-8", nil, map[string]string{"a": "\xff"}, ErrHeader},
	} {
		err := Save(path, c.tensors, c.metadata)
		if err == nil || !strings.Contains(err.Error(), c.text) || !strings.Contains(err.Error(), path) || c.kind != nil && !errors.Is(err, c.kind) {
			t.Errorf("%s: error %v, want %q and the path", c.name, err, c.text)
		}
	}
	// The file that was there is whole, and no half-written one is left.
	if all, err := Load(tensor.CPU(), path); err != nil || all["old"] == nil {
		t.Errorf("after failures to save: %v, %v", all, err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("files left behind: %v", files)
	}
	if err := Save(filepath.Join(dir, "none", "m"), nil, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Save to a folder that is not there: %v", err)
	}
}

func TestFullDisk(t *testing.T) {
	for limit := range 300 {
		if err := Write(&fullWriter{limit}, sample(), nil); !errors.Is(err, io.ErrShortWrite) {
			t.Fatalf("Write to a disk with room for %d bytes: %v", limit, err)
		}
	}
}

type fullWriter struct{ room int }

func (w *fullWriter) Write(b []byte) (int, error) {
	if len(b) > w.room {
		return w.room, io.ErrShortWrite
	}
	w.room -= len(b)
	return len(b), nil
}

func TestReverseEach(t *testing.T) {
	b := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	reverseEach(b, 4)
	if !bytes.Equal(b, []byte{4, 3, 2, 1, 8, 7, 6, 5}) {
		t.Errorf("reverseEach by 4 = %v", b)
	}
}

func BenchmarkLoad(b *testing.B) {
	x := tensor.Zeros(tensor.CPU(), dtype.Float32, 16<<20)
	path := filepath.Join(b.TempDir(), "m")
	if err := Save(path, map[string]*tensor.Tensor{"x": x}, nil); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(64 << 20)
	for b.Loop() {
		all, err := Load(tensor.CPU(), path)
		if err != nil {
			b.Fatal(err)
		}
		all["x"].Free()
	}
}
