package golden

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/recorded"
	"github.com/hekla-ml/hekla/tensor"
)

// A feed gives a device the batch of a step.
type feed func(step int) (x, y *tensor.Tensor)

// digits are batches of 64 normalised images of MNIST.
func digits(t testing.TB, dev backend.Device, d dtype.DType) feed {
	pixels, labels := mnist(t, 6400)
	return func(step int) (x, y *tensor.Tensor) {
		const n = 64
		v := make([]float32, n*784)
		for i, p := range pixels[step*n*784 : (step+1)*n*784] {
			v[i] = (float32(p)/255 - .1307) / .3081
		}
		x = tensor.From(tensor.CPU(), v, n, 1, 28, 28).To(d)
		return x.ToDevice(dev), tensor.From(dev, labels[step*n:(step+1)*n])
	}
}

// mnist returns n images, one byte a pixel, and their labels.
func mnist(t testing.TB, n int) (pixels []byte, labels []int64) {
	read := func(name string, header, n int) []byte {
		b, err := os.ReadFile(recorded.Data(t, "mnist/"+name+".gz"))
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		l := make([]byte, header+n)
		if _, err := io.ReadFull(z, l); err != nil {
			t.Fatal(err)
		}
		return l[header:]
	}
	for _, l := range read("train-labels-idx1-ubyte", 8, n) {
		labels = append(labels, int64(l))
	}
	return read("train-images-idx3-ubyte", 16, 784*n), labels
}

// names are batches of 32 names as 16 character numbers each, and the numbers of
// the characters that follow.
func names(t testing.TB, dev backend.Device, _ dtype.DType) feed {
	b, err := os.ReadFile(recorded.Data(t, "text/names.txt"))
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(string(b))
	return func(step int) (x, y *tensor.Tensor) {
		ids := make([]int64, 32*17)
		for r, w := range words[step*32 : step*32+32] {
			for q, c := range w[:min(len(w), 16)] {
				ids[r*17+q+1] = int64(c - 'a' + 1)
			}
		}
		all := tensor.From(dev, ids, 32, 17)
		return all.Slice(1, 0, 16), all.Slice(1, 1, 17).Reshape(-1)
	}
}
