package vulkan

import (
	"fmt"
	"unsafe"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
	"github.com/hekla-ml/hekla/backend/vulkan/vkshim"
)

// A pipeline is a kernel as the driver compiled it.
type pipeline struct {
	*kernel.Kernel
	vkshim.Pipeline
}

// maxPipelines bounds the kernels kept: programs that make functions as they
// run must not fill the memory.
const maxPipelines = 4096

// pipeline returns the kernel of a key, made and compiled at first use.
func (d *device) pipeline(key string, make func() (*kernel.Kernel, error)) (*pipeline, error) {
	if p := d.pipelines[key]; p != nil {
		return p, nil
	}
	k, err := module(key, d.physical.Int64, make)
	if err != nil {
		return nil, err
	}
	buffers := k.Buffers
	if k.Params > spirv.MaxPush {
		buffers++
	}
	if most := d.most() + 1; buffers > most {
		return nil, fmt.Errorf("%w: %d buffers in one kernel, this device binds %d", backend.ErrUnsupported, buffers, most)
	}
	if k.Local > d.limits.Invocations || k.Shared > d.limits.SharedBytes {
		return nil, fmt.Errorf("%w: a workgroup of %d with %d bytes of shared memory, this device has %d and %d", backend.ErrUnsupported, k.Local, k.Shared, d.limits.Invocations, d.limits.SharedBytes)
	}
	if len(d.pipelines) >= maxPipelines {
		if err := d.finish(); err != nil {
			return nil, err
		}
		for _, p := range d.pipelines {
			d.vk.FreePipeline(p.Pipeline)
		}
		clear(d.pipelines)
		clear(d.plans)
	}
	var c vkshim.Pipeline
	err = d.retry(func() (err error) {
		c, err = d.vk.Compile(k.Words, buffers, k.Constants)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", k.Key, err)
	}
	p := &pipeline{k, c}
	d.pipelines[key] = p
	if d.compiled++; d.compiled >= saveAfter {
		d.saveCache()
	}
	return p, nil
}

// An operand is a range of a driver's buffer bound to a kernel. The view's
// first element is element start of it.
type operand struct {
	*buffer
	lo, hi int64 // bytes of the page
	start  uint32
}

// address returns where the device has the first element, of float32s.
func (o *operand) address() uint64 { return o.Address + uint64(o.lo) + 4*uint64(o.start) }

// bind returns the operand of a view.
func (d *device) bind(v *backend.View) (operand, error) {
	b, err := d.own(v.Buffer)
	if err != nil {
		return operand{}, err
	}
	size := int64(v.DType.Size())
	first, end := b.off+int64(v.Offset)*size, b.off+int64(v.End())*size
	lo := first &^ (max(d.limits.StorageAlignment, 16) - 1)
	hi := (end + 15) &^ 15
	if hi-lo > d.limits.StorageRange {
		return operand{}, fmt.Errorf("%w: an operand spans %d bytes of memory, kernels of this device see %d", backend.ErrUnsupported, hi-lo, d.limits.StorageRange)
	}
	return operand{b, lo, hi, uint32((first - lo) / size)}, nil
}

// launch enqueues count invocations of p. params are the words after the
// reserved ones.
func (d *device) launch(p *pipeline, operands []operand, params []uint32, count int64) error {
	return d.launchFor(p, operands, params, count, 0)
}

// launchFor is launch of a kernel that does so many arithmetic operations in
// all: long launches are cut and batches end early, lest a watchdog bites.
// 0 means that moving the operands is most of the work.
func (d *device) launchFor(p *pipeline, operands []operand, params []uint32, count, flops int64) error {
	own := p.Params - kernel.Reserved
	if p.Reaches {
		own -= 2*p.Buffers + len(params)&1
	}
	if !p.Lists && (len(operands) != p.Buffers || len(params) != own) {
		return fmt.Errorf("%s: %d operands and %d parameters, want %d and %d", p.Key, len(operands), len(params), p.Buffers, own)
	}
	if count > 1<<31 {
		return fmt.Errorf("%w: %d invocations", backend.ErrUnsupported, count)
	}
	groups := (count + int64(p.Group) - 1) / int64(p.Group)
	var bytes int64
	for i := range operands {
		bytes += min(operands[i].hi, operands[i].bytes) - operands[i].lo
	}
	cost := d.cost(count, flops, bytes)
	most := groups // workgroups of one grid
	if cost > launchCost {
		most = max(int64(float64(groups)*launchCost/cost), 1)
	}
	for base := int64(0); base < groups; {
		x, y, z := d.grid(min(groups-base, most))
		part := cost * float64(x*y*z) / float64(groups)
		if err := d.dispatch(p, operands, params, count, base, [3]int64{x, y, z}, part); err != nil {
			return err
		}
		base += x * y * z
	}
	return nil
}

// grid returns a grid of at least n workgroups, or the largest the device
// takes. No row or layer of it is in vain.
func (d *device) grid(n int64) (x, y, z int64) {
	g := d.limits.Groups
	x = min(n, g[0])
	y = min((n+x-1)/x, g[1])
	z = min((n+x*y-1)/(x*y), g[2])
	return x, y, z
}

// dispatch enqueues one grid of a launch, which begins with workgroup base.
func (d *device) dispatch(p *pipeline, operands []operand, params []uint32, count, base int64, grid [3]int64, cost float64) error {
	s := &d.stream
	words := p.Params
	if p.Lists {
		words = kernel.Reserved + len(params)
	}
	if d.full(p.Buffers+1, words, cost) {
		if err := d.flush(); err != nil {
			return err
		}
	}
	if err := d.begin(); err != nil {
		return err
	}
	slot := s.current
	var room [16]access
	list := room[:0]
	for i := range operands {
		o := &operands[i]
		o.lastUse = s.number
		if !s.free {
			list = append(list, access{o.Buffer, o.lo, o.hi, p.Uses.Written>>i&1 != 0})
		}
	}
	d.order(list)
	operands = operands[:p.Buffers]
	n := uint64(len(operands))
	indirect := p.Params > spirv.MaxPush
	if indirect {
		n++
	}
	s.words = append(s.words, vkshim.OpDispatch, p.Pipeline.Pipeline, p.Layout, p.SetLayout, uint64(grid[0]), uint64(grid[1]), uint64(grid[2]), n)
	for i := range operands {
		o := &operands[i]
		s.words = append(s.words, o.Buffer, uint64(o.lo), uint64(min(o.hi, o.bytes)-o.lo))
	}
	var few [spirv.MaxPush]uint32
	all := few[:]
	if indirect {
		mem := unsafe.Slice((*uint32)(unsafe.Pointer(&slot.params.Mapped[0])), paramWords)
		all = mem[slot.used : slot.used+words]
		s.words = append(s.words, slot.params.Buffer, 0, 4*paramWords, 1, uint64(slot.used))
		slot.used += words
	}
	all[kernel.Count], all[kernel.Base], all[kernel.GridX], all[kernel.GridXY] = uint32(count), uint32(base), uint32(grid[0]), uint32(grid[0]*grid[1])
	copy(all[kernel.Reserved:], params)
	if p.Reaches {
		at := all[p.Params-2*p.Buffers:]
		for i := range operands {
			a := operands[i].Address + uint64(operands[i].lo)
			at[2*i], at[2*i+1] = uint32(a), uint32(a>>32)
		}
	}
	if !indirect {
		s.words = appendPush(s.words, all[:p.Params])
	}
	s.launches++
	s.bindings += int(n)
	slot.cost += cost
	slot.trace.add(p.Key)
	return nil
}

// appendPush appends the number of push words and the words, two in each.
func appendPush(to []uint64, words []uint32) []uint64 {
	to = append(to, uint64(len(words)))
	for len(words) > 1 {
		to = append(to, uint64(words[0])|uint64(words[1])<<32)
		words = words[2:]
	}
	if len(words) > 0 {
		to = append(to, uint64(words[0]))
	}
	return to
}
