package vision

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
)

// idx builds a file.
func idx(kind byte, sizes []uint32, data ...byte) []byte {
	b := []byte{0, 0, kind, byte(len(sizes))}
	for _, s := range sizes {
		b = binary.BigEndian.AppendUint32(b, s)
	}
	return append(b, data...)
}

func zip(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(b)
	z.Close()
	return out.Bytes()
}

func TestReadIDX(t *testing.T) {
	for _, c := range []struct {
		file []byte
		want IDX
	}{
		{idx(8, []uint32{2, 3}, 1, 2, 3, 4, 5, 6), IDX{dtype.Uint8, []int{2, 3}, []byte{1, 2, 3, 4, 5, 6}}},
		{zip(idx(9, []uint32{1}, 255)), IDX{dtype.Int8, []int{1}, []byte{255}}},
		{idx(0xb, []uint32{2}, 1, 2, 3, 4), IDX{dtype.Int16, []int{2}, native(uint16(0x0102), uint16(0x0304))}},
		{idx(0xc, []uint32{1}, 1, 2, 3, 4), IDX{dtype.Int32, []int{1}, native(uint32(0x01020304))}},
		{idx(0xd, []uint32{1}, 0x3f, 0x80, 0, 0), IDX{dtype.Float32, []int{1}, native(float32(1))}},
		{idx(0xe, []uint32{1}, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0), IDX{dtype.Float64, []int{1}, native(1.0)}},
		{idx(8, []uint32{0, 28, 28}), IDX{dtype.Uint8, []int{0, 28, 28}, nil}},
	} {
		got, err := ReadIDX(bytes.NewReader(c.file))
		if err != nil || fmt.Sprint(*got) != fmt.Sprint(c.want) {
			t.Errorf("ReadIDX = %v, %v, want %v", got, err, c.want)
		}
	}
}

func native(values ...any) (b []byte) {
	for _, v := range values {
		b, _ = binary.Append(b, binary.NativeEndian, v)
	}
	return b
}

var brokenIDX = []struct {
	name string
	file []byte
	text string
}{
	{"empty", nil, "ends within the first 4 bytes"},
	{"no magic", []byte("a file of text"), "begins with 61 20 66 69, want 00 00"},
	{"unknown type", idx(0x0a, []uint32{1}, 0), "begins with 00 00 0a 01"},
	{"no axes", idx(8, nil, 0), "begins with 00 00 08 00"},
	{"cut in the sizes", idx(8, []uint32{1, 1})[:9], "ends within the size of axis 1 of 2"},
	{"cut in the elements", idx(8, []uint32{2, 2}, 1, 2, 3), "found 3 bytes, want 4 for uint8[2 2]"},
	{"trailing", idx(8, []uint32{1}, 1, 2), "bytes follow the 1 that uint8[1] takes"},
	{"size above 2^31", idx(8, []uint32{1 << 31}), "size 2147483648 of axis 0"},
	{"too large", idx(8, []uint32{1 << 30, 1 << 30, 1 << 30}), "is too large"},
	{"announces much", idx(0xe, []uint32{1 << 27}, 1), "found 1 bytes, want 1073741824"},
	{"gzip cut", zip(idx(8, []uint32{4}, 1, 2, 3, 4))[:20], "ends within"},
	{"gzip header", []byte{0x1f, 0x8b, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9}, "gzip header"},
	{"gzip damaged", flip(zip(idx(8, []uint32{4}, 1, 2, 3, 4)), -6), "checksum"},
}

func flip(b []byte, at int) []byte {
	b[len(b)+at] ^= 1
	return b
}

func TestBrokenIDX(t *testing.T) {
	for _, c := range brokenIDX {
		if _, err := ReadIDX(bytes.NewReader(c.file)); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.text)
		}
	}
	broken := errors.New("disk on fire")
	if _, err := ReadIDX(failing{broken}); !errors.Is(err, broken) || errors.Is(err, ErrFormat) {
		t.Errorf("error %v", err)
	}
}

type failing struct{ error }

func (f failing) Read([]byte) (int, error) { return 0, f.error }

func FuzzReadIDX(f *testing.F) {
	for _, c := range brokenIDX {
		f.Add(c.file)
	}
	f.Add(idx(8, []uint32{2, 3}, 1, 2, 3, 4, 5, 6))
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := ReadIDX(bytes.NewReader(b))
		if err != nil {
			return
		}
		n := x.DType.Size()
		for _, s := range x.Shape {
			n *= s
		}
		if n != len(x.Data) {
			t.Fatalf("%v%v has %d bytes", x.DType, x.Shape, len(x.Data))
		}
	})
}
