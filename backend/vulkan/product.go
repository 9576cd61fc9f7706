package vulkan

import (
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/backend/vulkan/vkshim"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// A family is which kernels make products of floats: matrix products, and
// convolutions, which are products of matrices that are nowhere stored.
type family uint8

const (
	plainFamily  family = iota // an invocation goes through the whole sum: any device
	directFamily               // panels and no shared memory: CPUs
	tileFamily                 // tiles in shared memory: GPUs
)

// familyOf returns which kernels suit a device best.
func (d *device) familyOf() family {
	switch l := &d.limits; {
	case !d.onCPU():
		return tileFamily
	case l.Subgroup == 8 && l.SubgroupOps&vkshim.SubgroupShuffle != 0 && d.physical.Int64:
		return directFamily
	}
	return plainFamily
}

// reachesBy reports whether kernels that load from addresses are quicker than
// those that load from bound buffers. On Mesa's software driver they are twice as
// quick in version 25, which is its first of Vulkan 1.4, but five times slower in
// 22. It gives no other number to go by.
func (d *device) reachesBy() bool {
	const lavapipe, vulkan14 = 13, 1<<22 | 4<<12 // VkDriverId, VK_API_VERSION_1_4
	return d.onCPU() && d.physical.Addresses && d.physical.Int64 && d.physical.DriverID == lavapipe && d.physical.API >= vulkan14
}

// A side is an operand of a product with its view, how many lines it has, and
// its strides along the axes of the batch.
type side struct {
	kernel.Operand
	view    *backend.View
	lines   int
	strides []int
}

// A product is batch times a matrix of x.lines by y.lines, each element a sum
// over places. Row r, column c of it is at r*byRow + c%inner + c/inner*outer
// of the output, which is dense.
type product struct {
	x, y                side
	places              int
	batch               []int
	out                 *backend.View
	byBatch             []int
	byRow, inner, outer int

	// Of an affine map: a bias for each column, or nil, and an activation.
	bias *backend.View
	then op.Epilogue
}

// within reports whether a kernel can apply bias and activation before it stores.
func (p *product) within() bool {
	return p.bias != nil && p.bias.DType == dtype.Float32 && p.bias.Strides[0] == 1
}

// splits returns in how many parts sums are cut: when there are few tiles, so
// that there is something to do for wanted workgroups. It follows from the
// shape and the device, so that results are the same on every run.
func splits(tiles, places, wanted int) int {
	const least = 256 // places of a part
	return max(min(ceil(wanted, tiles), places/least), 1)
}

// product enqueues p by the device's family, which is not the plain one.
func (d *device) product(p *product) error {
	if d.family == directFamily {
		return d.direct(p)
	}
	return d.tile(p)
}

// fits reports whether the device's kernels see all of p's panels at once, and its
// result on the way to one of another type or of lines that are not whole fours.
func (d *device) fits(p *product) bool {
	return d.resultFits(p) && d.panelsFit(p)
}

func (d *device) resultFits(p *product) bool {
	return 4*int64(p.x.lines)*int64(panelled(p.y.lines, 4))*int64(p.matrices()) <= d.sees()
}

// sees is how many bytes of scratch memory a kernel can see for certain.
func (d *device) sees() int64 { return d.limits.StorageRange - max(d.limits.StorageAlignment, 16) }

func (d *device) panelsFit(p *product) bool {
	if d.family != directFamily {
		return true
	}
	size := func(s *side, width int) int64 {
		n := int64(panelled(s.lines, width)) * int64(panelled(p.places, kernel.DirectBlock)) * 4
		for i, b := range p.batch {
			if s.strides[i] != 0 {
				n *= int64(b)
			}
		}
		return n
	}
	return max(size(&p.x, kernel.DirectRows), size(&p.y, kernel.DirectColumns)) <= min(d.sees(), maxPanels)
}

// maxPanels is the most bytes of an operand's panels.
const maxPanels = 128 << 20

// panelled rounds n up to a multiple of width.
func panelled(n, width int) int { return ceil(n, width) * width }

func (p *product) matrices() int { return shape.Numel(p.batch) }

// flops is how much work p is.
func (p *product) flops() int64 {
	return 2 * int64(p.matrices()) * int64(p.x.lines) * int64(p.y.lines) * int64(p.places)
}

// direct packs both operands and multiplies the panels.
func (d *device) direct(p *product) error {
	k := p.kernel(kernel.DirectRows, kernel.DirectColumns, 8)
	blocks := ceil(p.places, kernel.DirectBlock)
	k.Run = ceil(blocks, k.Slices)
	k.Slices = ceil(blocks, k.Run)
	x, err := d.pack(p, &p.x, kernel.DirectRows)
	if err != nil {
		return err
	}
	defer d.giveScratch(x.buffer)
	y, err := d.pack(p, &p.y, kernel.DirectColumns)
	if err != nil {
		return err
	}
	defer d.giveScratch(y.buffer)
	k.X, k.Y = x.strides, y.strides
	fours := func(o operand) bool {
		all := append([]int{int(o.start), p.byRow, p.inner}, p.byBatch...)
		return !slices.ContainsFunc(append(all, p.outer), func(n int) bool { return n%4 != 0 })
	}
	return d.result(p, k, 4, fours, func(out operand, more []operand) error {
		name, key, write, params := "direct", kernel.DirectKey, kernel.Direct, kernel.DirectParams(k)
		if d.reaches {
			name, key, write, params = "reach", kernel.ReachKey, kernel.Reach, kernel.ReachParams(k, x.address(), y.address())
		}
		return d.multiply(p, k, name, key, write, params, append([]operand{x.operand, y.operand, out}, more...))
	})
}

// multiply enqueues a kernel of a product, with bias and activation if there are
// more operands than three.
func (d *device) multiply(p *product, k *kernel.Product, name, key string, write func() *kernel.Kernel, params []uint32, operands []operand) error {
	if len(operands) > 3 {
		plain := write
		key, write = kernel.LinearKey(key, p.then), func() *kernel.Kernel { return kernel.Linear(plain(), name, p.then) }
		params = append(params, operands[3].start)
	}
	q, err := d.pipeline(key, func() (*kernel.Kernel, error) { return write(), nil })
	if err != nil {
		return err
	}
	return d.launchFor(q, operands, params, int64(k.Count()*q.Group), p.flops())
}

// kernel returns what kernels of both families are told, but for the output.
func (p *product) kernel(rows, columns, wanted int) *kernel.Product {
	k := &kernel.Product{M: p.x.lines, N: p.y.lines, Places: p.places, Batch: p.batch}
	k.Down, k.Across = ceil(k.M, rows), ceil(k.N, columns)
	k.Slices = splits(k.Down*k.Across*p.matrices(), p.places, wanted)
	return k
}

// A packed operand has strides along the batch axes in matrices.
type packed struct {
	operand
	strides []int
}

// pack enqueues the copy of an operand into panels. Axes of the batch along
// which it is the same are packed once.
func (d *device) pack(p *product, s *side, width int) (packed, error) {
	var batch, strides []int
	by := make([]int, len(p.batch))
	for i := len(by) - 1; i >= 0; i-- {
		if s.strides[i] != 0 {
			by[i] = shape.Numel(batch)
			batch, strides = append([]int{p.batch[i]}, batch...), append([]int{s.strides[i]}, strides...)
		}
	}
	from, err := d.bind(s.view)
	if err != nil {
		return packed{}, err
	}
	to, err := d.floats(panelled(s.lines, width) * panelled(p.places, kernel.DirectBlock) * shape.Numel(batch))
	if err != nil {
		return packed{}, err
	}
	params, count := kernel.PackParams(&s.Operand, from.start, s.lines, p.places, width, batch, strides)
	key, make := kernel.PackKey(&s.Operand, width), func() (*kernel.Kernel, error) { return kernel.Pack(&s.Operand, width), nil }
	if along, ok := s.fours(from.start, p.places, strides); ok {
		params, count = kernel.PackWideParams(&s.Operand, from.start, along, params, count)
		key, make = kernel.PackWideKey(along, width), func() (*kernel.Kernel, error) { return kernel.PackWide(along, width), nil }
	}
	q, err := d.pipeline(key, make)
	if err == nil {
		err = d.launch(q, []operand{from, to}, params, int64(count))
	}
	if err != nil {
		d.giveScratch(to.buffer)
	}
	return packed{to, by}, err
}

// fours reports whether a matrix lies in memory by fours of elements, which are
// places of the sum if along.
func (s *side) fours(start uint32, places int, strides []int) (along, ok bool) {
	if s.Kind != kernel.Plain || s.Type != dtype.Float32 || start%4 != 0 || slices.ContainsFunc(strides, func(n int) bool { return n%4 != 0 }) {
		return false, false
	}
	if s.ByK == 1 && s.ByC%4 == 0 && places%4 == 0 {
		return true, true
	}
	return false, s.ByC == 1 && s.ByK%4 == 0 && s.lines%4 == 0
}

// floats returns scratch memory of n float32s.
func (d *device) floats(n int) (operand, error) {
	b, err := d.scratch(int64(4 * n))
	if err != nil {
		return operand{}, err
	}
	o, err := d.bind(&backend.View{Buffer: b, DType: dtype.Float32, View: shape.Contiguous([]int{n})})
	if err != nil {
		d.giveScratch(b)
	}
	return o, err
}

// result runs a kernel whose output is float32 in units of some elements, and
// whole: into the output if that fits, else into scratch memory whose parts are
// then summed up, rounded and put in their places. The kernel gets the bias as an
// operand more if it is to apply it and the activation; else they are applied last.
func (d *device) result(p *product, k *kernel.Product, unit int, fits func(operand) bool, run func(out operand, more []operand) error) error {
	out, err := d.bind(p.out)
	if err != nil {
		return err
	}
	finishes := p.bias != nil || p.then != op.NoEpilogue
	if k.Slices == 1 && p.out.DType == dtype.Float32 && fits(out) && (!finishes || p.within()) {
		k.Start, k.ByRow, k.Inner, k.Outer = int(out.start)/unit, p.byRow/unit, p.inner, p.outer/unit
		for _, s := range p.byBatch {
			k.Out = append(k.Out, s/unit)
		}
		if !finishes {
			return run(out, nil)
		}
		bias, err := d.bind(p.bias)
		if err != nil {
			return err
		}
		return run(out, []operand{bias})
	}
	// Parts, matrices, rows, columns.
	wide := panelled(k.N, unit)
	one := k.M * wide
	all := one * p.matrices()
	to, err := d.floats(all * k.Slices)
	if err != nil {
		return err
	}
	defer d.giveScratch(to.buffer)
	k.ByRow, k.BySlice, k.Inner, k.Outer = wide/unit, all/unit, wide, 0
	for _, s := range shape.Strides(p.batch) {
		k.Out = append(k.Out, s*one/unit)
	}
	if err := run(to, nil); err != nil {
		return err
	}
	// The output's axes, outermost first, and where they are in scratch memory.
	type axis struct{ size, to, from int }
	axes := []axis{{k.M, p.byRow, wide}, {p.inner, 1, 1}}
	if n := k.N / p.inner; n > 1 {
		axes = append(axes, axis{n, p.outer, p.inner})
	}
	for i, n := range p.batch {
		axes = append(axes, axis{n, p.byBatch[i], k.Out[i] * unit})
	}
	axes = slices.DeleteFunc(axes, func(a axis) bool { return a.size == 1 })
	slices.SortFunc(axes, func(a, b axis) int { return b.to - a.to })
	from := backend.View{Buffer: to.buffer, DType: dtype.Float32}
	dense := *p.out
	dense.View = shape.View{Offset: p.out.Offset}
	for _, a := range axes {
		dense.Shape, dense.Strides = append(dense.Shape, a.size), append(dense.Strides, a.to)
		from.Shape, from.Strides = append(from.Shape, a.size), append(from.Strides, a.from)
	}
	if k.Slices == 1 {
		return d.deliver(p, from, dense)
	}
	from.Shape, from.Strides = append([]int{k.Slices}, from.Shape...), append([]int{all}, from.Strides...)
	if !finishes {
		return d.sum(from, dense)
	}
	sums := dense
	if dense.DType != dtype.Float32 { // rounded once
		more, free, err := d.temporary(dtype.Float32, dense.Shape)
		if err != nil {
			return err
		}
		defer free()
		sums = more
	}
	if err := d.sum(from, sums); err != nil {
		return err
	}
	return d.deliver(p, sums, dense)
}

// deliver copies sums to the output, whose axes they have, applying p's bias and
// activation.
func (d *device) deliver(p *product, from, to backend.View) error {
	if p.bias == nil && p.then == op.NoEpilogue {
		return d.run(&backend.Call{Fn: same, In: []backend.View{from}, Out: []backend.View{to}})
	}
	c := &backend.Call{Fn: p.then.Fn(p.bias != nil), In: []backend.View{from}, Out: []backend.View{to}}
	if p.bias != nil {
		bias := *p.bias
		bias.Shape, bias.Strides = to.Shape, make([]int, len(to.Shape))
		if n := len(to.Shape); n > 0 && p.y.lines > 1 { // columns are the last axis, if there are several
			bias.Strides[n-1] = p.bias.Strides[0]
		}
		c.In = append(c.In, bias)
	}
	return d.run(c)
}
