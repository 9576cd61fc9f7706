package vulkan

import (
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
)

// gatherWide gathers from a piece of x after another, of which each gives the
// elements that it has.
func (d *device) gatherWide(c *backend.Call) error {
	x, index, out := c.In[0], c.In[1], &c.Out[0]
	rank := len(index.Shape)
	axis := axisOf(c.Attrs.(op.AxisAttrs).Axis, rank)
	others := allBut(rank, axis)
	var err error
	if x, err = upTo(x, index.Shape, others); err != nil {
		return err
	}
	call := *c
	call.In = []backend.View{x, index}
	same := func(k int) cut {
		if k == axis {
			return cut{-1, k, k}
		}
		return cut{k, k, k}
	}
	// Indices and results first: along any axis.
	for _, v := range []*backend.View{&index, out} {
		if !d.wide(v) {
			continue
		}
		k := farthest(v, allBut(rank))
		if k < 0 {
			return d.tooWide()
		}
		return d.halves(&call, same(k), index.Shape[k])
	}
	if one := thin(x, axis); d.wide(&one) {
		k := farthest(&one, others)
		return d.halves(&call, same(k), index.Shape[k])
	}
	return d.boxes(x, []int{axis}, func(piece *backend.View, at []int) error {
		return d.gatherPart(piece, &index, out, axis, &part{from: at[axis], whole: x.Shape[axis]})
	})
}

// indexGetWide is gatherWide of IndexGet, whose pieces are of all the axes that
// are indexed.
func (d *device) indexGetWide(c *backend.Call) error {
	indexed := len(c.In) - 1
	lead := allBut(indexed)
	cuts := indexCuts(c, 1)
	slices.Reverse(cuts) // those along the indices first: their results are dense
	views := append(slices.Clone(c.In), c.Out...)
	for _, k := range cuts {
		for i := 1; i < len(views); i++ {
			if a := k[i]; a >= 0 && views[i].Shape[a] > 1 && views[i].Strides[a] != 0 && d.wide(&views[i]) {
				return d.halves(c, k, views[i].Shape[a])
			}
		}
	}
	x := &c.In[0]
	if one := thin(*x, lead...); d.wide(&one) {
		a := farthest(&one, allBut(len(x.Shape), lead...))
		for _, k := range cuts {
			if k[0] == a {
				return d.halves(c, k, x.Shape[a])
			}
		}
		return d.tooWide()
	}
	return d.boxes(*x, lead, func(piece *backend.View, at []int) error {
		call := *c
		call.In = slices.Clone(c.In)
		call.In[0] = *piece
		return d.indexGetPart(&call, at[:indexed], x.Shape[:indexed])
	})
}
