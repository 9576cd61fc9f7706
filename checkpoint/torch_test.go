package checkpoint

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/pickle"
	"github.com/hekla-ml/hekla/internal/recorded"
	"github.com/hekla-ml/hekla/tensor"
)

func TestTorchRoundTrip(t *testing.T) {
	want := sample()
	delete(want, "")
	path := filepath.Join(t.TempDir(), "m.pt")
	if err := SaveTorch(path, want); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := f.Tensors(tensor.CPU())
	if err != nil || len(all) != len(want) || f.Format() != TorchZip {
		t.Fatalf("%d tensors of a %s, %v; want %d", len(all), f.Format(), err, len(want))
	}
	for name, w := range want {
		one, err := f.Tensor(tensor.CPU(), name)
		if err != nil {
			t.Error(err)
			continue
		}
		m, _ := f.Meta(name)
		for _, got := range []*tensor.Tensor{all[name], one} {
			if got.DType() != w.DType() || !slices.Equal(got.Shape(), w.Shape()) || !bytes.Equal(got.Bytes(), w.Bytes()) {
				t.Errorf("%q: read %v, want %v", name, got, w)
			}
		}
		if m.DType != w.DType() || w.Numel() > 0 && m.Offset%64 != 0 {
			t.Errorf("Meta(%q) = %+v", name, m)
		}
	}
}

// What shares memory when saved shares it when loaded.
func TestTorchSharing(t *testing.T) {
	cpu := tensor.CPU()
	base := tensor.Arange(cpu, dtype.Float32, 0, 12, 1).Reshape(3, 4)
	var b bytes.Buffer
	state := map[string]*tensor.Tensor{"a.view": base.T().Slice(0, 1, 3), "base": base, "tied": base, "row": base.Select(0, 1), "other": base.Clone()}
	if err := WriteTorch(&b, state); err != nil {
		t.Fatal(err)
	}
	f, err := NewFile(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	all, err := f.Tensors(cpu)
	if err != nil {
		t.Fatal(err)
	}
	all["tied"].Fill(5)
	for name, want := range map[string]float64{"a.view": 5, "base": 5, "row": 5, "other": 1} {
		if got := all[name].Float64s(); got[len(got)-1] != want && name != "other" || all[name].SharesStorage(all["base"]) != (name != "other") {
			t.Errorf("%s = %v after the tensor it is tied to became 5", name, got)
		}
	}
	all["base"].Free() // each is a handle of its own
	if all["tied"].Float64s()[0] != 5 {
		t.Error("freeing one of two tied tensors takes the other")
	}
}

func TestTorchObject(t *testing.T) {
	cpu := tensor.CPU()
	w := tensor.From(cpu, []float32{1, 2})
	in := map[string]any{
		"model": map[string]*tensor.Tensor{"w": w},
		"opt":   map[string]any{"state": map[int]any{0: map[string]any{"step": 3, "m": w}}, "groups": []any{map[string]any{"lr": 0.5, "params": []int{0}}}},
		"none":  nil, "big": int64(math.MinInt64), "u": uint8(7), "f": float32(0.5), "type": dtype.Int16, "flags": [2]bool{true, false},
	}
	path := filepath.Join(t.TempDir(), "a.pt")
	if err := SaveTorch(path, in); err != nil {
		t.Fatal(err)
	}
	v, err := LoadTorch(cpu, path)
	if err != nil {
		t.Fatal(err)
	}
	d := v.(*Dict)
	opt := d.Get("opt").(*Dict)
	state := opt.Get("state").(*Dict).Get(0).(*Dict)
	if got := fmt.Sprint(d.Get("none"), d.Get("big"), d.Get("u"), d.Get("f"), d.Get("type"), d.Get("flags"), state.Get("step"), opt.Get("groups").([]any)[0].(*Dict).Get("params")); got != "<nil> -9223372036854775808 7 0.5 int16 [true false] 3 [0]" {
		t.Errorf("values %s", got)
	}
	// One tensor in two places is one tensor again.
	if m := d.Get("model").(*Dict).Get("w"); m != state.Get("m") || d.Len() != 8 || !d.Has("none") || d.Has("nothing") {
		t.Errorf("the model's w is %v, the optimizer's %v", m, state.Get("m"))
	}
	names, _ := Load(cpu, path)
	if got := slices.Sorted(maps.Keys(names)); !slices.Equal(got, []string{"model.w", "opt.state.0.m"}) {
		t.Errorf("names %q", got)
	}
	if sub := Sub(names, "model"); len(sub) != 1 || sub["w"] == nil {
		t.Errorf("Sub = %v", sub)
	}
	var loop Dict
	loop.Set("loop", &loop)
	for _, bad := range []any{&loop, make(chan int), map[string]any{"x": func() {}}, uint64(math.MaxUint64), map[string]*tensor.Tensor{"n": nil}} {
		if err := WriteTorch(&bytes.Buffer{}, bad); err == nil {
			t.Errorf("%T was saved", bad)
		}
	}
}

// torchZip returns a file of PyTorch with a pickle and other members.
func torchZip(t testing.TB, pkl []byte, members map[string]string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	add := func(name, text string) {
		method := zip.Store
		if strings.HasPrefix(text, "deflate:") {
			method = zip.Deflate
			text = text[len("deflate:"):]
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	add("a/data.pkl", string(pkl))
	for name, text := range members {
		add("a/"+name, text)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// rebuilt is the pickle of a tensor, which no honest writer may have made.
func rebuilt(typ string, numel, offset int64, shape, strides pickle.Tuple) []byte {
	id := pickle.Persistent{ID: pickle.Tuple{"storage", pickle.Global{Module: "torch", Name: typ}, "0", "cpu", numel}}
	b, err := pickle.Marshal(&pickle.Call{Func: rebuildV2, Args: pickle.Tuple{id, offset, shape, strides, false, nil}})
	if err != nil {
		panic(err)
	}
	return b
}

// bomb has 2^n empty lists in n+1.
func bomb(n int) []byte {
	b := []byte("\x80\x02]q\x00")
	for i := range n {
		b = append(b, '0', ']', 'q', byte(i+1), '(', 'h', byte(i), 'h', byte(i), 'e')
	}
	return append(b, '.')
}

var one = pickle.Tuple{int64(1)}

// brokenTorch lists PyTorch files that must be refused; FuzzTorch starts from
// them.
func brokenTorch(t testing.TB) []struct {
	name string
	file []byte
	kind error
	text string
} {
	storage := func(n int) map[string]string { return map[string]string{"data/0": strings.Repeat("x", n)} }
	type row = struct {
		name string
		file []byte
		kind error
		text string
	}
	small := rebuilt("FloatStorage", 2, 0, pickle.Tuple{int64(2)}, one)
	good := torchZip(t, small, storage(8))
	legacy := legacyMagic
	return []row{
		{"code", torchZip(t, []byte("cos\nsystem\n(S'id'\ntR."), nil), ErrCode, `"os.system"`},
		{"code by NEWOBJ", torchZip(t, []byte("\x80\x02csubprocess\nPopen\n)\x81."), nil), ErrCode, `"subprocess.Popen"`},
		{"code by STACK_GLOBAL", torchZip(t, []byte("\x80\x04\x8c\x02os\x8c\x06system\x93."), nil), ErrCode, `"os.system"`},
		{"a type that is called", torchZip(t, []byte("\x80\x02cbuiltins\nlist\n)R."), nil), ErrCode, "builtins.list"},
		{"code by INST", torchZip(t, []byte("(ios\nsystem\n."), nil), ErrPickle, "0x69"},
		{"an extension", torchZip(t, []byte("\x80\x02\x82\x01."), nil), ErrPickle, "0x82"},
		{"a whole module", torchZip(t, []byte("ctorch.nn.modules.linear\nLinear\n."), nil), ErrCode, "state_dict()"},
		{"TorchScript", torchZip(t, small, map[string]string{"constants.pkl": ""}), ErrCode, "TorchScript"},
		{"empty pickle", torchZip(t, nil, nil), ErrTruncated, "ends too early"},
		{"underflow", torchZip(t, []byte("0."), nil), ErrPickle, "empty stack"},
		{"left over", torchZip(t, []byte("NN."), nil), ErrPickle, "left over"},
		{"items of what is no dictionary", torchZip(t, []byte("]K\x01K\x02s."), nil), ErrPickle, "set item wants dict, found list"},
		{"odd items", torchZip(t, []byte("}(Nu."), nil), ErrPickle, "want pairs"},
		{"unhashable key", torchZip(t, []byte("}(]Nu."), nil), ErrPickle, "key of kind list"},
		{"unset memo", torchZip(t, []byte("h\x01."), nil), ErrPickle, "memo 1"},
		{"text beyond the end", torchZip(t, []byte("X\xff\xff\xff\x7fabc."), nil), ErrTruncated, "ends too early"},
		{"protocol 9", torchZip(t, []byte("\x80\x09N."), nil), ErrPickle, "protocol 9"},
		{"cycle", torchZip(t, []byte("]q\x00h\x00a."), nil), ErrPickle, "in a cycle"},
		{"many lists in few", torchZip(t, bomb(100), nil), ErrPickle, "more than"},
		{"storage missing", torchZip(t, small, nil), ErrLayout, `storage "0" is not in the archive`},
		{"storage short", torchZip(t, small, storage(7)), ErrLayout, "has 7 bytes in the archive, want the 8"},
		{"storage long", torchZip(t, small, storage(9)), ErrLayout, "want the 8"},
		{"storage of negative length", torchZip(t, rebuilt("FloatStorage", -2, 0, one, one), storage(8)), ErrLayout, "-2 elements"},
		{"storage of huge length", torchZip(t, rebuilt("FloatStorage", 1<<62, 0, one, one), storage(8)), ErrLayout, "elements"},
		{"beyond the storage", torchZip(t, rebuilt("FloatStorage", 2, 1, pickle.Tuple{int64(2)}, one), storage(8)), ErrLayout, "within its storage of 2"},
		{"stride beyond", torchZip(t, rebuilt("FloatStorage", 2, 0, pickle.Tuple{int64(2)}, pickle.Tuple{int64(2)}), storage(8)), ErrLayout, "within its storage"},
		{"negative offset", torchZip(t, rebuilt("FloatStorage", 2, -1, one, one), storage(8)), ErrLayout, "begins outside"},
		{"negative stride", torchZip(t, rebuilt("FloatStorage", 2, 1, pickle.Tuple{int64(2)}, pickle.Tuple{int64(-1)}), storage(8)), ErrLayout, "negative"},
		{"negative size", torchZip(t, rebuilt("FloatStorage", 2, 0, pickle.Tuple{int64(-2)}, one), storage(8)), ErrLayout, "negative"},
		{"strides missing", torchZip(t, rebuilt("FloatStorage", 2, 0, pickle.Tuple{int64(2)}, nil), storage(8)), ErrLayout, "a stride for each axis"},
		{"sizes that overflow", torchZip(t, rebuilt("FloatStorage", 2, 0, pickle.Tuple{int64(1 << 40), int64(1 << 40)}, pickle.Tuple{int64(0), int64(0)}), storage(8)), ErrLayout, "more elements than can be counted"},
		{"strides that overflow", torchZip(t, rebuilt("FloatStorage", 2, 0, pickle.Tuple{int64(1 << 40)}, pickle.Tuple{int64(1 << 40)}), storage(8)), ErrLayout, "more elements than can be counted"},
		{"expanded beyond reason", torchZip(t, rebuilt("FloatStorage", 2, 0, pickle.Tuple{int64(1 << 40)}, pickle.Tuple{int64(0)}), storage(8)), ErrLayout, "far more elements"},
		{"byte order", torchZip(t, small, map[string]string{"byteorder": "middle", "data/0": "12345678"}), ErrHeader, `"middle"`},
		{"no PyTorch file", torchZip(t, nil, nil)[:20], ErrHeader, "zip archive"},
		{"cut archive", good[:len(good)-30], ErrHeader, "zip archive"},
		{"legacy of another version", slices.Concat(legacy, []byte("K\x05.K\x00.")), ErrHeader, "version 5, want 1001"},
		{"legacy cut", slices.Concat(legacy, []byte("M\xe9\x03.}.")), ErrTruncated, "ends too early"},
		{"legacy without keys", slices.Concat(legacy, []byte("M\xe9\x03.}."), small, []byte("N.")), ErrPickle, "want a list"},
		{"legacy without storage", slices.Concat(legacy, []byte("M\xe9\x03.}."), small, []byte("].")), ErrLayout, "is not in the file"},
		{"legacy with a foreign storage", slices.Concat(legacy, []byte("M\xe9\x03.}."), small, []byte("](U\x019e.")), ErrLayout, "used by no tensor"},
		{"legacy with a storage of other length", slices.Concat(legacy, []byte("M\xe9\x03.}."), small, []byte("](U\x010e."), []byte{3, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}), ErrLayout, "has 3 elements, want 2"},
		{"legacy with a cut storage", slices.Concat(legacy, []byte("M\xe9\x03.}."), small, []byte("](U\x010e."), []byte{2, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3}), ErrTruncated, "within storage"},
	}
}

func TestBrokenTorchFiles(t *testing.T) {
	for _, c := range brokenTorch(t) {
		f, err := open(c.file)
		if err == nil { // some are only seen as values
			_, err = f.Object(tensor.CPU())
		}
		var e *Error
		if !errors.Is(err, c.kind) || !errors.As(err, &e) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: error %v, want %v with %q", c.name, err, c.kind, c.text)
		}
	}
}

// Types without tensors here are described, and refused when they are wanted.
func TestTorchUnsupportedTypes(t *testing.T) {
	f, err := open(torchZip(t, rebuilt("ComplexFloatStorage", 1, 0, one, one), map[string]string{"data/0": "12345678"}))
	if err != nil {
		t.Fatal(err)
	}
	if m, _ := f.Meta(""); m.Format != "complex64" || m.Size != 8 {
		t.Errorf("Meta = %+v", m)
	}
	if _, err := f.Tensor(tensor.CPU(), ""); !errors.Is(err, ErrDType) {
		t.Errorf("error %v", err)
	}
}

// Big-endian files and compressed ones are read as any other.
func TestTorchVariants(t *testing.T) {
	pkl := rebuilt("ShortStorage", 2, 0, pickle.Tuple{int64(2)}, one)
	for name, members := range map[string]map[string]string{
		"big-endian": {"byteorder": "big", "data/0": "\x00\x01\x01\x00"},
		"compressed": {"data/0": "deflate:\x01\x00\x00\x01"},
	} {
		f, err := open(torchZip(t, pkl, members))
		if err != nil {
			t.Fatal(err)
		}
		if x, err := f.Tensor(tensor.CPU(), ""); err != nil || !slices.Equal(x.Float64s(), []float64{1, 256}) {
			t.Errorf("%s: %v, %v, want [1 256]", name, x, err)
		}
	}
}

func FuzzTorch(f *testing.F) {
	for _, c := range brokenTorch(f) {
		f.Add(c.file)
	}
	f.Add(torchZip(f, rebuilt("HalfStorage", 6, 1, pickle.Tuple{int64(2), int64(2)}, pickle.Tuple{int64(1), int64(2)}), map[string]string{"data/0": "123456789012", "byteorder": "big"}))
	for _, name := range []string{"sd_legacy.pt", "sd.pt", "ckpt.pt"} {
		f.Add(realFile(f, "torch-files/made-by-torch-1.13/"+name))
	}
	f.Add(realFile(f, "torch-files/tar_multi_dtype.tar"))
	f.Fuzz(fuzzFile)
}

// FuzzPickle feeds the pickle of a file alone, which changes to an archive
// seldom get to.
func FuzzPickle(f *testing.F) {
	for _, s := range []string{"N.", "cos\nsystem\n(S'id'\ntR.", "\x80\x02}q\x00(U\x01aK\x01U\x01bM\x01\x02U\x01cJ\xff\xff\xff\xffu.", "\x80\x04\x95\x03\x00\x00\x00\x00\x00\x00\x00\x8f(K\x01\x90.", "(I1\nL2L\nF1.5\nld.", "G?\xf0\x00\x00\x00\x00\x00\x00."} {
		f.Add([]byte(s))
	}
	f.Add(rebuilt("FloatStorage", 2, 0, pickle.Tuple{int64(2)}, one))
	f.Add(bomb(20))
	f.Fuzz(func(t *testing.T, pkl []byte) {
		fuzzFile(t, torchZip(t, pkl, map[string]string{"data/0": "12345678", "data/1": ""}))
	})
}

// fuzzFile reads all of a file, which must end with tensors or an *Error.
func fuzzFile(t *testing.T, b []byte) {
	var e *Error
	file, err := open(b)
	if err != nil {
		if !errors.As(err, &e) {
			t.Fatalf("error %T %v, want an *Error", err, err)
		}
		return
	}
	elements := 0
	for _, name := range file.Names() {
		m, _ := file.Meta(name)
		if m.Size > int64(len(b))*deflateRatio {
			t.Fatalf("%q has %d bytes in a file of %d", name, m.Size, len(b))
		}
		n := 1
		for _, size := range m.Shape {
			n *= size
		}
		elements += n
		if _, err := file.Tensor(tensor.CPU(), name); err != nil && !errors.As(err, &e) {
			t.Fatalf("error %T %v, want an *Error", err, err)
		}
	}
	v, err := file.Object(tensor.CPU())
	if err != nil {
		if !errors.As(err, &e) {
			t.Fatalf("error %T %v, want an *Error", err, err)
		}
		return
	}
	if elements > 1<<16 {
		return // expanded ones, which would be slow to write
	}
	var out bytes.Buffer
	if err := WriteTorch(&out, v); err == nil {
		if _, err := open(out.Bytes()); err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
	}
}

func realFile(f *testing.F, name string) []byte {
	return read(f, recorded.Data(f, name))
}
