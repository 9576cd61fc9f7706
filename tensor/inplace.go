package tensor

import (
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// into runs an elementwise op with dst's elements as the output. Changes in
// place are not recorded, so neither dst nor the operands may require gradients.
func into(name string, dst *Tensor, o *op.Op, attrs any, in ...*Tensor) *Tensor {
	dst.changeable(name)
	for i, t := range in {
		if t != nil && t != dst && t.requires {
			panic(newError(name, errMessage("operand %d requires a gradient, which a change in place does not record; use its Detach(), or the operation that makes a new tensor", i), in...))
		}
	}
	update(name, []*Tensor{dst}, o, attrs, in)
	return dst
}

// changeable panics if the record would not know of a change to t.
func (t *Tensor) changeable(name string) {
	if t != nil && t.requires {
		panic(newError(name, errMessage("a tensor that requires a gradient cannot be changed in place; change t.Detach(), which shares its elements"), t))
	}
}

// update writes the outputs of an elementwise op to dst and counts the change.
func update(name string, dst []*Tensor, o *op.Op, attrs any, in []*Tensor) {
	c := take(in)
	defer c.done()
	dev := c.overwrite(name, dst, o, attrs)
	if err := c.run(dev, o, attrs, dst); err != nil {
		panic(newError(name, err, in...))
	}
	for _, t := range dst {
		t.store.version.Add(1)
	}
}

// overwrite checks that the results of o fit in place of dst, and copies operands
// that overlap it. It returns the device.
func (c *call) overwrite(name string, dst []*Tensor, o *op.Op, attrs any) backend.Device {
	in := c.operands
	dev := deviceOf(nil, name, in)
	for _, t := range dst {
		if deviceOf(nil, name, []*Tensor{t}) != dev {
			panic(newError(name, ErrDevice, append([]*Tensor{t}, in...)...))
		}
	}
	c.metas()
	outs, err := o.InferInto(c.outs[:0], c.meta, attrs)
	if c.outs = outs; err != nil {
		panic(newError(name, clearer(err, o, in), in...))
	}
	for i, t := range dst {
		if !slices.Equal(outs[i].Shape, t.Shape()) {
			panic(newError(name, misfit(ErrShape, "the result %v does not fit in place of %v", outs[i].Shape, t.Shape()), in...))
		}
		if !castable(outs[i].DType, t.dtype) {
			panic(newError(name, misfit(ErrDType, "the result is %v, which %v cannot hold; convert with To first", outs[i].DType, t.dtype), in...))
		}
		if !t.view.Injective() {
			panic(newError(name, errMessage("elements of the tensor share memory, as after Expand; use Clone"), t))
		}
	}
	for i, t := range in {
		if slices.ContainsFunc(dst, func(d *Tensor) bool { return t.store == d.store && !sameView(t, d) }) {
			u := copied(t, false) // it may overlap what is written: read a copy
			c.made = append(c.made, u)
			c.operands[i] = u
		}
	}
	return dev
}

func sameView(t, u *Tensor) bool {
	return t.view.Offset == u.view.Offset && slices.Equal(t.view.Shape, u.view.Shape) && slices.Equal(t.view.Strides, u.view.Strides)
}

// castable is PyTorch's can_cast: within a category or upwards, bool <
// integer < float.
func castable(from, to dtype.DType) bool {
	return from == dtype.Bool || from.IsInt() && to != dtype.Bool || from.IsFloat() && to.IsFloat()
}

// The InPlace methods change the elements of t and return t. The result must
// have t's shape, and a type that t's can hold. Operands may overlap t: they are
// read as they were before. Changes are not recorded: the methods panic if t or
// an operand requires a gradient.

// AddInPlace adds u.
func (t *Tensor) AddInPlace(u *Tensor) *Tensor { return into("addinplace", t, op.Add, nil, t, u) }

// SubInPlace subtracts u.
func (t *Tensor) SubInPlace(u *Tensor) *Tensor { return into("subinplace", t, op.Sub, nil, t, u) }

// MulInPlace multiplies by u.
func (t *Tensor) MulInPlace(u *Tensor) *Tensor { return into("mulinplace", t, op.Mul, nil, t, u) }

// DivInPlace divides by u.
func (t *Tensor) DivInPlace(u *Tensor) *Tensor { return into("divinplace", t, op.Div, nil, t, u) }

// AddScalarInPlace adds s.
func (t *Tensor) AddScalarInPlace(s float64) *Tensor {
	return into("addscalarinplace", t, op.Add.Scalar(), []float64{s}, t)
}

// MulScalarInPlace multiplies by s.
func (t *Tensor) MulScalarInPlace(s float64) *Tensor {
	return into("mulscalarinplace", t, op.Mul.Scalar(), []float64{s}, t)
}

// CopyInPlace copies the elements of u, which broadcasts, converting them. It
// takes the elements alone: no gradient flows to u.
func (t *Tensor) CopyInPlace(u *Tensor) *Tensor {
	deviceOf(nil, "copyinplace", []*Tensor{t, u})
	v, err := u.view.Expand(t.view.Shape)
	if err != nil {
		panic(newError("copyinplace", err, t, u))
	}
	return into("copyinplace", t, op.Cast, t.dtype, &Tensor{store: u.store, view: v, dtype: u.dtype})
}

// Fill sets all elements to x.
func (t *Tensor) Fill(x float64) *Tensor {
	u := Full(t.Device(), t.dtype, x)
	defer u.Free()
	return t.CopyInPlace(u)
}

// Exclusive reports whether t is contiguous and the only holder of its memory.
func (t *Tensor) Exclusive() bool {
	return t.view.IsContiguous() && t.view.Offset == 0 && t.live().refs.Load() == 1
}
