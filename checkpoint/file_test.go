package checkpoint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/recorded"
	"github.com/hekla-ml/hekla/tensor"
)

// build returns a file of the given header and elements.
func build(header, data string) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), data...)
}

func open(b []byte) (*File, error) { return NewFile(bytes.NewReader(b), int64(len(b))) }

// broken lists files that must be refused; FuzzOpen starts from them.
var broken = []struct {
	name string
	file []byte
	kind error
	text string // that the error must contain
}{
	{"empty", nil, ErrTruncated, "0 bytes, want at least the 8"},
	{"short length", []byte{1, 2, 3}, ErrTruncated, "3 bytes"},
	{"no header", []byte{9, 0, 0, 0, 0, 0, 0, 0}, ErrTruncated, "a header of 9 bytes in a file of 8"},
	{"huge header", []byte{0, 0, 0, 0, 0, 0, 0, 0x80}, ErrHeader, "a header of 9223372036854775808 bytes, want at most 100000000"},
	{"text file", []byte("Dear reader, this is no model"), ErrHeader, "is this a safetensors file?"},
	{"empty header", build("", ""), ErrHeader, "want a JSON object"},
	{"array", build("[]", ""), ErrHeader, `begins with "[]"`},
	{"leading space", build(" {}", ""), ErrHeader, "want a JSON object's {"},
	{"bad UTF-8", build("{\"\xff\":1}", ""), ErrHeader, "not UTF-8"},
	{"cut JSON", build(`{"a":{"dtype":"F32"`, ""), ErrHeader, "ends too early"},
	{"bad JSON", build(`{"a" 1}`, ""), ErrHeader, "byte 13: malformed header: tensor \"a\": invalid character"},
	{"two values", build(`{}{}`, ""), ErrHeader, "more than one JSON value"},
	{"entry is no object", build(`{"a":3}`, ""), ErrHeader, `tensor "a": the entry: found "3", want {`},
	{"metadata is no text", build(`{"__metadata__":{"a":1}}`, ""), ErrHeader, "want a string"},
	{"metadata is null", build(`{"__metadata__":null}`, ""), ErrHeader, `"<nil>", want {`},
	{"metadata twice", build(`{"__metadata__":{},"__metadata__":{}}`, ""), ErrHeader, `"__metadata__" is there twice`},
	{"metadata key twice", build(`{"__metadata__":{"a":"","a":""}}`, ""), ErrHeader, `has "a" twice`},
	{"name twice", build(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, "xx"), ErrHeader, `"a" is there twice`},
	{"field twice", build(`{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}`, "x"), ErrHeader, `"dtype" is there twice`},
	{"field missing", build(`{"a":{"dtype":"U8","shape":[1]}}`, "x"), ErrHeader, "no data_offsets"},
	{"field unknown", build(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"strides":[1]}}`, "x"), ErrHeader, `unknown field "strides"`},
	{"unknown dtype", build(`{"a":{"dtype":"Q8","shape":[1],"data_offsets":[0,1]}}`, "x"), ErrDType, `unknown dtype "Q8"`},
	{"negative size", build(`{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}`, "x"), ErrHeader, "shape holds -1"},
	{"minus zero", build(`{"a":{"dtype":"U8","shape":[-0],"data_offsets":[0,0]}}`, ""), ErrHeader, "shape holds -0"},
	{"fraction", build(`{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}`, "x"), ErrHeader, "shape holds 1.0"},
	{"size too large", build(`{"a":{"dtype":"U8","shape":[99999999999999999999],"data_offsets":[0,1]}}`, "x"), ErrHeader, "want a whole number"},
	{"one offset", build(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[1]}}`, "x"), ErrHeader, "1 numbers, want begin and end"},
	{"elements overflow", build(`{"a":{"dtype":"U8","shape":[4294967296,4294967296,16],"data_offsets":[0,0]}}`, ""), ErrLayout, "more elements than can be counted"},
	{"overflow times 0", build(`{"a":{"dtype":"U8","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}`, ""), ErrLayout, "more elements than can be counted"},
	{"bits overflow", build(`{"a":{"dtype":"F64","shape":[4611686018427387904],"data_offsets":[0,0]}}`, ""), ErrLayout, "more bits than can be counted"},
	{"half a byte", build(`{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}`, "xx"), ErrLayout, "12 bits"},
	{"wrong size", build(`{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,6]}}`, "xxxxxx"), ErrLayout, "6 bytes at offsets [0 6], want 24 for F32[2 3]"},
	{"backwards", build(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}`, "x"), ErrLayout, "ends at data byte 0 before it begins at 1"},
	{"overlap", build(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, "xxx"), ErrLayout, "begins at data byte 1 within the tensor before it"},
	{"same place", build(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, "xx"), ErrLayout, "within the tensor before it"},
	{"hole at the start", build(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, "xx"), ErrLayout, "a hole of 1 bytes"},
	{"hole", build(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}`, "xxxx"), ErrLayout, "a hole of 2 bytes before it, at data byte 1"},
	{"trailing bytes", build(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, "xyz"), ErrLayout, "2 bytes follow the last tensor"},
	{"data cut", build(`{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}`, "xyz"), ErrTruncated, "ends at data byte 9, but there are only 3"},
}

func TestBrokenFiles(t *testing.T) {
	for _, c := range broken {
		_, err := open(c.file)
		var e *Error
		if !errors.As(err, &e) || !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: error %v, want an *Error that is %q and contains %q", c.name, err, c.kind, c.text)
		}
	}
}

func TestErrorsNameTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.safetensors")
	if _, err := Open(path); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a folder: %v", err)
	}
	if err := os.WriteFile(path, build(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,2]}}`, "xx"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(path)
	want := "checkpoint: " + path + `: tensor "a": inconsistent layout: 2 bytes at offsets [0 2], want 1 for U8[1]`
	if err == nil || err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
}

func TestUnsupportedElements(t *testing.T) {
	f, err := open(build(`{"a":{"dtype":"U32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F4","shape":[2],"data_offsets":[4,5]},"c":{"dtype":"BOOL","shape":[1],"data_offsets":[5,6]}}`, "xxxxx\x02"))
	if err != nil {
		t.Fatalf("the others of a file with U32 cannot be read: %v", err)
	}
	for name, text := range map[string]string{
		"a": "U32, want one of BOOL U8 I8 I16 F16 BF16 I32 F32 F64 I64",
		"b": "F4, want one of",
		"c": "byte 2, want 0 or 1",
		"d": `not in the file, whose 3 tensors are ["a" "b" "c"]`,
	} {
		if _, err := f.Tensor(tensor.CPU(), name); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("Tensor(%q): %v, want %q", name, err, text)
		}
	}
	if m, ok := f.Meta("a"); !ok || m.DType != dtype.Invalid || m.Format != "U32" || m.Size != 4 {
		t.Errorf("Meta(a) = %+v, %v", m, ok)
	}
	if _, ok := f.Meta("d"); ok {
		t.Error("Meta knows a tensor that is not there")
	}
}

// A file may shrink after its header was read: a mapped one too, of whose last
// page the system then makes zeros.
func TestShrunkFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	b := build(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, "12345678")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Truncate(path, int64(len(b)-3)); err != nil {
		t.Skip(err)
	}
	if _, err := f.Tensor(tensor.CPU(), "a"); !errors.Is(err, ErrTruncated) || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
}

// Pages of a mapped file that are gone are a fault of the processor's, not an
// end of the process.
func TestVanishedPages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	x := tensor.Ones(tensor.CPU(), dtype.Float32, 1<<18)
	if err := Save(path, map[string]*tensor.Tensor{"a": x}, nil); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Truncate(path, 0); err != nil {
		t.Skip(err)
	}
	for range 3 {
		if _, err := f.Tensor(tensor.CPU(), "a"); !errors.Is(err, ErrTruncated) || !strings.Contains(err.Error(), path) {
			t.Errorf("error %v", err)
		}
	}
}

func TestRealFiles(t *testing.T) {
	for file, want := range map[string]struct {
		tensors int
		name    string
		shape   string
		first   []float64
	}{
		// First elements: python3 -c "import struct;b=open(F,'rb').read();n=struct.unpack('<Q',b[:8])[0];print(struct.unpack_from('<2f',b,8+n+OFFSET))"
		"torch-files/multi_layer.safetensors": {9, "conv1.weight", "[4 3 3 3]", []float64{0.09916245192289352, -0.08494327962398529}},
		"models/burn-mnist/mnist.safetensors": {20, "fc2.bias", "[10]", []float64{0.08848035335540771, 0.097252257168293}},
	} {
		path := recorded.Data(t, file)
		all, err := Load(tensor.CPU(), path)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		x := all[want.name]
		if len(all) != want.tensors || x == nil || fmt.Sprint(x.Shape()) != want.shape || !slices.Equal(x.Float64s()[:2], want.first) {
			t.Errorf("%s: %d tensors, %s is %v, want %d, %s beginning with %v", file, len(all), want.name, x, want.tensors, want.shape, want.first)
		}
		// Both were written by the Rust implementation; ours must write the same.
		got := filepath.Join(t.TempDir(), "copy")
		if err := Save(got, all, nil); err != nil {
			t.Fatal(err)
		}
		a, _ := os.ReadFile(path)
		b, _ := os.ReadFile(got)
		if !bytes.Equal(a, b) {
			t.Errorf("%s: saving what was loaded changes its bytes", file)
		}
	}
}

func FuzzOpen(f *testing.F) {
	for _, c := range broken {
		f.Add(c.file)
	}
	f.Add(build(`{}`, ""))
	f.Add(build(`{"__metadata__":{"k":"v"},"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"I64","shape":[],"data_offsets":[4,12]},"e":{"dtype":"F32","shape":[0,9],"data_offsets":[12,12]}}  `, "123456789012"))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := open(b)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("error %T %v, want an *Error", err, err)
			}
			return
		}
		var size int64
		loaded := map[string]*tensor.Tensor{}
		for _, name := range file.Names() {
			m, _ := file.Meta(name)
			size += m.Size
			if x, err := file.Tensor(tensor.CPU(), name); err == nil {
				loaded[name] = x
			}
		}
		if size > int64(len(b)) {
			t.Fatalf("tensors of %d bytes in a file of %d", size, len(b))
		}
		if len(loaded) < len(file.Names()) {
			return
		}
		var out bytes.Buffer
		if err := Write(&out, loaded, file.Metadata()); err != nil {
			t.Fatal(err)
		}
		again, err := open(out.Bytes())
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if !maps.Equal(again.Metadata(), file.Metadata()) || !slices.Equal(again.Names(), file.Names()) {
			t.Fatalf("names or metadata changed: %v %v", again.Names(), again.Metadata())
		}
	})
}
