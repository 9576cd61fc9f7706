package vision_test

import (
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/data"
	"github.com/hekla-ml/hekla/tensor"
	"github.com/hekla-ml/hekla/vision"
)

// writeImage makes an image of one colour, in the format of its name.
func writeImage(t testing.TB, path string, w, h int, c color.Color) {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		m.Set(i%w, i/w, c)
	}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".png":
		err = png.Encode(f, m)
	case ".gif":
		err = gif.Encode(f, m, nil)
	default:
		err = jpeg.Encode(f, m, &jpeg.Options{Quality: 100})
	}
	if err != nil {
		t.Fatal(err)
	}
}

func values(t *testing.T, s data.Sample) []float64 {
	b, err := data.Stack(tensor.CPU(), []data.Sample{s})
	if err != nil {
		t.Fatal(err)
	}
	return b.X.Float64s()
}

func TestImageFolder(t *testing.T) {
	dir := t.TempDir()
	writeImage(t, filepath.Join(dir, "dog", "deep", "1.PNG"), 2, 1, color.NRGBA{255, 51, 0, 255})
	writeImage(t, filepath.Join(dir, "dog", "2.gif"), 1, 1, color.White)
	writeImage(t, filepath.Join(dir, "cat", "half.png"), 1, 1, color.NRGBA{255, 255, 255, 51})
	writeImage(t, filepath.Join(dir, "cat", "gray.jpeg"), 8, 8, color.Gray{102})
	writeImage(t, filepath.Join(dir, ".hidden", "x.png"), 1, 1, color.White)
	if err := os.WriteFile(filepath.Join(dir, "cat", "notes.txt"), []byte("no image"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := vision.ImageFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range f.Files {
		rel, _ := filepath.Rel(dir, file)
		names = append(names, filepath.ToSlash(rel))
	}
	if got := fmt.Sprint(f.Classes, names, f.Labels, f.Len()); got != "[cat dog] [cat/gray.jpeg cat/half.png dog/2.gif dog/deep/1.PNG] [0 0 1 1] 4" {
		t.Errorf("found %s", got)
	}
	for i, want := range [][]float64{2: {1, 1, 1}, 1: {.2, .2, .2}, 3: {1, 1, .2, .2, 0, 0}} {
		if want == nil {
			continue
		}
		s, err := f.At(i)
		if err != nil {
			t.Fatal(err)
		}
		got := values(t, s)
		for k := range got {
			got[k] = float64(int(got[k]*255+.5)) / 255
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", names[i], got, want)
		}
	}
	if s, err := f.At(0); err != nil || values(t, s)[0] < 0.395 || values(t, s)[0] > 0.405 { // 102/255, after JPEG
		t.Errorf("gray JPEG: %v, %v", s, err)
	}
	f.Size = 4
	loader := &data.Loader[data.Sample]{Dataset: f, BatchSize: 4, Workers: 2}
	for b, err := range loader.All(t.Context()) {
		if err != nil || !slices.Equal(b.X.Shape(), []int{4, 3, 4, 4}) {
			t.Fatalf("a batch of %v, %v", b.X.Shape(), err)
		}
	}
}

// Of a wide image the middle is taken, and it is scaled without aliasing.
func TestFolderSize(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a", "1.png")
	writeImage(t, path, 1, 1, color.White) // for the folder
	m := image.NewGray(image.Rect(0, 0, 16, 8))
	for i := range m.Pix {
		x, y := i%16, i/16
		if x < 4 || x >= 12 {
			m.Pix[i] = 200 // what is cut off
		} else if (x+y)%2 == 0 {
			m.Pix[i] = 100 // a checkerboard, whose mean is 50
		}
	}
	w, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(w, m); err != nil {
		t.Fatal(err)
	}
	w.Close()
	f, err := vision.ImageFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	f.Size = 2
	s, err := f.At(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range values(t, s) {
		if x < 45./255 || x > 55./255 {
			t.Errorf("scaled to %v, want all near %.3f", values(t, s), 50./255)
			break
		}
	}
}

func TestBrokenFolders(t *testing.T) {
	dir := t.TempDir()
	_, missing := vision.ImageFolder(filepath.Join(dir, "none"))
	_, empty := vision.ImageFolder(dir)
	if err := os.MkdirAll(filepath.Join(dir, "cat"), 0o777); err != nil {
		t.Fatal(err)
	}
	_, bare := vision.ImageFolder(dir)
	if missing == nil || !strings.Contains(fmt.Sprint(empty), "want one for each class") || !strings.Contains(fmt.Sprint(bare), "cat has no image files") {
		t.Errorf("errors %v, %v, %v", missing, empty, bare)
	}
	path := filepath.Join(dir, "cat", "a.png")
	if err := os.WriteFile(path, []byte("no image"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := vision.ImageFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.At(0); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
}

func ExampleImageFolder() {
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	for _, name := range []string{"cat", "dog"} {
		_ = os.Mkdir(filepath.Join(dir, name), 0o777)
		w, _ := os.Create(filepath.Join(dir, name, "1.png"))
		_ = png.Encode(w, image.NewGray(image.Rect(0, 0, 32, 32)))
		w.Close()
	}
	f, err := vision.ImageFolder(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := f.At(1)
	fmt.Println(f.Classes, f.Len(), s.X.Shape, f.Classes[f.Labels[1]], err)
	// Output: [cat dog] 2 [3 32 32] dog <nil>
}
