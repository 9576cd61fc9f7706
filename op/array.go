package op

import (
	"fmt"
	"math"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
)

// An Array is a host value of the reference: row-major float64s, whatever the
// element type they stand for (bool is 0 or 1, integers are exact up to 2^53).
type Array struct {
	Meta
	Data []float64
}

// NewArray returns an array of zeros.
func NewArray(d dtype.DType, s ...int) *Array {
	return &Array{Meta{s, d}, make([]float64, shape.Numel(s))}
}

// Shape and DType make an Array a Value.
func (a *Array) Shape() []int       { return a.Meta.Shape }
func (a *Array) DType() dtype.DType { return a.Meta.DType }

// Gather returns the elements of a seen through v, in row-major order.
func (a *Array) Gather(v shape.View) *Array {
	out := NewArray(a.Meta.DType, v.Shape...)
	each(v, func(i, at int) { out.Data[i] = a.Data[at] })
	return out
}

// each calls f with the row-major number of each element of v and its place.
func each(v shape.View, f func(i, at int)) {
	if v.Numel() == 0 {
		return
	}
	idx := make([]int, len(v.Shape))
	for i := 0; ; i++ {
		at := v.Offset
		for k, x := range idx {
			at += x * v.Strides[k]
		}
		f(i, at)
		if !shape.Next(idx, v.Shape) {
			return
		}
	}
}

// Broadcast returns the elements of a stretched to shape s.
func (a *Array) Broadcast(s []int) *Array {
	v, err := shape.Contiguous(a.Meta.Shape).Expand(s)
	if err != nil {
		panic(err)
	}
	return a.Gather(v)
}

// Round rounds every element to the values that d can hold, and gives a that
// type: the reference of a store.
func (a *Array) Round(d dtype.DType) *Array {
	out := NewArray(d, a.Meta.Shape...)
	for i, x := range a.Data {
		out.Data[i] = RoundTo(x, d)
	}
	return out
}

// RoundTo returns x as an element of type d holds it: floats round to nearest,
// integers truncate towards zero and wrap around (NaN gives 0), bool is x != 0.
func RoundTo(x float64, d dtype.DType) float64 {
	switch d {
	case dtype.Float64:
		return x
	case dtype.Float32:
		return float64(float32(x))
	case dtype.Float16:
		return float64(dtype.ToF16(float32(x)).Float32())
	case dtype.BFloat16:
		return float64(dtype.ToBF16(float32(x)).Float32())
	case dtype.Bool:
		if x != 0 {
			return 1
		}
		return 0
	}
	if x != x {
		return 0
	}
	bits := d.Size() * 8
	if d == dtype.Int64 {
		return math.Max(math.MinInt64, math.Min(math.MaxInt64, math.Trunc(x)))
	}
	// As a 32-bit Int saturates and a narrower store wraps; see pointwise.
	i := int64(math.Max(math.MinInt32, math.Min(math.MaxInt32, math.Trunc(x))))
	if d == dtype.Uint8 {
		return float64(uint8(i))
	}
	shift := 64 - bits
	return float64(i << shift >> shift)
}

// Reference is the Applier that computes on Arrays in float64: what every op
// and gradient should give.
type Reference struct{}

// Apply computes o on Arrays. It panics if the operands do not fit.
func (r Reference) Apply(o *Op, attrs any, in ...Value) []Value {
	arrays, metas := make([]*Array, len(in)), make([]Meta, len(in))
	for i, v := range in {
		arrays[i] = v.(*Array)
		metas[i] = arrays[i].Meta
	}
	outs, err := o.Infer(metas, attrs)
	if err != nil {
		panic(fmt.Errorf("op: %s: %w", o.Name, err))
	}
	var res []*Array
	switch {
	case o.View != nil:
		v, err := o.View(shape.Contiguous(metas[0].Shape), attrs)
		if err != nil {
			panic(fmt.Errorf("op: %s: %w", o.Name, err))
		}
		res = []*Array{arrays[0].Gather(v)}
	case o.Lower != nil:
		fn, uniforms := o.Lower(metas, attrs)
		res = fn.reference(arrays, uniforms, outs)
	case o.Ref != nil:
		res = o.Ref(arrays, attrs)
	default:
		return o.Decompose(Builder{r}, in, attrs)
	}
	vals := make([]Value, len(res))
	for i, a := range res {
		a.Meta.DType = outs[i].DType
		vals[i] = a
	}
	return vals
}
