package backend

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// A Division is how elementwise calls of more operands than a device's kernels
// take run as several calls: see pointwise.Program.Cut. One serves all calls of
// a function on operands of the same types.
type Division struct {
	parts   []divided
	between []dtype.DType // of the values that one part hands to another
}

type divided struct {
	fn      *op.Fn
	in, out []int // see pointwise.Part
	widths  []int // operands of the whole that come first, unread: Float and Int are as wide as in the whole by their types
}

// Divide returns how calls like c run as calls of at most most operands, of
// which there must be 6 or more.
func Divide(c *Call, most int) (*Division, error) {
	whole := append(typesOf(c.In), typesOf(c.Out)...)
	double, long := slices.Index(whole, dtype.Float64), slices.Index(whole, dtype.Int64)
	widths := slices.DeleteFunc([]int{double, long}, func(k int) bool { return k < 0 })
	parts, between := c.Fn.Cut(most - len(widths))
	d := &Division{}
	for _, k := range between {
		t := dtype.Int32 // of Bits, too: both convert without loss
		switch {
		case k == pointwise.Bool:
			t = dtype.Bool
		case k == pointwise.Float && double >= 0:
			t = dtype.Float64
		case k == pointwise.Float:
			t = dtype.Float32
		case k == pointwise.Int && long >= 0:
			t = dtype.Int64
		}
		d.between = append(d.between, t)
	}
	in, out := append(typesOf(c.In), d.between...), append(typesOf(c.Out), d.between...)
	for _, p := range parts {
		v := divided{in: p.In, out: p.Out}
		inputs := make([]int, len(p.In))
		for i := range inputs {
			inputs[i] = i
		}
		for _, w := range widths {
			is := func(list []dtype.DType) func(k int) bool { return func(k int) bool { return list[k] == whole[w] } }
			if slices.ContainsFunc(p.In, is(in)) || slices.ContainsFunc(p.Out, is(out)) {
				continue
			}
			if len(p.In) == 0 {
				return nil, fmt.Errorf("%w: %d operands, some of %v, and outputs that depend on no input", ErrUnsupported, len(whole), whole[w])
			}
			v.widths, inputs = append(v.widths, w), append([]int{0}, inputs...)
		}
		v.fn = &op.Fn{Program: p.Program}
		if len(v.widths) > 0 {
			v.fn.Program = p.Select(inputs)
		}
		d.parts = append(d.parts, v)
	}
	return d, nil
}

func typesOf(l []View) (types []dtype.DType) {
	for i := range l {
		types = append(types, l[i].DType)
	}
	return types
}

// Run runs c part by part. temporary returns memory for a contiguous tensor and
// what gives it back.
func (d *Division) Run(c *Call, temporary func(t dtype.DType, shape []int) (View, func(), error), run func(*Call) error) error {
	s := c.Out[0].Shape
	in, out := slices.Clone(c.In), slices.Clone(c.Out)
	var moved []int
	for i := range out {
		if !slices.ContainsFunc(in, func(v View) bool { return mayShare(v.Buffer, out[i].Buffer) }) {
			continue
		}
		// A part must not write what a later one reads.
		v, free, err := temporary(out[i].DType, s)
		if err != nil {
			return err
		}
		defer free()
		out[i], moved = v, append(moved, i)
	}
	for _, t := range d.between {
		v, free, err := temporary(t, s)
		if err != nil {
			return err
		}
		defer free()
		in, out = append(in, v), append(out, v)
	}
	operands := slices.Concat(c.In, c.Out)
	for _, p := range d.parts {
		part := Call{Op: c.Op, Attrs: c.Attrs, Fn: p.fn, Uniforms: c.Uniforms}
		for _, k := range p.widths {
			v := operands[k]
			v.View = shape.View{Shape: s, Strides: make([]int, len(s)), Offset: v.Offset}
			part.In = append(part.In, v)
		}
		for _, k := range p.in {
			part.In = append(part.In, in[k])
		}
		for _, k := range p.out {
			part.Out = append(part.Out, out[k])
		}
		if err := run(&part); err != nil {
			return err
		}
	}
	for _, i := range moved {
		if err := run(&Call{Op: c.Op, Attrs: c.Attrs, Fn: same[out[i].DType], In: []View{out[i]}, Out: c.Out[i : i+1]}); err != nil {
			return err
		}
	}
	return nil
}

// mayShare reports whether two buffers are one, as far as can be told.
func mayShare(a, b Buffer) bool { return a != nil && (!reflect.TypeOf(a).Comparable() || a == b) }

// same holds the function that moves elements of a type.
var same = map[dtype.DType]*op.Fn{}

func init() {
	for _, t := range dtype.All() {
		k := pointwise.Int
		switch {
		case t == dtype.Bool:
			k = pointwise.Bool
		case t.IsFloat():
			k = pointwise.Float
		}
		same[t] = op.NewFn([]pointwise.Kind{k}, nil, func(in, _ []pointwise.Value) []pointwise.Value { return in })
	}
}
