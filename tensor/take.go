package tensor

import (
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// Take returns the elements that index names in row-major order; negative
// indices count from the end.
func (t *Tensor) Take(index *Tensor) *Tensor {
	deviceOf(nil, "take", []*Tensor{t, index})
	flat := t.Reshape(-1)
	defer flat.Free()
	return one(op.IndexGet, nil, flat, index)
}

// Put returns t with src's elements at those that index names in row-major
// order, or added to them. Of several for one place the last stays.
func (t *Tensor) Put(index, src *Tensor, accumulate bool) *Tensor {
	deviceOf(nil, "put", []*Tensor{t, index, src})
	if index.Numel() != src.Numel() {
		panic(newError("put", misfit(ErrShape, "%d values for %d indices", src.Numel(), index.Numel()), t, index, src))
	}
	flat, at, values := t.Reshape(-1), index.Reshape(-1), src.Reshape(-1)
	r := one(op.IndexPut, op.IndexPutAttrs{Accumulate: accumulate}, flat, values, at)
	for _, u := range []*Tensor{flat, at, values} {
		u.Free()
	}
	defer r.Free()
	return r.Reshape(t.Shape()...)
}

// TakeAlong is Gather with t and index broadcast together on the other axes.
func (t *Tensor) TakeAlong(axis int, index *Tensor) *Tensor {
	deviceOf(nil, "takealong", []*Tensor{t, index})
	a := t.axis("takealong", axis)
	if index.Rank() != t.Rank() {
		panic(newError("takealong", misfit(ErrShape, "want as many axes in both"), t, index))
	}
	s, i := own(t.Shape()), own(index.Shape())
	s[a], i[a] = 1, 1
	both, err := shape.Broadcast(s, i)
	if err != nil {
		panic(newError("takealong", misfit(ErrShape, "%v", err), t, index))
	}
	x, k := own(both), own(both)
	x[a], k[a] = t.Dim(a), index.Dim(a)
	wide, at := t.Expand(x...), index.Expand(k...)
	defer wide.Free()
	defer at.Free()
	return wide.Gather(a, at)
}

// MaskedSelect returns the elements for which mask holds, a vector; both
// broadcast. It waits for the device, which must say how many there are.
func (t *Tensor) MaskedSelect(mask *Tensor) *Tensor {
	deviceOf(nil, "maskedselect", []*Tensor{t, mask})
	if mask.dtype != dtype.Bool {
		panic(newError("maskedselect", misfit(ErrDType, "the mask is %v, want bools", mask.dtype), t, mask))
	}
	b := Broadcast(t, mask)
	flat, where := b[0].Reshape(-1), b[1].Reshape(-1)
	r := flat.Index(At(where))
	for _, u := range append(b, flat, where) {
		u.Free()
	}
	return r
}

// MaskedScatter returns t with the elements for which mask holds replaced by
// the first of src in row-major order. It waits for the device.
func (t *Tensor) MaskedScatter(mask, src *Tensor) *Tensor {
	deviceOf(nil, "maskedscatter", []*Tensor{t, mask, src})
	if mask.dtype != dtype.Bool || t.dtype != src.dtype {
		panic(newError("maskedscatter", misfit(ErrDType, "want a mask of bools, and one type of the others"), t, mask, src))
	}
	b := Broadcast(t, mask)
	at := Nonzero(b[1].Reshape(-1))[0]
	if at.Numel() > src.Numel() {
		panic(newError("maskedscatter", misfit(ErrShape, "the mask holds for %d elements, and there are %d values", at.Numel(), src.Numel()), t, mask, src))
	}
	flat := b[0].Reshape(-1)
	values := src.Reshape(-1).Slice(0, 0, at.Numel())
	r := one(op.IndexPut, op.IndexPutAttrs{}, flat, values, at)
	defer r.Free()
	return r.Reshape(b[0].Shape()...)
}

// IndexFill returns t with a scalar tensor in the place of the given indices of
// an axis.
func (t *Tensor) IndexFill(axis int, index, value *Tensor) *Tensor {
	deviceOf(nil, "indexfill", []*Tensor{t, index, value})
	if value.Rank() != 0 {
		panic(newError("indexfill", misfit(ErrShape, "the value has shape %v, want a scalar", value.Shape()), t, index, value))
	}
	if t.Rank() == 0 {
		row := t.Reshape(1)
		defer row.Free()
		return row.IndexFill(axis, index, value).Reshape()
	}
	a := t.axis("indexfill", axis)
	at := index.Reshape(-1)
	none, hits := Zeros(t.Device(), dtype.Int32, t.Dim(a)), Ones(t.Device(), dtype.Int32, at.Numel())
	hit := one(op.IndexPut, op.IndexPutAttrs{}, none, hits, at)
	s := make([]int, t.Rank())
	for i := range s {
		s[i] = 1
	}
	s[a] = t.Dim(a)
	return hit.Reshape(s...).NeScalar(0).Where(value.To(t.dtype), t)
}

// IndexCopy returns t with src in the place of the given indices, a vector, of
// an axis.
func (t *Tensor) IndexCopy(axis int, index, src *Tensor) *Tensor {
	deviceOf(nil, "indexcopy", []*Tensor{t, index, src})
	if t.Rank() == 0 {
		return t.Reshape(1).IndexCopy(axis, index, src.Reshape(-1)).Reshape()
	}
	a := t.axis("indexcopy", axis)
	front := t.Transpose(0, a)
	values := src
	if src.Rank() > 0 {
		values = src.Transpose(0, a)
	}
	r := one(op.IndexPut, op.IndexPutAttrs{}, front, values, index.Reshape(-1))
	defer r.Free()
	return r.Transpose(0, a)
}
