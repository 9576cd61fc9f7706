package opinfo

import (
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// orderTable has what sorts and searches.
func orderTable() map[string]function {
	return map[string]function{
		"sort":    func(c *call) []*T { return tensor.Apply(nil, op.Sort, sorting(c), c.x()) },
		"argsort": is(func(c *call) *T { return apply(op.ArgSort, sorting(c), c.x()) }),
		"msort": is(func(c *call) *T {
			y, _ := c.x().Sort(0, false)
			return y
		}),
		"topk": func(c *call) []*T {
			if !c.bool(4, "sorted", true) {
				missing("no order")
			}
			return tensor.Apply(nil, op.TopK, op.TopKAttrs{K: c.int(1, "k", 0), Axis: c.int(2, "dim", -1), Smallest: !c.bool(3, "largest", true)}, c.x())
		},
		"kthvalue": func(c *call) []*T {
			return tensor.Apply(nil, op.KthValue, op.KthAttrs{K: c.int(1, "k", 0), Axis: c.int(2, "dim", -1), Keep: c.bool(3, "keepdim", false)}, c.x())
		},
		"mode": func(c *call) []*T {
			axis := c.int(1, "dim", -1)
			v, i := c.x().Mode(axis)
			if c.bool(2, "keepdim", false) && c.x().Rank() > 0 {
				a := (axis + c.x().Rank()) % c.x().Rank()
				return two(v.Unsqueeze(a), i.Unsqueeze(a))
			}
			return two(v, i)
		},
		"searchsorted": is(func(c *call) *T {
			x := c.x()
			if c.has(-1, "sorter") {
				x = x.Gather(-1, c.need(-1, "sorter"))
			}
			right := c.bool(-1, "right", false) || c.str(-1, "side", "") == "right"
			return narrowed(c, apply(op.SearchSorted, op.SearchAttrs{Right: right}, x, c.operand(1, "values")))
		}),
		"bucketize": is(func(c *call) *T {
			return narrowed(c, apply(op.Bucketize, op.SearchAttrs{Right: c.bool(-1, "right", false)}, c.x(), c.need(1, "boundaries")))
		}),
		"unique":             func(c *call) []*T { c.ignore("sorted"); return unique(c, (*T).Unique, (*T).UniqueAlong) },
		"unique_consecutive": func(c *call) []*T { return unique(c, (*T).UniqueConsecutive, (*T).UniqueConsecutiveAlong) },
		"isin": is(func(c *call) *T {
			hit := c.x().Unsqueeze(-1).Eq(c.need(1, "test_elements").Reshape(-1)).Any(-1)
			c.ignore("assume_unique")
			if c.bool(-1, "invert", false) {
				return hit.LogicalNot()
			}
			return hit
		}),
	}
}

func sorting(c *call) op.SortAttrs {
	c.ignore("stable") // always
	return op.SortAttrs{Axis: c.int(1, "dim", -1), Descending: c.bool(2, "descending", false)}
}

// narrowed is int32 where that is asked for.
func narrowed(c *call, i *T) *T {
	if c.bool(-1, "out_int32", false) {
		return i.To(dtype.Int32)
	}
	return i
}

func unique(c *call, flat func(*T) (v, i, n *T), along func(*T, int) (v, i, n *T)) []*T {
	var v, inverse, n *T
	if c.has(-1, "dim") {
		v, inverse, n = along(c.x(), c.int(-1, "dim", 0))
	} else {
		v, inverse, n = flat(c.x())
	}
	res := one(v)
	if c.bool(-1, "return_inverse", false) {
		res = append(res, inverse)
	}
	if c.bool(-1, "return_counts", false) {
		res = append(res, n)
	}
	return res
}
