package data

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
	"github.com/hekla-ml/hekla/tensor"
)

// A Gatherer is a dataset that makes a whole batch faster than sample by
// sample. A Loader without Collate asks it to. The result is what Stack would
// make of the samples with these indices.
type Gatherer interface {
	Gather(dev backend.Device, indices []int) (Batch, error)
}

// errNoGather is what a wrapper answers whose datasets are not Gatherers.
var errNoGather = errors.New("the dataset does not gather batches")

// gather uses what d offers or returns errNoGather.
func gather(d any, dev backend.Device, indices []int) (Batch, error) {
	if g, ok := d.(Gatherer); ok {
		return g.Gather(dev, indices)
	}
	return Batch{}, errNoGather
}

func (s subset[T]) Gather(dev backend.Device, indices []int) (Batch, error) {
	inner := make([]int, len(indices))
	for k, i := range indices {
		inner[k] = s.indices[i]
	}
	return gather(s.d, dev, inner)
}

// Tensors returns a dataset whose sample i is row i of each tensor: of x as
// input, of the first of more as target. It holds a copy in host memory. It
// panics if the tensors have different numbers of rows.
func Tensors(x *tensor.Tensor, more ...*tensor.Tensor) Dataset[Sample] {
	var d tensorRows
	for _, t := range append([]*tensor.Tensor{x}, more...) {
		if t.Rank() == 0 || t.Dim(0) != x.Dim(0) {
			panic(fmt.Sprintf("data: Tensors: shapes %v and %v have different numbers of rows", x.Shape(), t.Shape()))
		}
		d.n = t.Dim(0)
		d.columns = append(d.columns, column{t.DType(), slices.Clone(t.Shape()[1:]), t.Bytes()})
	}
	return d
}

type tensorRows struct {
	n       int
	columns []column
}

type column struct {
	dtype dtype.DType
	shape []int // of a row
	data  []byte
}

func (c column) row(i int) Array {
	size := shape.Numel(c.shape) * c.dtype.Size()
	return Array{c.dtype, c.shape, c.data[i*size : (i+1)*size : (i+1)*size]}
}

func (d tensorRows) Len() int { return d.n }

func (d tensorRows) At(i int) (Sample, error) {
	s := Sample{X: d.columns[0].row(i)}
	for k, c := range d.columns[1:] {
		if k == 0 {
			s.Y = c.row(i)
		} else {
			s.More = append(s.More, c.row(i))
		}
	}
	return s, nil
}

func (d tensorRows) Gather(dev backend.Device, indices []int) (Batch, error) {
	var b Batch
	for k, c := range d.columns {
		t, err := stackArrays(dev, "column", len(indices), func(i int) Array { return c.row(indices[i]) })
		if err != nil {
			b.Free()
			return Batch{}, err
		}
		switch k {
		case 0:
			b.X = t
		case 1:
			b.Y = t
		default:
			b.More = append(b.More, t)
		}
	}
	return b, nil
}
