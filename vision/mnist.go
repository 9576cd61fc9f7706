package vision

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hekla-ml/hekla/dtype"
)

// A set is a dataset in the four files of MNIST.
type set struct {
	name      string
	classes   []string
	mean, std float32
	md5       [4]string // of the published files, unpacked: train images, labels, test images, labels
}

var digitNames = []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}

// The checksums are of the content, since mirrors pack it anew: those of the
// original packed files are in
// https://github.com/pytorch/vision/blob/main/torchvision/datasets/mnist.py.
var (
	mnist = set{"MNIST", digitNames, 0.1307, 0.3081, [4]string{
		"6bbc9ace898e44ae57da46a324031adb", "a25bea736e30d166cdddb491f175f624",
		"2646ac647ad5339dbf082846283269ea", "27ae3e4e09519cfbb04c329615203637",
	}}
	fashion = set{"FashionMNIST", []string{
		"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
	}, 0.2860, 0.3530, [4]string{
		"f4a8712d7a061bf5bd6d2ca38dc4d50a", "9018921c3c673c538a1fc5bad174d6f9",
		"8181f5470baa50b63fa0f6fddb340f0a", "15d484375f8d13e6eb1aabb0c3f46965",
	}}
)

// MNIST reads the handwritten digits, the training or the test set, from the
// published files in dir, such as train-images-idx3-ubyte.gz, packed or not.
//
// Files in order but other than the published ones are read, with a note in
// Images.Warnings: many datasets share the format and the names.
func MNIST(dir string, train bool) (*Images, error) { return mnist.read(dir, train) }

// FashionMNIST is MNIST for the pictures of clothes by Zalando.
func FashionMNIST(dir string, train bool) (*Images, error) { return fashion.read(dir, train) }

func (s set) read(dir string, train bool) (*Images, error) {
	prefix, sums := "train", s.md5[:2]
	if !train {
		prefix, sums = "t10k", s.md5[2:]
	}
	images, warning, err := s.file(dir, prefix+"-images-idx3-ubyte", sums[0])
	if err != nil {
		return nil, err
	}
	labels, warning2, err := s.file(dir, prefix+"-labels-idx1-ubyte", sums[1])
	if err != nil {
		return nil, err
	}
	fail := func(format string, args ...any) (*Images, error) {
		return nil, fmt.Errorf("vision: %s: %s: %w: %s", s.name, dir, ErrFormat, fmt.Sprintf(format, args...))
	}
	if images.DType != dtype.Uint8 || len(images.Shape) != 3 || images.Shape[1] == 0 || images.Shape[2] == 0 {
		return fail("images are %v%v, want uint8 [n h w]", images.DType, images.Shape)
	}
	if labels.DType != dtype.Uint8 || len(labels.Shape) != 1 {
		return fail("labels are %v%v, want uint8 [n]", labels.DType, labels.Shape)
	}
	if images.Shape[0] != labels.Shape[0] {
		return fail("%d images and %d labels", images.Shape[0], labels.Shape[0])
	}
	for i, l := range labels.Data {
		if int(l) >= len(s.classes) {
			return fail("label %d of image %d, want 0 to %d", l, i, len(s.classes)-1)
		}
	}
	m := &Images{
		Pixels: images.Data, Labels: labels.Data, Classes: slices.Clone(s.classes),
		Height: images.Shape[1], Width: images.Shape[2], Mean: s.mean, Std: s.std,
	}
	for _, w := range []string{warning, warning2} {
		if w != "" {
			m.Warnings = append(m.Warnings, w)
		}
	}
	return m, nil
}

// file reads name.gz or name in dir, or in the folders that PyTorch puts them
// in below dir. It also accepts name with its last "-" as a ".", as the files
// are called on their first home page's mirrors.
func (s set) file(dir, name, sum string) (x *IDX, warning string, err error) {
	at := strings.LastIndex(name, "-idx")
	names := []string{name + ".gz", name, name[:at] + "." + name[at+1:] + ".gz", name[:at] + "." + name[at+1:]}
	dirs := []string{dir, filepath.Join(dir, "raw"), filepath.Join(dir, s.name, "raw")}
	for _, d := range dirs {
		for _, n := range names {
			path := filepath.Join(d, n)
			f, err := os.Open(path)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, "", fmt.Errorf("vision: %s: %w", s.name, err)
			}
			defer f.Close()
			hash := md5.New()
			if x, err = hashIDX(f, hash); err != nil {
				return nil, "", fmt.Errorf("%s: %w", path, err)
			}
			if got := hex.EncodeToString(hash.Sum(nil)); got != sum {
				warning = fmt.Sprintf("%s has content with MD5 %s, want %s for %s", path, got, sum, s.name)
			}
			return x, warning, nil
		}
	}
	return nil, "", fmt.Errorf("vision: %s: %w: looked for %s in %s", s.name, fs.ErrNotExist, strings.Join(names, ", "), strings.Join(dirs, ", "))
}
