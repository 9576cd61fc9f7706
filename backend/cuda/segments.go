package cuda

import (
	"math"
	"math/bits"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
)

// sortedFrom is the number of indices from which on the rows that they name are
// sorted before they are added up: fewer are added one after the other.
const sortedFrom = 256

// segmentRows is how many rows a thread adds up.
const segmentRows = 32

// addsRows reports whether a scatter along an axis adds whole rows, one after the
// other in memory, to rows of y: the gradient of an embedding does.
func addsRows(index, src, y *backend.View, axis int) bool {
	rest := index.Shape[min(axis+1, len(index.Shape)):]
	if shape.Numel(index.Shape)/max(shape.Numel(rest), 1) != axisSize(index, axis) || axisSize(index, axis) < sortedFrom {
		return false
	}
	if index.DType != dtype.Int64 && index.DType != dtype.Int32 || axisSize(y, axis) >= math.MaxInt32 {
		return false
	}
	if short[src.DType] == "" || src.DType == dtype.Int64 || y.DType != wideFloat(src.DType) {
		return false
	}
	step := 1
	for k := len(rest) - 1; k >= 0; k-- {
		at := axis + 1 + k
		if y.Shape[at] != rest[k] {
			return false
		}
		if rest[k] > 1 && (index.Strides[at] != 0 || src.Strides[at] != step || y.Strides[at] != step) {
			return false
		}
		step *= rest[k]
	}
	return src.Strides[axis] == step && (y.Strides[axis] == step || y.Shape[axis] == 1)
}

// short names element types as kernels do.
var short = map[dtype.DType]string{
	dtype.Float32: "f32", dtype.Float64: "f64", dtype.Float16: "f16", dtype.BFloat16: "bf16", dtype.Int64: "i64", dtype.Int32: "i32",
}

// wideFloat is the type of sums of floats of type t.
func wideFloat(t dtype.DType) dtype.DType {
	if t == dtype.Float64 {
		return t
	}
	return dtype.Float32
}

// addRows adds rows of src to the rows of y that the indices name: these are
// sorted, and rows with one index added up in parts of the same length every time.
func (d *device) addRows(c *backend.Call, index, src, y *backend.View, axis int) error {
	l, size := axisSize(index, axis), axisSize(y, axis)
	rest := index.Numel() / l
	cell, err := d.errorCell(c.Op.Name)
	if err != nil {
		return err
	}
	keys, free, err := d.temporary(dtype.Int32, []int{1, l})
	if err != nil {
		return err
	}
	defer free()
	fn, err := d.written("sortkeys", "indices_"+short[index.DType])
	if err != nil {
		return err
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.words = append(s.words[:0], uint64(l), address(index), axisStride(index, axis), uint64(size), address(&keys), cell)
	if err := d.launchOver(c, fn, l, s.words); err != nil {
		return err
	}
	o, err := d.sortKeys(c, keys, 1, l, bits.Len(uint(size)))
	if err != nil {
		return err
	}
	defer o.release()
	chunks := (l + segmentRows - 1) / segmentRows
	parts, drop, err := d.temporary(y.DType, []int{chunks, 2, rest})
	if err != nil {
		return err
	}
	defer drop()
	s.words = append(s.words[:0], uint64(l), uint64(rest), uint64(size), address(&o.sorted), address(&o.order), address(src), address(y), address(&parts))
	for _, kernel := range []string{"sums_", "joined_"} {
		if fn, err = d.written("segments", kernel+short[src.DType]); err != nil {
			return err
		}
		if err := d.launchOver(c, fn, chunks*rest, s.words); err != nil {
			return err
		}
	}
	return nil
}
