package tensorboard

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// field is one of a message, as it is read back.
type field struct {
	number, wire int
	x            uint64 // of numbers
	b            []byte
}

// fields reads a message.
func fields(t *testing.T, b []byte) (l []field) {
	for len(b) > 0 {
		key, n := binary.Uvarint(b)
		if n <= 0 {
			t.Fatalf("a bad key in % x", b)
		}
		b = b[n:]
		f := field{number: int(key >> 3), wire: int(key & 7)}
		switch f.wire {
		case wireVarint:
			f.x, n = binary.Uvarint(b)
		case wire64:
			f.x, n = binary.LittleEndian.Uint64(b), 8
		case wire32:
			f.x, n = uint64(binary.LittleEndian.Uint32(b)), 4
		case wireBytes:
			size, k := binary.Uvarint(b)
			n = k + int(size)
			f.b = b[k:n]
		}
		b = b[n:]
		l = append(l, f)
	}
	return l
}

func get(t *testing.T, b []byte, path ...int) field {
	var f field
	for _, number := range path {
		l := fields(t, b)
		i := slices.IndexFunc(l, func(f field) bool { return f.number == number })
		if i < 0 {
			return field{}
		}
		f = l[i]
		b = f.b
	}
	return f
}

// events reads a file and checks its checksums.
func events(t *testing.T, dir string) (l [][]byte) {
	files, err := filepath.Glob(filepath.Join(dir, "events.out.tfevents.*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("event files %v, %v; want one", files, err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	r := bytes.NewReader(b)
	for r.Len() > 0 {
		var head [12]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			t.Fatal(err)
		}
		data := make([]byte, binary.LittleEndian.Uint64(head[:])+4)
		if _, err := io.ReadFull(r, data); err != nil {
			t.Fatal(err)
		}
		for _, part := range [][]byte{head[:], data} {
			n := len(part) - 4
			sum := crc32.Checksum(part[:n], crc32.MakeTable(crc32.Castagnoli))
			if got := binary.LittleEndian.Uint32(part[n:]); got != (sum>>15|sum<<17)+0xa282ead8 {
				t.Fatalf("checksum %08x of % x", got, part[:n])
			}
		}
		l = append(l, data[:len(data)-4])
	}
	return l
}

func TestEvents(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "runs", "a")
	w, err := New(dir)
	if err != nil {
		t.Fatal(err)
	}
	picture := image.NewGray(image.Rect(0, 0, 3, 2))
	picture.Pix[1] = 200
	for _, err := range []error{
		w.Scalar("loss", 7, 0.5), w.Log(300, map[string]float64{"b": 2, "a": math.Inf(1)}), w.Text("note", 1, "*hi*"),
		w.Image("digit", 2, picture), w.Histogram("w", 3, []float64{1, 1, -2, 0, math.NaN()}), w.Histogram("none", 3, nil), w.Rewind(299), w.Close(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	l := events(t, dir)
	if len(l) != 9 {
		t.Fatalf("%d events, want 9", len(l))
	}
	if v := get(t, l[0], eventVersion); string(v.b) != "brain.Event:2" {
		t.Errorf("version %q", v.b)
	}
	scalar := func(i int) string {
		return fmt.Sprintf("%s %d %v", get(t, l[i], eventSummary, 1, valueTag).b, get(t, l[i], eventStep).x,
			math.Float32frombits(uint32(get(t, l[i], eventSummary, 1, valueScalar).x)))
	}
	if got := []string{scalar(1), scalar(2), scalar(3)}; !slices.Equal(got, []string{"loss 7 0.5", "a 300 +Inf", "b 300 2"}) {
		t.Errorf("scalars %q", got)
	}
	if at := math.Float64frombits(get(t, l[1], eventTime).x); at < 1.7e9 || at > 1e11 {
		t.Errorf("time %v, want seconds since 1970", at)
	}
	if s, p := get(t, l[4], eventSummary, 1, valueTensor, 8), get(t, l[4], eventSummary, 1, valueAbout, 1, 1); string(s.b) != "*hi*" || string(p.b) != "text" {
		t.Errorf("text %q of plugin %q", s.b, p.b)
	}
	m, err := png.Decode(bytes.NewReader(get(t, l[5], eventSummary, 1, valueImage, 4).b))
	if err != nil || m.Bounds() != picture.Bounds() || m.At(1, 0) != picture.At(1, 0) || get(t, l[5], eventSummary, 1, valueImage, 2).x != 3 {
		t.Errorf("image %v, %v", m, err)
	}
	h := get(t, l[6], eventSummary, 1, valueHisto).b
	double := func(i int) float64 { return math.Float64frombits(get(t, h, i).x) }
	if got := []float64{double(1), double(2), double(3), double(4), double(5)}; !slices.Equal(got, []float64{-2, 1, 4, 0, 6}) {
		t.Errorf("least, largest, number, sum, sum of squares %v", got)
	}
	ends, counts := get(t, h, 6).b, get(t, h, 7).b
	sum, last := 0.0, math.Inf(-1)
	for i := 0; i < len(counts); i += 8 {
		end := math.Float64frombits(binary.LittleEndian.Uint64(ends[i:]))
		n := math.Float64frombits(binary.LittleEndian.Uint64(counts[i:]))
		for _, v := range []float64{-2, 0, 1} {
			if v >= last && v < end && n == 0 {
				t.Errorf("the bucket of %v, %v to %v, is empty", v, last, end)
			}
		}
		sum, last = sum+n, end
	}
	if sum != 4 || len(ends) != len(counts) {
		t.Errorf("%v in buckets, want 4", sum)
	}
	if s := get(t, l[8], eventSession, 1); s.x != 1 || get(t, l[8], eventStep).x != 300 {
		t.Errorf("Rewind wrote % x", l[8])
	}
}

// The checksum of RFC 3720, appendix B.4, and how the event files of TensorFlow
// begin: with an event of 24 bytes.
func TestChecksum(t *testing.T) {
	if sum := crc32.Checksum(make([]byte, 32), castagnoli); sum != 0x8a9136aa {
		t.Errorf("checksum %08x", sum)
	}
	var b bytes.Buffer
	if err := record(&b, make([]byte, 24)); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("% x", b.Bytes()[:12]); got != "18 00 00 00 00 00 00 00 a3 7f 4b 22" {
		t.Errorf("the length 24 and its checksum are % x", got)
	}
}

func TestCannotWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(filepath.Join(file, "runs")); err == nil {
		t.Error("a folder was made in a file")
	}
	w, err := New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Scalar("a", 1, 2); err == nil {
		err = w.Flush()
		if err == nil {
			t.Error("a closed file was written to")
		}
	}
}
