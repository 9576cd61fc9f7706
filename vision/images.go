// Package vision reads image datasets, and draws one that needs no files.
package vision

//go:generate go run ./internal/digitgen

import (
	"fmt"
	"image"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/data"
	"github.com/hekla-ml/hekla/tensor"
)

// Images is a dataset of gray images with labels, held in memory. It is a
// data.Dataset[data.Sample] and a data.Gatherer: samples have X [1, h, w],
// float32, (byte/255 - Mean) / Std, and the label as an int64 Y.
type Images struct {
	Pixels        []byte // [n, h, w]; 0 is the background
	Labels        []uint8
	Classes       []string // names of the labels
	Height, Width int
	Mean, Std     float32 // of all training pixels, scaled to 0 to 1; Std 0: 1
	// Warnings says what is odd about the files although they are well-formed.
	Warnings []string
}

var (
	_ data.Dataset[data.Sample] = (*Images)(nil)
	_ data.Gatherer             = (*Images)(nil)
)

// Len returns the number of images.
func (m *Images) Len() int { return len(m.Labels) }

func (m *Images) bytes() data.Bytes {
	std := m.Std
	if std == 0 {
		std = 1
	}
	return data.Bytes{
		Data: m.Pixels, Shape: []int{1, m.Height, m.Width}, Labels: m.Labels,
		Mean: []float32{m.Mean}, Std: []float32{std},
	}
}

// At returns image i and its label.
func (m *Images) At(i int) (data.Sample, error) { return m.bytes().At(i) }

// Gather returns a batch of images: X [len(indices), 1, h, w].
func (m *Images) Gather(dev backend.Device, indices []int) (data.Batch, error) {
	return m.bytes().Gather(dev, indices)
}

// Tensors returns all images [n, 1, h, w] and their labels [n].
func (m *Images) Tensors(dev backend.Device) (x, y *tensor.Tensor, err error) {
	all := make([]int, m.Len())
	for i := range all {
		all[i] = i
	}
	b, err := m.Gather(dev, all)
	if err != nil {
		return nil, nil, fmt.Errorf("vision: Tensors: %w", err)
	}
	return b.X, b.Y, nil
}

// Image returns image i, which shares the memory of Pixels.
func (m *Images) Image(i int) *image.Gray {
	n := m.Height * m.Width
	return &image.Gray{Pix: m.Pixels[i*n : (i+1)*n : (i+1)*n], Stride: m.Width, Rect: image.Rect(0, 0, m.Width, m.Height)}
}

// First returns the first n images, or all if there are fewer. It shares their
// memory.
func (m *Images) First(n int) *Images {
	n = max(min(n, m.Len()), 0)
	c := *m
	c.Pixels, c.Labels = m.Pixels[:n*m.Height*m.Width], m.Labels[:n]
	return &c
}
