package data

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
)

// Bytes is a dataset of small images in memory. A sample's X is float32,
// (byte/255 - mean) / std with the numbers of its channel; Y is an int64 label.
type Bytes struct {
	Data      []byte
	Shape     []int     // of one sample; axis 0 is the channel: [c, h, w]
	Labels    []uint8   // one for each sample, or nil
	Mean, Std []float32 // one for each channel, or one for all; nil: 0 and 1
}

// Check returns an error if the fields do not fit each other.
func (d Bytes) Check() error {
	if err := shape.Check(d.Shape); err != nil {
		return err
	}
	size := shape.Numel(d.Shape)
	if len(d.Shape) == 0 || size == 0 {
		return fmt.Errorf("samples of shape %v have no elements", d.Shape)
	}
	if len(d.Data)%size != 0 {
		return fmt.Errorf("%d bytes are no whole samples of shape %v", len(d.Data), d.Shape)
	}
	if d.Labels != nil && len(d.Labels) != d.Len() {
		return fmt.Errorf("%d labels for %d samples", len(d.Labels), d.Len())
	}
	for name, l := range map[string][]float32{"means": d.Mean, "deviations": d.Std} {
		if len(l) > 1 && len(l) != d.Shape[0] {
			return fmt.Errorf("%d %s for %d channels", len(l), name, d.Shape[0])
		}
	}
	return nil
}

// Len returns the number of samples.
func (d Bytes) Len() int {
	if size := shape.Numel(d.Shape); size > 0 {
		return len(d.Data) / size
	}
	return 0
}

// At returns sample i.
func (d Bytes) At(i int) (Sample, error) {
	if err := d.Check(); err != nil {
		return Sample{}, err
	}
	x := make([]byte, 4*shape.Numel(d.Shape))
	d.fill(x, []int{i})
	s := Sample{X: Array{dtype.Float32, d.Shape, x}}
	if d.Labels != nil {
		s.Y = Label(int(d.Labels[i]))
	}
	return s, nil
}

// Gather normalises the samples straight into the memory that is uploaded.
func (d Bytes) Gather(dev backend.Device, indices []int) (b Batch, err error) {
	if err := d.Check(); err != nil {
		return b, err
	}
	buf := borrow(len(indices) * 4 * shape.Numel(d.Shape))
	defer giveBack(buf)
	d.fill(*buf, indices)
	if b.X, err = upload(dev, dtype.Float32, *buf, append([]int{len(indices)}, d.Shape...)); err != nil || d.Labels == nil {
		return b, err
	}
	labels := make([]int64, len(indices))
	for k, i := range indices {
		labels[k] = int64(d.Labels[i])
	}
	a := ArrayOf(labels)
	if b.Y, err = upload(dev, a.DType, a.Data, a.Shape); err != nil {
		b.Free()
		return Batch{}, err
	}
	return b, nil
}

// fill writes the samples as float32 in the host's byte order.
func (d Bytes) fill(dst []byte, indices []int) {
	size := shape.Numel(d.Shape)
	plane := size / d.Shape[0]
	for c := range d.Shape[0] {
		table := d.table(c) // 256 results instead of a division for each pixel
		for k, i := range indices {
			src := d.Data[i*size+c*plane:][:plane]
			out := dst[4*(k*size+c*plane):][:4*len(src)]
			for p, x := range src {
				binary.NativeEndian.PutUint32(out[4*p:4*p+4], table[x])
			}
		}
	}
}

// table returns the bits of what each byte becomes in channel c.
func (d Bytes) table(c int) (t [256]uint32) {
	mean, std := pick(d.Mean, c, 0), pick(d.Std, c, 1)
	for x := range t {
		t[x] = math.Float32bits((float32(x)/255 - mean) / std)
	}
	return t
}

func pick(l []float32, c int, none float32) float32 {
	switch len(l) {
	case 0:
		return none
	case 1:
		return l[0]
	}
	return l[c]
}
