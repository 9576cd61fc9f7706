package vulkan

import (
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
)

// transpose enqueues a copy, of two arranged views, by squares in shared memory if it
// can be made of such, and reports whether it is: each view has elements one after
// the other along another axis, and there is a GPU, to which neighbouring invocations
// that touch neighbours are worth it.
func (d *device) transpose(a *arrangement) (bool, error) {
	const few, more = 16, 4 // elements that fill half a square's side; axes besides the two
	size, n, last := a.views[0].DType.Size(), len(a.axes.Sizes), len(a.axes.Sizes)-1
	if d.onCPU() || size == 1 || a.views[0].Numel() < wideFrom || n < 2 || n > 2+more {
		return false, nil
	}
	k := kernel.Transpose(size)
	if k.Local > d.limits.Invocations || k.Shared > d.limits.SharedBytes {
		return false, nil
	}
	from, to, sizes := a.axes.Strides[0], a.axes.Strides[1], a.axes.Sizes
	dense := -1
	for i := range last {
		if from[i] == 1 {
			dense = i
		}
	}
	if dense < 0 || to[last] != 1 || sizes[dense] < few || sizes[last] < few {
		return false, nil
	}
	if size == 2 {
		odd := sizes[dense] | sizes[last] | int(a.operands[0].start|a.operands[1].start)
		for i := range sizes {
			if i != dense {
				odd |= from[i]
			}
			if i != last {
				odd |= to[i]
			}
		}
		if odd&1 != 0 {
			return false, nil
		}
	}
	side := kernel.TransposeSide(size)
	tiles, rows := ceil(sizes[dense], side), ceil(sizes[last], side)
	squares := tiles * rows
	a.params = append(a.params[:0], a.operands[0].start, a.operands[1].start)
	a.params = appendWords(a.params, []int{from[last], to[dense], sizes[dense], sizes[last], tiles, rows})
	at := len(a.params)
	a.params = append(a.params, make([]uint32, 3*more)...)
	box := a.params[at:]
	for i := range more {
		box[i] = 1
	}
	i := more
	for k := n - 1; k >= 0; k-- {
		if k != dense && k != last {
			i--
			box[i], box[more+i], box[2*more+i] = uint32(sizes[k]), uint32(from[k]), uint32(to[k])
			squares *= sizes[k]
		}
	}
	p, err := d.pipeline(k.Key, func() (*kernel.Kernel, error) { return k, nil })
	if err != nil {
		return false, err
	}
	return true, d.launchFor(p, a.operands, a.params, int64(squares)*int64(p.Group), a.flops())
}
