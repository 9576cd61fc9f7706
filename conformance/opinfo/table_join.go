package opinfo

import (
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// joinTable has what puts tensors together, and repeats them.
func joinTable() map[string]function {
	return map[string]function{
		"cat":          is(func(c *call) *T { return tensor.Concat(c.int(1, "dim", 0), c.tensors(0, "tensors")...) }),
		"stack":        is(func(c *call) *T { return tensor.Stack(c.int(1, "dim", 0), c.tensors(0, "tensors")...) }),
		"hstack":       is(func(c *call) *T { return tensor.HStack(c.tensors(0, "tensors")...) }),
		"vstack":       is(func(c *call) *T { return tensor.VStack(c.tensors(0, "tensors")...) }),
		"dstack":       is(func(c *call) *T { return tensor.DStack(c.tensors(0, "tensors")...) }),
		"column_stack": is(func(c *call) *T { return tensor.ColumnStack(c.tensors(0, "tensors")...) }),
		"block_diag":   is(func(c *call) *T { return tensor.BlockDiag(c.all()...) }),

		"cartesian_prod": is(func(c *call) *T { return tensor.CartesianProd(c.all()...) }),
		"combinations": is(func(c *call) *T {
			return c.x().Combinations(c.int(1, "r", 2), c.bool(2, "with_replacement", false))
		}),
		"meshgrid.list_of_tensors":  meshGrid,
		"meshgrid.variadic_tensors": meshGrid,
		"tile": is(func(c *call) *T {
			x, n := c.x(), c.sizes(1, "dims")
			for len(n) < x.Rank() { // repeat refuses what tile fills
				n = append([]int{1}, n...)
			}
			return x.Tile(n...)
		}),
		"repeat":                     is(func(c *call) *T { return c.x().Tile(c.sizes(1, "repeats")...) }),
		"repeat_interleave":          is(repeatInterleave),
		"constant_pad_nd":            pads(op.PadConstant),
		"nn.functional.pad.constant": pads(op.PadConstant),

		"nn.functional.pad.reflect":   pads(op.PadReflect),
		"nn.functional.pad.replicate": pads(op.PadReplicate),
		"nn.functional.pad.circular":  pads(op.PadCircular),
	}
}

// meshGrid swaps the first two axes for the indexing of images.
func meshGrid(c *call) []*T {
	in := c.all()
	xy := c.str(-1, "indexing", "ij") == "xy" && len(in) > 1
	if xy {
		in[0], in[1] = in[1], in[0]
	}
	out := tensor.MeshGrid(in...)
	if xy {
		out[0], out[1] = out[1], out[0]
	}
	return out
}

func repeatInterleave(c *call) *T {
	x := c.x()
	axis := c.int(2, "dim", 0)
	if !c.has(2, "dim") {
		x = x.Reshape(-1)
	}
	if c.isTensor(1, "repeats") {
		var at []int64
		for i, n := range c.need(1, "repeats").Float64s() {
			for range int(n) {
				at = append(at, int64(i))
			}
		}
		return x.IndexSelect(axis, tensor.From(c.dev, at, len(at)))
	}
	return x.Repeat(axis, c.int(1, "repeats", 1))
}

// pads takes pairs of numbers, the last axis first.
func pads(mode op.PadMode) function {
	return func(c *call) []*T {
		x := c.x()
		n := x.Rank()
		a := op.PadAttrs{Before: make([]int, n), After: make([]int, n), Mode: mode}
		for i, p := range c.ints(1, "pad") {
			if k := n - 1 - i/2; i%2 == 0 {
				a.Before[k] = p
			} else {
				a.After[k] = p
			}
		}
		if v, _ := c.arg(2, "mode"); mode == op.PadConstant {
			if _, isMode := v.(string); isMode || v == nil {
				a.Value = c.num(3, "value", 0)
			} else {
				a.Value = number(v, 0)
			}
		}
		return one(apply(op.Pad, a, x))
	}
}
