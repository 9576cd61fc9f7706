package opinfo

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// viewTable has what moves elements, or names them anew.
func viewTable() map[string]function {
	m := map[string]function{
		"T":            unary(reverseAxes),
		"H":            unary(reverseAxes),
		"mT":           unary(lastTwo),
		"mH":           unary(lastTwo),
		"t":            unary(reverseAxes),
		"transpose":    is(func(c *call) *T { return c.x().Transpose(c.int(1, "dim0", 0), c.int(2, "dim1", 0)) }),
		"permute":      is(func(c *call) *T { return c.x().Permute(c.sizes(1, "dims")...) }),
		"movedim":      is(func(c *call) *T { return c.x().MoveAxes(c.ints(1, "source"), c.ints(2, "destination")) }),
		"reshape":      is(func(c *call) *T { return c.x().Reshape(c.sizes(1, "shape")...) }),
		"view":         is(func(c *call) *T { return c.x().Reshape(c.sizes(1, "shape")...) }),
		"reshape_as":   is(func(c *call) *T { return c.x().Reshape(c.need(1, "other").Shape()...) }),
		"view_as":      is(func(c *call) *T { return c.x().Reshape(c.need(1, "other").Shape()...) }),
		"flatten":      is(func(c *call) *T { return c.x().Flatten(c.int(1, "start_dim", 0), c.int(2, "end_dim", -1)) }),
		"ravel":        unary(func(x *T) *T { return x.Reshape(-1) }),
		"unflatten":    is(func(c *call) *T { return c.x().Unflatten(c.int(1, "dim", 0), c.ints(2, "sizes")...) }),
		"unsqueeze":    is(func(c *call) *T { return c.x().Unsqueeze(c.int(1, "dim", 0)) }),
		"expand":       is(func(c *call) *T { return c.x().Expand(c.sizes(1, "size")...) }),
		"broadcast_to": is(func(c *call) *T { return c.x().Expand(c.sizes(1, "size")...) }),
		"expand_as":    is(func(c *call) *T { return c.x().Expand(c.need(1, "other").Shape()...) }),
		"sum_to_size":  is(func(c *call) *T { return c.x().SumTo(c.sizes(1, "size")...) }),
		"squeeze": is(func(c *call) *T {
			if c.has(1, "dim") {
				return c.x().Squeeze(c.int(1, "dim", 0))
			}
			return c.x().Squeeze()
		}),
		"broadcast_tensors": func(c *call) []*T { return tensor.Broadcast(c.all()...) },
		"atleast_1d":        atLeast(1),
		"atleast_2d":        atLeast(2),
		"atleast_3d":        atLeast(3),
		"diagonal": is(func(c *call) *T {
			return c.x().Diagonal(c.int(1, "offset", 0), c.int(2, "dim1", 0), c.int(3, "dim2", 1))
		}),
		"diagonal_scatter": is(func(c *call) *T {
			return c.x().DiagonalScatter(c.need(1, "src"), c.int(2, "offset", 0), c.int(3, "dim1", 0), c.int(4, "dim2", 1))
		}),
		"diag_embed": is(func(c *call) *T {
			return c.x().DiagEmbed(c.int(1, "offset", 0), c.int(2, "dim1", -2), c.int(3, "dim2", -1))
		}),
		"diag":     is(func(c *call) *T { return c.x().Diag(c.int(1, "diagonal", 0)) }),
		"diagflat": is(func(c *call) *T { return c.x().Reshape(-1).Diag(c.int(1, "offset", 0)) }),
		"trace":    unary((*T).Trace),
		"select":   is(func(c *call) *T { return c.x().Select(c.int(1, "dim", 0), c.int(2, "index", 0)) }),
		"select_scatter": is(func(c *call) *T {
			return c.x().SelectScatter(c.need(1, "src"), c.int(2, "dim", 0), c.int(3, "index", 0))
		}),
		"slice": is(func(c *call) *T { return sliceOf(c, c.x()) }),
		"slice_scatter": is(func(c *call) *T {
			return c.x().SliceScatter(c.need(1, "src"), c.int(2, "dim", 0), c.int(3, "start", 0), c.int(4, "end", tensor.End), c.int(5, "step", 1))
		}),
		"narrow":      is(narrow),
		"narrow_copy": is(narrow),
		"chunk":       func(c *call) []*T { return c.x().Chunk(c.int(2, "dim", 0), c.int(1, "chunks", 1)) },
		"split":       splits,
		"split.list_args": func(c *call) []*T {
			return c.x().SplitSizes(c.int(2, "dim", 0), c.ints(1, "split_size")...)
		},
		"split_with_sizes": func(c *call) []*T { return c.x().SplitSizes(c.int(2, "dim", 0), c.ints(1, "split_sizes")...) },
		"tensor_split": func(c *call) []*T {
			axis := c.int(2, "dim", 0)
			return splitAt(c, axis, func(x *T, n int) []*T { return x.SplitInto(axis, n) })
		},
		"hsplit": func(c *call) []*T {
			return splitAt(c, min(c.x().Rank()-1, 1), (*T).HSplit)
		},
		"vsplit":  func(c *call) []*T { return splitAt(c, 0, (*T).VSplit) },
		"dsplit":  func(c *call) []*T { return splitAt(c, 2, (*T).DSplit) },
		"unbind":  func(c *call) []*T { return c.x().Unbind(c.int(1, "dim", 0)) },
		"unfold":  is(unfold),
		"rot90":   is(rot90),
		"flip":    is(flip),
		"fliplr":  unary((*T).FlipLR),
		"flipud":  unary((*T).FlipUD),
		"roll":    is(roll),
		"tril":    is(func(c *call) *T { return c.x().Tril(c.int(1, "diagonal", 0)) }),
		"triu":    is(func(c *call) *T { return c.x().Triu(c.int(1, "diagonal", 0)) }),
		"resize_": is(func(c *call) *T { return resized(c.x(), c.sizes(1, "size")) }),
		"resize_as_": is(func(c *call) *T {
			return resized(c.x(), c.need(1, "other").Shape())
		}),
		"as_strided": is(func(c *call) *T {
			return c.x().AsStrided(c.ints(1, "size"), c.ints(2, "stride"), c.int(3, "storage_offset", 0))
		}),
		"as_strided_scatter": is(func(c *call) *T {
			c.ints(2, "size") // that of src
			return c.x().AsStridedScatter(c.need(1, "src"), c.ints(3, "stride"), c.int(4, "storage_offset", 0))
		}),
		"fft.fftshift":  is(func(c *call) *T { return shifted(c, func(n int) int { return n / 2 }) }),
		"fft.ifftshift": is(func(c *call) *T { return shifted(c, func(n int) int { return -(n / 2) }) }),
		"clone":         unary((*T).Clone),
		"contiguous":    unary((*T).Contiguous),
		"to": is(func(c *call) *T {
			x := c.x()
			for i := 1; i < len(c.args); i++ {
				switch v, _ := c.arg(i, ""); v := v.(type) {
				case dtype.DType:
					x = x.To(v)
				case *T:
					x = x.To(v.DType())
				}
			}
			c.ignore("copy", "non_blocking")
			return x.To(c.dtype(-1, "dtype", x.DType()))
		}),
		"__getitem__": is(getItem),
	}
	for _, name := range []string{"conj", "conj_physical", "resolve_conj", "resolve_neg", "real"} {
		m[name] = same // of real numbers
	}
	for name, d := range map[string]dtype.DType{"bfloat16": dtype.BFloat16, "half": dtype.Float16, "float": dtype.Float32, "double": dtype.Float64,
		"bool": dtype.Bool, "byte": dtype.Uint8, "char": dtype.Int8, "short": dtype.Int16, "int": dtype.Int32, "long": dtype.Int64} {
		m[name] = unary(func(x *T) *T { return x.To(d) })
	}
	return m
}

// all returns all arguments, or those of a list that is the first.
func (c *call) all() []*T {
	var l []*T
	for i := range c.args {
		l = append(l, c.tensors(i, "")...)
	}
	return l
}

func reverseAxes(x *T) *T {
	axes := make([]int, x.Rank())
	for i := range axes {
		axes[i] = x.Rank() - 1 - i
	}
	return x.Permute(axes...)
}

func atLeast(n int) function {
	return func(c *call) []*T {
		l := c.all()
		for i, x := range l {
			l[i] = x.AtLeast(n)
		}
		return l
	}
}

func sliceOf(c *call, x *T) *T {
	return x.SliceStep(c.int(1, "dim", 0), c.int(2, "start", 0), c.int(3, "end", tensor.End), c.int(4, "step", 1))
}

func narrow(c *call) *T {
	x, axis, start := c.x(), c.int(1, "dim", 0), c.int(2, "start", 0)
	if start < 0 {
		start += x.Dim(axis)
	}
	return x.Narrow(axis, start, c.int(3, "length", 0))
}

func splits(c *call) []*T { return c.x().Split(c.int(2, "dim", 0), c.int(1, "split_size", 1)) }

// splitAt cuts into a number of pieces, or at indices.
func splitAt(c *call, axis int, equal func(x *T, n int) []*T) []*T {
	v, _ := c.arg(1, "indices_or_sections")
	switch v := v.(type) {
	case int:
		return equal(c.x(), v)
	case *T:
		if v.Rank() == 0 {
			return equal(c.x(), int(v.Item()))
		}
		var at []int
		for _, i := range v.Float64s() {
			at = append(at, int(i))
		}
		return c.x().SplitAt(axis, at...)
	}
	return c.x().SplitAt(axis, c.ints(1, "indices_or_sections")...)
}

func unfold(c *call) *T {
	x := c.x()
	axis, size, step := c.int(1, "dimension", 0), c.int(2, "size", 1), c.int(3, "step", 1)
	if x.Rank() == 0 {
		return x.Reshape(1).Slice(0, 0, size)
	}
	return x.Unfold(axis, size, step)
}

func rot90(c *call) *T {
	axes := []int{0, 1}
	if c.has(2, "dims") {
		axes = c.ints(2, "dims")
	}
	return c.x().Rot90(c.int(1, "k", 1), axes[0], axes[1])
}

func flip(c *call) *T {
	axes := c.ints(1, "dims")
	if len(axes) == 0 { // none, not all
		return c.x().Clone()
	}
	return c.x().Flip(axes...)
}

func roll(c *call) *T {
	x, shifts, axes := c.x(), c.ints(1, "shifts"), c.ints(2, "dims")
	return apply(op.Roll, op.RollAttrs{Shifts: shifts, Axes: axes}, x)
}

// shifted rolls axes, all by default, by a part of their size.
func shifted(c *call, by func(n int) int) *T {
	x, axes := c.x(), c.ints(1, "dim")
	if axes == nil {
		for i := range x.Rank() {
			axes = append(axes, i)
		}
	}
	for _, a := range axes {
		x = x.Roll(a, by(x.Dim(a)))
	}
	return x
}

func resized(x *T, s []int) *T {
	n := 1
	for _, k := range s {
		n *= k
	}
	if n > x.Numel() {
		missing("elements that are not defined")
	}
	return x.Reshape(-1).Slice(0, 0, n).Reshape(s...)
}

// getItem is indexing with brackets.
func getItem(c *call) *T {
	v, _ := c.arg(1, "")
	l, ok := v.([]any)
	if !ok {
		l = []any{v}
	}
	if slices.ContainsFunc(l, func(v any) bool { _, nested := v.([]any); return nested }) || allInts(l) {
		return getByLists(c, l)
	}
	idx := []tensor.Idx{}
	for _, v := range l {
		idx = append(idx, indexOf(c, v))
	}
	return c.x().Index(idx...)
}

func allInts(l []any) bool {
	return !slices.ContainsFunc(l, func(v any) bool { _, is := v.(int); return !is })
}

// getByLists takes lists for tensors of indices. A list of nothing but ints is
// one index itself, for it is not a tuple.
func getByLists(c *call, l []any) *T {
	if allInts(l) {
		return c.x().Index(tensor.At(vector(c, l)))
	}
	var idx []tensor.Idx
	for _, v := range l {
		if list, ok := v.([]any); ok {
			idx = append(idx, tensor.At(vector(c, list)))
		} else {
			idx = append(idx, indexOf(c, v))
		}
	}
	return c.x().Index(idx...)
}

func vector(c *call, l []any) *T {
	at := make([]int64, len(l))
	for i, v := range l {
		if b, ok := v.(bool); ok && b {
			missing("a list of bools")
		}
		at[i] = int64(number(v, 0))
	}
	return tensor.From(c.dev, at, len(at))
}

func indexOf(c *call, v any) tensor.Idx {
	switch v := v.(type) {
	case nil:
		return tensor.NewAxis
	case int:
		return tensor.I(v)
	case ellipsis:
		return tensor.Ellipsis
	case *T:
		return tensor.At(v)
	case cut:
		return tensor.SStep(int(number(v.start, 0)), int(number(v.stop, float64(1<<40))), int(number(v.step, 1)))
	}
	missing("an index %v", v)
	return tensor.Idx{}
}

// lastTwo swaps the last two axes, of a scalar none.
func lastTwo(x *T) *T {
	if x.Rank() == 0 {
		return x
	}
	return x.T()
}
