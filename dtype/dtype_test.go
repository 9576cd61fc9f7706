package dtype

import (
	"testing"
	"unsafe"
)

func TestParse(t *testing.T) {
	for _, d := range All() {
		if got, err := Parse(d.String()); got != d || err != nil {
			t.Errorf("Parse(%q) = %v, %v", d.String(), got, err)
		}
	}
	for _, name := range []string{"", "invalid", "float", "Float32", "complex64"} {
		if got, err := Parse(name); got != Invalid || err == nil {
			t.Errorf("Parse(%q) = %v, %v, want an error", name, got, err)
		}
	}
}

func TestUnknownDType(t *testing.T) {
	d := DType(200) // as a broken file may hold
	if got := d.String(); got != "dtype(200)" {
		t.Errorf("String() = %q", got)
	}
	if d.Size() != 0 || d.IsFloat() || d.IsInt() {
		t.Errorf("an unknown type has size %d", d.Size())
	}
}

func size[T Element]() (DType, int) {
	var x T
	return Of[T](), int(unsafe.Sizeof(x))
}

func TestOf(t *testing.T) {
	seen := map[DType]bool{}
	check := func(d DType, size int) {
		seen[d] = true
		if d.Size() != size {
			t.Errorf("%s has size %d, its Go type %d", d, d.Size(), size)
		}
	}
	check(size[bool]())
	check(size[uint8]())
	check(size[int8]())
	check(size[int16]())
	check(size[int32]())
	check(size[int64]())
	check(size[F16]())
	check(size[BF16]())
	check(size[float32]())
	check(size[float64]())
	for _, d := range All() {
		if !seen[d] {
			t.Errorf("no Go type gives %s", d)
		}
		if d.IsFloat() && d.IsInt() || d == Bool && (d.IsFloat() || d.IsInt()) {
			t.Errorf("%s is in two categories", d)
		}
	}
}
