package op

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
)

// PadMode says what the new elements of Pad are.
type PadMode uint8

// The modes of Pad.
const (
	PadConstant  PadMode = iota // Value
	PadReflect                  // the elements mirrored at the edge, without the edge
	PadReplicate                // the edge
	PadCircular                 // the elements of the other end
)

// PadAttrs give the elements that Pad adds on each axis. Negative numbers cut
// elements off.
type PadAttrs struct {
	Before, After []int
	Mode          PadMode
	Value         float64
}

// Pad makes axes longer. The modes that copy elements are slices, flips and
// joins: one pass for each padded axis, and no scatter in the gradient.
var Pad = register(&Op{
	Name: "pad", Doc: "adds elements before and after each axis: constant, reflected, replicated or circular.",
	Infer: func(in []Meta, attrs any) ([]Meta, error) {
		if err := operands(in, 1, 1); err != nil {
			return nil, err
		}
		a, x := attrs.(PadAttrs), in[0].Shape
		if len(a.Before) != len(x) || len(a.After) != len(x) {
			return nil, attrError("Before %v, After %v: want a number for each of %d axes", a.Before, a.After, len(x))
		}
		s := slices.Clone(x)
		for i := range s {
			before, after, most := a.Before[i], a.After[i], s[i]
			if a.Mode != PadConstant {
				switch {
				case a.Mode == PadReflect:
					most--
				case a.Mode == PadCircular:
					most += min(before, 0) + min(after, 0)
				case a.Mode == PadReplicate && most > 0:
					most = max(before, after)
				}
				if most = max(most, 0); before > most || after > most {
					return nil, attrError("%v: cannot pad axis %d with %d before and %d after: want at most %d", x, i, before, after, most)
				}
			}
			if s[i] += before + after; s[i] < 0 {
				return nil, attrError("%v: padding axis %d by %d and %d leaves %d elements", x, i, before, after, s[i])
			}
		}
		return []Meta{{s, in[0].DType}}, nil
	},
	Decompose: func(b Builder, in []Value, attrs any) []Value {
		a, x := attrs.(PadAttrs), in[0]
		for i := range a.Before {
			x = b.padAxis(x, i, a.Before[i], a.After[i], a)
		}
		if x == in[0] {
			flat := b.Reshape(x, []int{shape.Numel(x.Shape())})
			x = b.Reshape(b.one(Concat, AxisAttrs{0}, flat), x.Shape())
		}
		return []Value{x}
	},
	Samples: func(r *Rand) []Sample {
		l := []Sample{
			{Name: "constant", In: []*Array{r.Normal(2, 3)}, Attrs: PadAttrs{Before: []int{0, 1}, After: []int{2, 3}, Value: 1.5}},
			{Name: "cut", In: []*Array{r.Normal(4, 5)}, Attrs: PadAttrs{Before: []int{-1, 2}, After: []int{1, -3}}},
			{Name: "nothing", In: []*Array{r.Normal(2, 3)}, Attrs: PadAttrs{Before: []int{0, 0}, After: []int{0, 0}}},
			{Name: "integers", In: []*Array{r.Ints(dtype.Int64, 0, 9, 3)}, Attrs: PadAttrs{Before: []int{1}, After: []int{1}, Value: -1}},
			{Name: "empty", In: []*Array{r.Normal(0, 2)}, Attrs: PadAttrs{Before: []int{1, 0}, After: []int{0, 1}, Value: 7}},
		}
		for _, m := range []PadMode{PadReflect, PadReplicate, PadCircular} {
			name := [...]string{"", "reflect", "replicate", "circular"}[m]
			l = append(l,
				Sample{Name: name, In: []*Array{r.Normal(2, 3, 4, 5)}, Attrs: PadAttrs{Before: []int{0, 0, 1, 2}, After: []int{0, 0, 3, 0}, Mode: m}},
				Sample{Name: name + ", 1-d", In: []*Array{r.Normal(2, 6)}, Attrs: PadAttrs{Before: []int{0, 5}, After: []int{0, 4}, Mode: m}},
				Sample{Name: name + ", cut", In: []*Array{r.Normal(4, 3)}, Attrs: PadAttrs{Before: []int{-2, 1}, After: []int{1, -1}, Mode: m}})
		}
		return l
	},
	Errors: func() []ErrorSample {
		x := NewArray(dtype.Float32, 2, 3)
		return []ErrorSample{
			{Sample{Name: "axes", In: []*Array{x}, Attrs: PadAttrs{Before: []int{1}, After: []int{1}}}, ErrAttr},
			{Sample{Name: "too much cut", In: []*Array{x}, Attrs: PadAttrs{Before: []int{-3, 0}, After: []int{0, 0}}}, ErrAttr},
			{Sample{Name: "reflected too far", In: []*Array{x}, Attrs: PadAttrs{Before: []int{0, 3}, After: []int{0, 0}, Mode: PadReflect}}, ErrAttr},
			{Sample{Name: "around twice", In: []*Array{x}, Attrs: PadAttrs{Before: []int{0, 4}, After: []int{0, 0}, Mode: PadCircular}}, ErrAttr},
			{Sample{Name: "edge of nothing", In: []*Array{NewArray(dtype.Float32, 0)}, Attrs: PadAttrs{Before: []int{1}, After: []int{0}, Mode: PadReplicate}}, ErrAttr},
		}
	},
})

func (b Builder) padAxis(x Value, axis, before, after int, a PadAttrs) Value {
	n := x.Shape()[axis]
	if before < 0 || after < 0 {
		from, to := max(-before, 0), max(-after, 0)
		before, after = max(before, 0), max(after, 0)
		// Cut first: less to copy. PadCircular repeats what is left, as PyTorch.
		if a.Mode == PadCircular || a.Mode == PadConstant && from+to <= n {
			return b.padAxis(b.Slice(x, axis, from, n-to), axis, before, after, a)
		}
		x = b.padAxis(x, axis, before, after, a)
		return b.Slice(x, axis, from, x.Shape()[axis]-to)
	}
	if before == 0 && after == 0 {
		return x
	}
	// piece returns m new elements: of the given range of x, unless constant.
	piece := func(m, start, stop int) Value {
		s := slices.Clone(x.Shape())
		s[axis] = m
		switch a.Mode {
		case PadConstant:
			return b.Expand(b.Full(nil, x.DType(), a.Value), s)
		case PadReplicate:
			return b.Expand(b.Slice(x, axis, start, stop), s)
		case PadReflect:
			return b.one(Flip, FlipAttrs{[]int{axis}}, b.Slice(x, axis, start, stop))
		}
		return b.Slice(x, axis, start, stop)
	}
	parts := []Value{x}
	if before > 0 {
		start, stop := 0, 1
		switch a.Mode {
		case PadReflect:
			start, stop = 1, before+1
		case PadCircular:
			start, stop = n-before, n
		}
		parts = append([]Value{piece(before, start, stop)}, x)
	}
	if after > 0 {
		start, stop := n-1, n
		switch a.Mode {
		case PadReflect:
			start, stop = n-1-after, n-1
		case PadCircular:
			start, stop = 0, after
		}
		parts = append(parts, piece(after, start, stop))
	}
	return b.one(Concat, AxisAttrs{axis}, parts...)
}
