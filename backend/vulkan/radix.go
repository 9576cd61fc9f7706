package vulkan

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// radixFrom is from how many elements on lines are sorted digit by digit. In
// shorter ones each element counts those before it.
var radixFrom = 128

// radixSort sorts along the axis of c's input, whose lines are [outer, n, inner].
func (d *device) radixSort(c *backend.Call, axis int, descending bool) error {
	x := &c.In[0]
	if err := d.supports(pointwise.Spec{In: []dtype.DType{x.DType}}); err != nil {
		return err
	}
	before, ok1 := single(x.Shape[:axis], x.Strides[:axis])
	after, ok2 := single(x.Shape[axis+1:], x.Strides[axis+1:])
	if !ok1 || !ok2 {
		return d.compacted(c, func(c *backend.Call) error { return d.radixSort(c, axis, descending) })
	}
	n, inner := x.Shape[axis], shape.Numel(x.Shape[axis+1:])
	all := x.Numel()
	from, err := d.bind(x)
	if err != nil {
		return err
	}
	words, low, high := kernel.KeyBits(x.DType)
	keys, err := d.floats(words * all)
	if err != nil {
		return err
	}
	defer d.giveScratch(keys.buffer)
	p, err := d.pipeline(kernel.SortKeysKey(x.DType, descending), func() (*kernel.Kernel, error) { return kernel.SortKeys(x.DType, descending), nil })
	if err != nil {
		return err
	}
	line := appendWords([]uint32{uint32(n), uint32(inner), from.start}, []int{x.Strides[axis], before, after})
	if err := d.launch(p, []operand{from, keys}, append(line, keys.start), int64(all)); err != nil {
		return err
	}
	numbers, err := d.sorted(keys, all/n, n, words, low, high)
	if err != nil {
		return err
	}
	defer d.giveScratch(numbers.buffer)
	out, err := d.bindAll(&c.Out[0], &c.Out[1])
	if err != nil {
		return err
	}
	size := x.DType.Size()
	if p, err = d.pipeline(kernel.SortTakeKey(size), func() (*kernel.Kernel, error) { return kernel.SortTake(size), nil }); err != nil {
		return err
	}
	return d.launch(p, []operand{from, numbers, out[0], out[1]}, append(line, numbers.start, out[0].start, out[1].start), int64(all))
}

// radix returns how lines of n keys are sorted: with digits of how many bits, and
// how long the runs of invocations are.
func (d *device) radix(n int) (s kernel.RadixSpec, run int) {
	if !d.onCPU() {
		s = kernel.RadixSpec{Group: 64, Bits: 4}
		if run = ceil(n, s.Group); run > 32 {
			run = 16
		}
		return s, run
	}
	s = kernel.RadixSpec{Group: 8, Bits: 8}
	if s.Shared() > d.limits.SharedBytes {
		s.Bits = 4
	}
	run = min(ceil(n, s.Group), 2048)
	if n > 1<<20 {
		run = 16384
	}
	return s, run
}

// sorted returns the numbers of the elements of lines of n keys, as words, in the
// order of the keys' bits from low to high of each word; elements with the same
// bits stay as they are. Its memory is scratch, for the caller to give back.
func (d *device) sorted(keys operand, lines, n, words, low, high int) (operand, error) {
	s, run := d.radix(n)
	blocks := ceil(n, s.Group*run)
	counts := blocks << s.Bits // of a line
	scan := 8
	if !d.onCPU() {
		scan = min(256, d.limits.Invocations)
	}
	if err := d.turns(2*max(run, ceil(counts, scan)) + 6<<s.Bits + 512); err != nil {
		return operand{}, err
	}
	var made [3]operand // numbers before and after a pass, and counts
	var err error
	for i, n := range [3]int{lines * n, lines * n, lines * counts} {
		if made[i], err = d.floats(n); err != nil {
			for _, o := range made[:i] {
				d.giveScratch(o.buffer)
			}
			return operand{}, err
		}
	}
	from, to := made[0], made[1]
	unmoved := true
	for word := range words {
		for shift := low / s.Bits * s.Bits; shift < high && err == nil; shift += s.Bits {
			params := []uint32{uint32(n), uint32(blocks), uint32(run), uint32(shift), uint32(words), uint32(word)}
			err = d.radixPass(s, []operand{keys, from, made[2], to}, params, lines, scan, unmoved)
			from, to, unmoved = to, from, false
		}
	}
	d.giveScratch(made[2].buffer)
	d.giveScratch(to.buffer)
	if err != nil {
		d.giveScratch(from.buffer)
	}
	return from, err
}

// radixPass brings numbers in the order of one digit; the operands are those of
// kernel.SortMove.
func (d *device) radixPass(s kernel.RadixSpec, o []operand, params []uint32, lines, scan int, unmoved bool) error {
	blocks := int(params[1])
	if blocks > 1 {
		if err := d.runRows(kernel.SortCount(s, unmoved), o[:3], params, lines*blocks*s.Group); err != nil {
			return err
		}
		if err := d.runRows(kernel.SortScan(scan), o[2:3], []uint32{uint32(blocks << s.Bits)}, lines*scan); err != nil {
			return err
		}
	}
	return d.runRows(kernel.SortMove(s, unmoved, blocks == 1), o, params, lines*blocks*s.Group)
}

func init() {
	kernels[op.Sort] = func(d *device, c *backend.Call) error {
		a, x := c.Attrs.(op.SortAttrs), &c.In[0]
		axis, err := shape.Axis(a.Axis, max(len(x.Shape), 1))
		if err != nil {
			return err
		}
		if len(x.Shape) > 0 && x.Shape[axis] > radixFrom && x.Numel() > 0 {
			return d.radixSort(c, axis, a.Descending)
		}
		return d.lines(c, a.Axis, kernel.SortKey(x.DType, a.Descending), false, func() *kernel.Kernel { return kernel.Sort(x.DType, a.Descending) })
	}
}
