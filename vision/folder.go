package vision

import (
	"fmt"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/image/draw"

	"github.com/hekla-ml/hekla/data"
)

// A Folder is a dataset of image files (PNG, JPEG, GIF) in folders named after
// their classes: dir/cat/1.png, dir/dog/new/2.jpg. It is a
// data.Dataset[data.Sample]: samples have X [3, h, w], float32, red, green and
// blue from 0 to 1 on black, and the number of the class as an int64 Y. Files
// are read when they are asked for.
type Folder struct {
	Classes []string // sorted
	Files   []string // sorted, by class
	Labels  []int    // of the files
	// Size is the height and width of samples: images are scaled until the
	// shorter side has it, and cut at the middle. 0: images as they are.
	Size int
}

var _ data.Dataset[data.Sample] = (*Folder)(nil)

// ImageFolder finds the image files below dir, whose folders are the classes.
func ImageFolder(dir string) (*Folder, error) {
	entries, err := os.ReadDir(dir) // sorted
	if err != nil {
		return nil, fmt.Errorf("vision: ImageFolder: %w", err)
	}
	f := &Folder{}
	for _, e := range entries {
		if !isDir(dir, e) || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		before := len(f.Files)
		err := filepath.WalkDir(filepath.Join(dir, e.Name())+string(filepath.Separator), func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && isImage(path) {
				f.Files = append(f.Files, path)
				f.Labels = append(f.Labels, len(f.Classes))
			}
			return err
		})
		if err == nil && len(f.Files) == before {
			err = fmt.Errorf("class %s has no image files", e.Name())
		}
		if err != nil {
			return nil, fmt.Errorf("vision: ImageFolder %s: %w", dir, err)
		}
		f.Classes = append(f.Classes, e.Name())
	}
	if len(f.Classes) == 0 {
		return nil, fmt.Errorf("vision: ImageFolder %s: no folders; want one for each class", dir)
	}
	return f, nil
}

// isDir reports whether an entry is a folder or a link to one.
func isDir(dir string, e fs.DirEntry) bool {
	if e.Type()&fs.ModeSymlink == 0 {
		return e.IsDir()
	}
	info, err := os.Stat(filepath.Join(dir, e.Name()))
	return err == nil && info.IsDir()
}

func isImage(path string) bool {
	return slices.Contains([]string{".png", ".jpg", ".jpeg", ".gif"}, strings.ToLower(filepath.Ext(path)))
}

// Len returns the number of files.
func (f *Folder) Len() int { return len(f.Files) }

// At reads image i.
func (f *Folder) At(i int) (data.Sample, error) {
	m, err := readImage(f.Files[i])
	if err != nil {
		return data.Sample{}, fmt.Errorf("vision: %s: %w", f.Files[i], err)
	}
	return data.Sample{X: planes(f.fit(m)), Y: data.Label(f.Labels[i])}, nil
}

// maxPixels is more than cameras have; small files can claim more.
const maxPixels = 1 << 28

func readImage(path string) (image.Image, error) {
	r, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	c, _, err := image.DecodeConfig(r)
	if err != nil {
		return nil, err
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > maxPixels/c.Height {
		return nil, fmt.Errorf("an image of %d x %d pixels, want 1 to %d", c.Width, c.Height, maxPixels)
	}
	if _, err := r.Seek(0, 0); err != nil {
		return nil, err
	}
	m, _, err := image.Decode(r)
	return m, err
}

// fit draws the part of m that is wanted on black.
func (f *Folder) fit(m image.Image) *image.RGBA {
	from := m.Bounds()
	if f.Size <= 0 {
		out := image.NewRGBA(image.Rect(0, 0, from.Dx(), from.Dy()))
		draw.Draw(out, out.Bounds(), image.Black, image.Point{}, draw.Src)
		draw.Draw(out, out.Bounds(), m, from.Min, draw.Over)
		return out
	}
	side := min(from.Dx(), from.Dy())
	from.Min = from.Min.Add(image.Pt((from.Dx()-side)/2, (from.Dy()-side)/2))
	from.Max = from.Min.Add(image.Pt(side, side))
	out := image.NewRGBA(image.Rect(0, 0, f.Size, f.Size))
	draw.Draw(out, out.Bounds(), image.Black, image.Point{}, draw.Src)
	draw.BiLinear.Scale(out, out.Bounds(), m, from, draw.Over, nil)
	return out
}

// planes returns the colours of an opaque image, one plane after the other.
func planes(m *image.RGBA) data.Array {
	h, w := m.Rect.Dy(), m.Rect.Dx()
	x := make([]float32, 3*h*w)
	for i := range h * w {
		for c := range 3 {
			x[c*h*w+i] = float32(m.Pix[4*i+c]) / 255
		}
	}
	return data.ArrayOf(x, 3, h, w)
}
