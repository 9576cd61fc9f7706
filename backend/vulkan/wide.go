package vulkan

import (
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// maxCount is the most elements of a call: kernels count in 32-bit words.
const maxCount = 1 << 31

// wide reports whether a view spans more memory than a kernel can see, or would if
// its elements took a word each, as on the way to sums of small floats.
func (d *device) wide(v *backend.View) bool {
	size := int64(v.DType.Size())
	words := max(size, 4)
	if b, ok := v.Buffer.(*buffer); !ok || b.bytes/size*words <= d.limits.StorageRange {
		return false
	}
	n, slack := int64(v.End()-v.Offset), 2*max(d.limits.StorageAlignment, 16)
	return n*words+slack > d.limits.StorageRange || n > maxCount
}

// A cut names for each operand of a call, inputs first, the axis along which it
// can be cut in two so that halves of the inputs give halves of the outputs; -1
// for an operand that both halves need whole. If that is the output, it is the
// sum of what the halves give.
type cut []int

// cuts returns how c can be cut.
func cuts(c *backend.Call) []cut {
	operands := len(c.In) + len(c.Out)
	// along cuts all operands along the same axes, but one.
	along := func(rank, but int) (l []cut) {
		for k := range rank {
			if k != but {
				l = append(l, slices.Repeat(cut{k}, operands))
			}
		}
		return l
	}
	rank := len(c.Out[0].Shape)
	switch a := c.Attrs.(type) {
	case op.ScanAttrs:
		return along(rank, axisOf(a.Axis, rank))
	case op.SortAttrs:
		return along(rank, axisOf(a.Axis, rank))
	case op.AxisAttrs:
		return along(rank, axisOf(a.Axis, rank))
	case op.IndexAttrs:
		if c.Op == op.Gather || c.Op == op.Scatter || c.Op == op.ScatterAdd {
			return along(rank, axisOf(a.Axis, rank))
		}
	case op.ConvAttrs:
		return convCuts(c.Op, max(a.Groups, 1))
	case op.PoolAttrs, op.AdaptiveAttrs, op.ResizeAttrs:
		return along(2, -1)
	case op.ArgAttrs:
		return argCuts(c, a)
	case op.SearchAttrs:
		if c.Op == op.SearchSorted {
			return searchCuts(c)
		}
	}
	switch {
	case c.Fn != nil:
		return along(rank, -1)
	case c.Fold != nil:
		return foldCuts(c)
	case c.Op == op.MatMul:
		return productCuts(c)
	case c.Op == op.IndexGet:
		return indexCuts(c, 1)
	case c.Op == op.IndexPut:
		return indexCuts(c, 2)
	}
	return nil
}

func axisOf(axis, rank int) int {
	if axis < 0 {
		axis += rank
	}
	return axis
}

// foldCuts are those along the axes that are kept.
func foldCuts(c *backend.Call) (l []cut) {
	if len(c.In) == 0 {
		return nil
	}
	to := 0
	for k := range c.In[0].Shape {
		if slices.Contains(c.Fold.Axes, k) {
			if len(c.Out[0].Shape) == len(c.In[0].Shape) {
				to++
			}
			continue
		}
		l = append(l, append(slices.Repeat(cut{k}, len(c.In)), to))
		to++
	}
	return l
}

// productCuts are those along the axes of the batch, the rows and the columns.
func productCuts(c *backend.Call) (l []cut) {
	x, y, rank := len(c.In[0].Shape), len(c.In[1].Shape), len(c.Out[0].Shape)
	for k := range rank - 2 {
		at := func(v *backend.View, n int) int {
			if i := k - rank + n; i >= 0 && v.Shape[i] > 1 {
				return i
			}
			return -1
		}
		l = append(l, cut{at(&c.In[0], x), at(&c.In[1], y), k})
	}
	return append(l, cut{x - 2, -1, rank - 2}, cut{-1, y - 1, rank - 1}, alongSums(c))
}

// alongSums cuts a matrix product along its inner axis.
func alongSums(c *backend.Call) cut { return cut{len(c.In[0].Shape) - 1, len(c.In[1].Shape) - 2, -1} }

// indexCuts are those along the axes that are not indexed, and if nothing is put,
// along those of the indices, which begin with operand first.
func indexCuts(c *backend.Call, first int) (l []cut) {
	indexed := len(c.In) - first
	rest := len(c.In[0].Shape) - indexed
	// fromEnd is the axis of operand i that is k axes from its end, if it has one.
	fromEnd := func(i, k int) int {
		v := &c.In[i]
		if a := len(v.Shape) - 1 - k; a >= 0 && v.Shape[a] > 1 {
			return a
		}
		return -1
	}
	for k := range rest {
		one := append(slices.Repeat(cut{-1}, len(c.In)), len(c.Out[0].Shape)-1-k)
		for i := range first {
			one[i] = fromEnd(i, k)
		}
		l = append(l, one)
	}
	if c.Op == op.IndexPut {
		return l
	}
	for k := range len(c.Out[0].Shape) - rest {
		one := cut{-1}
		for i := range indexed {
			one = append(one, fromEnd(1+i, k))
		}
		l = append(l, append(one, len(c.Out[0].Shape)-1-rest-k))
	}
	return l
}

// argCuts are those along the axes that are kept.
func argCuts(c *backend.Call, a op.ArgAttrs) (l []cut) {
	rank := len(c.In[0].Shape)
	axis := axisOf(a.Axis, rank)
	for k := range rank {
		if a.Flat || k == axis {
			continue
		}
		to := k
		if k > axis && len(c.Out[0].Shape) < rank {
			to--
		}
		l = append(l, append(cut{k}, slices.Repeat([]int{to}, len(c.Out))...))
	}
	return l
}

// searchCuts are those along the axes of the values: all have a row of sorted
// numbers each, but for the last, or one for all.
func searchCuts(c *backend.Call) (l []cut) {
	for k := range c.Out[0].Shape {
		one := cut{-1, k, k}
		if len(c.In[0].Shape) > 1 && k < len(c.Out[0].Shape)-1 {
			one[0] = k
		}
		l = append(l, one)
	}
	return l
}

// convCuts are those along images, and channels if there are no groups of them.
func convCuts(o *op.Op, groups int) (l []cut) {
	switch o {
	case op.Conv:
		l = []cut{{0, -1, 0}, {-1, 0, 1}, {1, 1, -1}}
	case op.ConvTranspose:
		l = []cut{{0, -1, 0}, {-1, 1, 1}, {1, 0, -1}}
	case op.ConvWeight:
		l = []cut{{0, 0, -1}, {-1, 1, 0}, {1, -1, 1}}
	}
	if groups > 1 {
		return l[:1]
	}
	return l
}

// runWide runs a call of which a kernel cannot see some operand at once: in
// halves, and if need be those in halves.
func (d *device) runWide(c *backend.Call) error {
	switch {
	case len(c.Out) > 0 && c.Out[0].Numel() == 0:
		return nil
	case c.Op == op.Gather && len(c.Out[0].Shape) > 0:
		return d.gatherWide(c)
	case c.Op == op.IndexGet:
		return d.indexGetWide(c)
	case (c.Op == op.Scatter || c.Op == op.ScatterAdd) && len(c.Out[0].Shape) > 0:
		return d.scatterWide(c)
	case c.Op == op.ScatterReduce:
		return d.scatterReduce(c)
	case c.Op == op.IndexPut:
		return d.indexPutWide(c)
	case c.Fn != nil && c.Fn.ReadsIndex():
		return d.numbered(c, 0)
	case c.Fold != nil && c.Fold.Fn.ReadsIndex():
		return d.foldStored(c)
	}
	if c.Fn == nil {
		for i := range c.In {
			// A few columns of a large matrix lie far apart, yet are few.
			if v := &c.In[i]; d.wide(v) && int64(v.Numel()*max(v.DType.Size(), 4)) <= d.limits.StorageRange/2 {
				return d.gathered(c, i)
			}
		}
	}
	views := append(slices.Clone(c.In), c.Out...)
	for _, k := range cuts(c) {
		for i := range views {
			if a := k[i]; a >= 0 && a < len(views[i].Shape) && views[i].Shape[a] > 1 && views[i].Strides[a] != 0 && d.wide(&views[i]) {
				return d.halves(c, k, views[i].Shape[a])
			}
		}
	}
	if f, ok := poolings[c.Op]; ok {
		return d.poolWide(c, f)
	}
	a, isConv := c.Attrs.(op.ConvAttrs)
	arg, isArg := c.Attrs.(op.ArgAttrs)
	switch {
	case isArg:
		return d.argWide(c, arg)
	case c.Fold != nil:
		return d.foldWide(c)
	case a.Groups > 1:
		return d.eachGroup(c, a)
	case isConv:
		return d.convWide(c, a)
	case seeds[c.Op] != nil || after[c.Op] != nil:
		return d.scanWide(c, c.Attrs.(op.ScanAttrs))
	case c.Op == op.SearchSorted:
		return d.searchWide(c)
	case c.Op == op.TopK:
		return d.topKWide(c, c.Attrs.(op.TopKAttrs))
	case c.Op == op.Sort:
		return d.sortWide(c, c.Attrs.(op.SortAttrs))
	case overtaken[c.Op] != nil:
		return d.extremeWide(c, c.Attrs.(op.ScanAttrs))
	case c.Op == op.Resize || c.Op == op.ResizeTranspose:
		return kernels[c.Op](d, c) // axis by axis
	}
	return d.tooWide()
}

// gathered runs c with a dense copy of input i.
func (d *device) gathered(c *backend.Call, i int) error {
	v := c.In[i]
	b, err := d.scratch(int64(v.Numel() * v.DType.Size()))
	if err != nil {
		return err
	}
	defer d.giveScratch(b)
	dense := *c
	dense.In = slices.Clone(c.In)
	dense.In[i] = backend.View{Buffer: b, DType: v.DType, View: shape.Contiguous(v.Shape)}
	if err := d.move(&dense.In[i], &v); err != nil {
		return err
	}
	return d.run(&dense)
}

// halves runs c in two calls, cut along an axis of n.
func (d *device) halves(c *backend.Call, k cut, n int) error {
	if k[len(c.In)] < 0 {
		return d.halvesSum(c, k, n)
	}
	for _, r := range halvesOf(n) {
		half := *c
		half.In, half.Out = slices.Clone(c.In), slices.Clone(c.Out)
		for i := range k {
			v := &half.Out[max(i-len(c.In), 0)]
			if i < len(c.In) {
				v = &half.In[i]
			}
			if k[i] < 0 {
				continue
			}
			var err error
			if v.View, err = v.View.Slice(k[i], r[0], min(r[1], v.Shape[k[i]]), 1); err != nil {
				return err
			}
		}
		if err := d.runDense(&half); err != nil {
			return err
		}
	}
	return nil
}

// runDense runs c, whose outputs may have gaps: all but elementwise kernels
// write without any, to scratch memory then.
func (d *device) runDense(c *backend.Call) error {
	if c.Fn != nil {
		return d.run(c)
	}
	out := slices.Clone(c.Out)
	for i := range c.Out {
		v := &c.Out[i]
		if v.IsContiguous() {
			continue
		}
		b, err := d.scratch(int64(v.Numel() * v.DType.Size()))
		if err != nil {
			return err
		}
		defer d.giveScratch(b)
		*v = backend.View{Buffer: b, DType: v.DType, View: shape.Contiguous(v.Shape)}
	}
	if err := d.run(c); err != nil {
		return err
	}
	for i := range out {
		if c.Out[i].Buffer != out[i].Buffer {
			if err := d.move(&out[i], &c.Out[i]); err != nil {
				return err
			}
		}
	}
	return nil
}
