package cpu

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
)

// A span is what a window covers of one axis: n elements from first on, step
// apart; padded counts those of the padding too.
type span struct{ first, n, step, padded int }

// windows returns the spans of a pooling on three axes, from operands of
// spatial sizes from to results of sizes to; see op.PoolAttrs.
func windows(a op.PoolAttrs, from, to []int) (axes [3][]span) {
	n := len(from)
	kernel, pad, dilation := perAxis(a.Kernel, n, 1), perAxis(a.Pad, n, 0), perAxis(a.Dilation, n, 1)
	stride := kernel
	if len(a.Stride) > 0 {
		stride = perAxis(a.Stride, n, 1)
	}
	in, out := perAxis(from, n, 1), perAxis(to, n, 1)
	if n == 1 { // perAxis takes one number for all
		in, out = [3]int{1, 1, from[0]}, [3]int{1, 1, to[0]}
	}
	for k := range axes {
		for o := range out[k] {
			first, size := o*stride[k]-pad[k], in[k]
			wide := dilation[k]*(kernel[k]-1) + 1
			s := span{step: dilation[k], padded: min(first+wide, size+pad[k]) - first}
			end := min(first+wide, size)
			if first < 0 {
				first += (-first + s.step - 1) / s.step * s.step
			}
			s.first, s.n = first, max(0, (end-first+s.step-1)/s.step)
			axes[k] = append(axes[k], s)
		}
	}
	return axes
}

// adaptiveWindows returns the spans that divide from into to.
func adaptiveWindows(from, to []int) (axes [3][]span) {
	for k := range axes {
		n, m := 1, 1
		if i := k - 3 + len(from); i >= 0 {
			n, m = from[i], to[i]
		}
		for o := range m {
			first, end := o*n/m, ((o+1)*n+m-1)/m
			axes[k] = append(axes[k], span{first, end - first, 1, end - first})
		}
	}
	return axes
}

// planes returns how many planes [n, c, ...] v has, and the elements of each.
func planes(v *backend.View) (count, size int) {
	size = 1
	for _, d := range v.Shape[2:] {
		size *= d
	}
	return v.Shape[0] * v.Shape[1], size
}

// eachWindow calls f with each window of a plane of sizes in, in order: o is its
// number.
func eachWindow(axes *[3][]span, f func(o int, z, y, x *span)) {
	o := 0
	for i := range axes[0] {
		for j := range axes[1] {
			for k := range axes[2] {
				f(o, &axes[0][i], &axes[1][j], &axes[2][k])
				o++
			}
		}
	}
}
