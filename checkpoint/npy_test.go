package checkpoint

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

func read(t testing.TB, path string) []byte {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// npy returns a file of NumPy's with a description of its own.
func npy(text, data string) []byte {
	return append([]byte(fmt.Sprintf("\x93NUMPY\x01\x00%c%c%s", byte(len(text)), byte(len(text)>>8), text)), data...)
}

var npyFiles = []struct {
	name string
	file []byte
	want string // shape, type and values, or
	kind error  // of the failure, and
	text string // in its message
}{
	// python3 -c "import numpy as n; n.save('a.npy', n.array([[1,2,3],[4,5,6]],'<i2'))"
	{"row-major", npy("{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }\n", "\x01\x00\x02\x00\x03\x00\x04\x00\x05\x00\x06\x00"), "[2 3] int16 [1 2 3 4 5 6]", nil, ""},
	{"column-major", npy("{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }\n", "\x01\x00\x04\x00\x02\x00\x05\x00\x03\x00\x06\x00"), "[2 3] int16 [1 2 3 4 5 6]", nil, ""},
	{"big-endian", npy("{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }\n", "\x00\x01\x01\x00"), "[2] int16 [1 256]", nil, ""},
	{"scalar", npy("{'descr': '|b1', 'fortran_order': False, 'shape': (), }\n", "\x01"), "[] bool [1]", nil, ""},
	{"Python 2", npy("{\"descr\": '|u1', 'shape': (3L,), 'fortran_order': False}", "abc"), "[3] uint8 [97 98 99]", nil, ""},
	{"empty", npy("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 4)}", ""), "[0 4] float64 []", nil, ""},
	{"version 2", []byte("\x93NUMPY\x02\x00\x3a\x00\x00\x00{'descr': '|i1', 'fortran_order': False, 'shape': (1,), } \xff"), "[1] int8 [-1]", nil, ""},
	{"version 9", []byte("\x93NUMPY\x09\x00\x01\x00\x00\x00{"), "", ErrHeader, "version 9.0"},
	{"cut header", npy("{", "")[:9], "", ErrHeader, "magic"},
	{"cut text", append(npy("{'descr'", "")[:8], 99, 0, '{', '}'), "", ErrTruncated, "header of 99 bytes"},
	{"cut data", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", "1234567"), "", ErrTruncated, "7 bytes of elements, want 8"},
	{"more data", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", "123456789"), "", ErrLayout, "9 bytes of elements, want 8"},
	{"objects", npy("{'descr': '|O', 'fortran_order': False, 'shape': (2,)}", ""), "", ErrCode, "a pickle"},
	{"records", npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}", ""), "", ErrDType, "records"},
	{"texts", npy("{'descr': '<U3', 'fortran_order': False, 'shape': (2,)}", ""), "", ErrDType, "<U3"},
	{"complex", npy("{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", "12345678"), "", ErrDType, "c8"},
	{"no shape", npy("{'descr': '<f4', 'fortran_order': False}", ""), "", ErrHeader, "no shape"},
	{"key twice", npy("{'descr': '<f4', 'descr': '<f4', 'shape': ()}", ""), "", ErrHeader, "twice"},
	{"another key", npy("{'descr': '<f4', 'order': False, 'shape': ()}", ""), "", ErrHeader, `"order"`},
	{"negative size", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", ""), "", ErrHeader, "shape"},
	{"huge sizes", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 3)}", ""), "", ErrLayout, "counted"},
	{"code", npy("{'descr': __import__('os').system('id')}", ""), "", ErrHeader, "want '"},
	{"text after", npy("{'descr': '<f4', 'fortran_order': False, 'shape': ()} + 1", "1234"), "", ErrHeader, "after the end"},
}

func TestNPY(t *testing.T) {
	for _, c := range npyFiles {
		f, err := open(c.file)
		var x *tensor.Tensor
		if err == nil {
			x, err = f.Tensor(tensor.CPU(), "arr_0")
		}
		if c.kind != nil {
			if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%s: error %v, want %v with %q", c.name, err, c.kind, c.text)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := fmt.Sprint(x.Shape(), x.DType(), x.Float64s()); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestNPYRoundTrip(t *testing.T) {
	dir := t.TempDir()
	want := sample()
	for name, x := range want {
		path := filepath.Join(dir, "a.npy")
		err := SaveNPY(path, x)
		if x.DType() == dtype.BFloat16 {
			if !errors.Is(err, ErrDType) || !strings.Contains(err.Error(), path) {
				t.Errorf("bfloat16: error %v", err)
			}
			delete(want, name)
			continue
		}
		all, loadErr := Load(tensor.CPU(), path)
		if err != nil || loadErr != nil {
			t.Errorf("%q: %v, %v", name, err, loadErr)
			continue
		}
		if got := all["arr_0"]; got.DType() != x.DType() || !slices.Equal(got.Shape(), x.Shape()) || !bytes.Equal(got.Bytes(), x.Bytes()) {
			t.Errorf("%q: read %v, want %v", name, got, x)
		}
		if b := read(t, path); (len(b)-size(x))%64 != 0 {
			t.Errorf("%q: elements begin at byte %d, want a multiple of 64", name, len(b)-size(x))
		}
	}
	path := filepath.Join(dir, "a.npz")
	if err := SaveNPZ(path, want); err != nil {
		t.Fatal(err)
	}
	plain := read(t, path)
	for _, b := range [][]byte{plain, deflated(t, plain)} {
		f, err := open(b)
		if err != nil {
			t.Fatal(err)
		}
		all, err := f.Tensors(tensor.CPU())
		if err != nil || f.Format() != NPZ || !slices.Equal(slices.Sorted(maps.Keys(all)), slices.Sorted(maps.Keys(want))) {
			t.Fatalf("%v: %v %q", err, f.Format(), f.Names())
		}
		for name, x := range want {
			if got := all[name]; got.DType() != x.DType() || !slices.Equal(got.Shape(), x.Shape()) || !bytes.Equal(got.Bytes(), x.Bytes()) {
				t.Errorf("%q: read %v, want %v", name, got, x)
			}
		}
	}
}

// deflated returns an archive with its members compressed.
func deflated(t testing.TB, b []byte) []byte {
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, m := range r.File {
		data, err := unzip(m)
		if err != nil {
			t.Fatal(err)
		}
		o, err := w.Create(m.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func FuzzNPY(f *testing.F) {
	for _, c := range npyFiles {
		f.Add(c.file)
	}
	var b bytes.Buffer
	if err := WriteNPZ(&b, map[string]*tensor.Tensor{"a": tensor.From(tensor.CPU(), []float32{1, 2}), "b": tensor.From(tensor.CPU(), []bool{true})}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(deflated(f, b.Bytes()))
	f.Fuzz(fuzzFile)
}
