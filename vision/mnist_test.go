package vision

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/internal/recorded"
	"github.com/hekla-ml/hekla/tensor"
)

func TestMNIST(t *testing.T) {
	dir := recorded.Data(t, "mnist")
	for _, c := range []struct {
		train  bool
		n      int
		labels []uint8
	}{
		{true, 60000, []uint8{5, 0, 4, 1, 9, 2}},
		{false, 10000, []uint8{7, 2, 1, 0, 4, 1}},
	} {
		m, err := MNIST(dir, c.train)
		if err != nil {
			t.Fatal(err)
		}
		if m.Len() != c.n || m.Height != 28 || m.Width != 28 || len(m.Pixels) != c.n*784 || len(m.Classes) != 10 || len(m.Warnings) > 0 {
			t.Errorf("%d images of %d by %d, %d classes, warnings %q", m.Len(), m.Height, m.Width, len(m.Classes), m.Warnings)
		}
		for i, want := range c.labels {
			if m.Labels[i] != want {
				t.Errorf("label %d is %d, want %d", i, m.Labels[i], want)
			}
		}
		if !c.train {
			continue
		}
		var sum float64
		for _, p := range m.Pixels {
			sum += float64(p) / 255
		}
		if mean := sum / float64(len(m.Pixels)); math.Abs(mean-float64(m.Mean)) > 5e-5 { // it has 4 digits
			t.Errorf("mean %v, want %v", mean, m.Mean)
		}
	}
	// The same files are no clothes, which is worth a warning.
	m, err := FashionMNIST(dir, false)
	if err != nil || len(m.Warnings) != 2 || !strings.Contains(m.Warnings[0], "has content with MD5 2646ac647ad5339dbf082846283269ea, want 8181f5470baa50b63fa0f6fddb340f0a for FashionMNIST") {
		t.Errorf("FashionMNIST of the digits: %v, %q", err, m.Warnings)
	}
}

func TestMNISTFiles(t *testing.T) {
	images := idx(8, []uint32{2, 1, 3}, 0, 255, 51, 1, 2, 3)
	labels := idx(8, []uint32{2}, 7, 0)
	write := func(t *testing.T, files map[string][]byte) string {
		dir := t.TempDir()
		for name, b := range files {
			path := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	for _, c := range []struct {
		name     string
		files    map[string][]byte
		warnings int
	}{
		{"unpacked", map[string][]byte{"t10k-images-idx3-ubyte": images, "t10k-labels-idx1-ubyte": labels}, 2},
		{"packed", map[string][]byte{"t10k-images-idx3-ubyte.gz": zip(images), "t10k-labels-idx1-ubyte.gz": zip(labels)}, 2},
		{"as PyTorch stores it", map[string][]byte{"MNIST/raw/t10k-images-idx3-ubyte": images, "MNIST/raw/t10k-labels-idx1-ubyte.gz": zip(labels)}, 2},
		{"other names", map[string][]byte{"t10k-images.idx3-ubyte": images, "t10k-labels.idx1-ubyte": labels}, 2},
	} {
		m, err := MNIST(write(t, c.files), false)
		if err != nil || m.Len() != 2 || len(m.Warnings) != c.warnings {
			t.Errorf("%s: %+v, %v", c.name, m, err)
			continue
		}
		x, y, err := m.Tensors(tensor.CPU())
		if err != nil {
			t.Fatal(err)
		}
		want := (1 - 0.1307) / 0.3081
		if got := x.Float64s(); x.Rank() != 4 || x.Dim(1) != 1 || math.Abs(got[1]-want) > 1e-6 || y.Float64s()[0] != 7 {
			t.Errorf("%s: images %v, labels %v", c.name, x, y)
		}
		if m.Image(0).GrayAt(1, 0).Y != 255 {
			t.Error("Image shows other pixels")
		}
		if f := m.First(1); f.Len() != 1 || len(f.Pixels) != 3 || m.First(9).Len() != 2 || m.First(-1).Len() != 0 {
			t.Error("First keeps another number")
		}
	}
	for text, files := range map[string]map[string][]byte{
		"looked for t10k-images-idx3-ubyte.gz, t10k-images-idx3-ubyte, ": {},
		"looked for t10k-labels-idx1-ubyte.gz":                           {"t10k-images-idx3-ubyte": images},
		"images are uint8[2], want uint8 [n h w]":                        {"t10k-images-idx3-ubyte": labels, "t10k-labels-idx1-ubyte": labels},
		"labels are uint8[2 1 3], want uint8 [n]":                        {"t10k-images-idx3-ubyte": images, "t10k-labels-idx1-ubyte": images},
		"2 images and 3 labels":                                          {"t10k-images-idx3-ubyte": images, "t10k-labels-idx1-ubyte": idx(8, []uint32{3}, 1, 2, 3)},
		"label 10 of image 1, want 0 to 9":                               {"t10k-images-idx3-ubyte": images, "t10k-labels-idx1-ubyte": idx(8, []uint32{2}, 1, 10)},
		"t10k-images-idx3-ubyte: vision: IDX: malformed file":            {"t10k-images-idx3-ubyte": images[:9]},
	} {
		dir := write(t, files)
		_, err := MNIST(dir, false)
		if err == nil || !strings.Contains(err.Error(), text) || !strings.Contains(err.Error(), dir) {
			t.Errorf("error %v, want %q and the folder", err, text)
		}
		if !errors.Is(err, ErrFormat) && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("error %v is of no kind", err)
		}
	}
}
