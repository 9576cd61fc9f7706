package kernel

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// A ConvForm is which factor of the trilinear form of package op's
// convolutions is computed from the two others.
type ConvForm uint8

// The forms: Conv, ConvTranspose, ConvWeight.
const (
	ConvOut ConvForm = iota
	ConvIn
	ConvKernel
)

// ConvKey identifies what Conv returns.
func ConvKey(f ConvForm, d, out dtype.DType) string { return fmt.Sprintf("conv %d %v %v", f, d, out) }

// Conv returns the kernel of a convolution over three spatial axes, fewer with
// sizes of 1 in front. Each invocation makes one element of the result, with a
// sum in a fixed order. Buffers are the two operands in the order of the op, of
// d, and the result, of out, which is dense.
//
// Parameters: where each starts; batches, groups, channels of x in a group,
// channels of y in a group; spatial sizes of x, of the weight, of y; stride,
// padding, dilation; five strides of the first operand, and of the second.
func Conv(f ConvForm, d, out dtype.DType) *Kernel {
	w := spirv.WidthsOf(pointwise.Spec{In: []dtype.DType{d}})
	e := newEmitter(Size, 3, 3+4+18+10)
	e.each(Size, func(i spirv.Value) {
		start := e.paramList(3)
		batches, groups, ci, co := e.param(), e.param(), e.param(), e.param()
		xs, ws, ys := e.paramList(3), e.paramList(3), e.paramList(3)
		stride, pad, dilation := e.paramList(3), e.paramList(3), e.paramList(3)
		as, bs := e.paramList(5), e.paramList(5)
		sum := e.Var(e.Real(w.Real, 0))
		place := func(start spirv.Value, strides []spirv.Value, first, second spirv.Value, at []spirv.Value) spirv.Value {
			p := start.Add(first.Mul(strides[0])).Add(second.Mul(strides[1]))
			for k, x := range at {
				p = p.Add(x.Mul(strides[2+k]))
			}
			return p
		}
		add := func(a, b spirv.Value) {
			x := e.Read(0, a, d, pointwise.Float, w)
			y := e.Read(1, b, d, pointwise.Float, w)
			sum.Set(sum.Get().Add(x.Mul(y)))
		}
		// input returns where in x the tap q of window p lies; outside it is not
		// below the size, as what is negative wraps.
		input := func(p, q []spirv.Value) (at []spirv.Value, inside spirv.Value) {
			inside = e.Bool(true)
			for k := range p {
				x := p[k].Mul(stride[k]).Add(q[k].Mul(dilation[k])).Sub(pad[k])
				at, inside = append(at, x), inside.And(x.Less(xs[k]))
			}
			return at, inside
		}
		box := func(sizes []spirv.Value, body func(at []spirv.Value)) {
			e.For(sizes[0], func(a spirv.Value) {
				e.For(sizes[1], func(b spirv.Value) {
					e.For(sizes[2], func(c spirv.Value) { body([]spirv.Value{a, b, c}) })
				})
			})
		}
		switch f {
		case ConvOut: // n, channel of y, p
			c := e.coordinates(i, append([]spirv.Value{batches, groups.Mul(co)}, ys...))
			first := c[1].Div(co).Mul(ci)
			e.For(ci, func(k spirv.Value) {
				box(ws, func(q []spirv.Value) {
					at, inside := input(c[2:], q)
					e.If(inside, func() {
						add(place(start[0], as, c[0], first.Add(k), at), place(start[1], bs, c[1], k, q))
					})
				})
			})
		case ConvIn: // n, channel of x, place in x
			c := e.coordinates(i, append([]spirv.Value{batches, groups.Mul(ci)}, xs...))
			group := c[1].Div(ci)
			inner := c[1].Sub(group.Mul(ci))
			e.For(co, func(k spirv.Value) {
				channel := group.Mul(co).Add(k)
				box(ws, func(q []spirv.Value) {
					p, inside := []spirv.Value(nil), e.Bool(true)
					for k := range q {
						reach, back := c[2+k].Add(pad[k]), q[k].Mul(dilation[k])
						at := reach.Sub(back)
						o := at.Div(stride[k])
						inside = inside.And(back.LessEqual(reach)).And(o.Mul(stride[k]).Equal(at)).And(o.Less(ys[k]))
						p = append(p, o)
					}
					e.If(inside, func() {
						add(place(start[0], as, c[0], channel, p), place(start[1], bs, channel, inner, q))
					})
				})
			})
		case ConvKernel: // channel of y, channel of x in its group, q
			c := e.coordinates(i, append([]spirv.Value{groups.Mul(co), ci}, ws...))
			first := c[0].Div(co).Mul(ci)
			e.For(batches, func(n spirv.Value) {
				box(ys, func(p []spirv.Value) {
					at, inside := input(p, c[2:])
					e.If(inside, func() {
						add(place(start[0], as, n, first.Add(c[1]), at), place(start[1], bs, n, c[0], p))
					})
				})
			})
		}
		e.Write(2, start[2].Add(i), out, sum.Get(), pointwise.Float, w)
	})
	return e.finish(ConvKey(f, d, out), Size, 3, 1<<2)
}

// A DepthwiseSpec is what kernels of convolutions are made for whose channels see
// one channel each: the taps, and where four pixels are moved at once (Wide) how
// much padding there is on the left.
type DepthwiseSpec struct {
	RowSpec
	Tall, Broad, Before int
}

// Depthwise returns the kernel of such a convolution, or with turned taps. Buffers
// are x, the weight and the result, all dense. Parameters: channels of the
// result, how many of them see one of x, workgroups of a plane; rows and columns
// of x and of the result, stride, padding and dilation of rows and of columns;
// where the weight, x and the result start.
func Depthwise(s DepthwiseSpec, turned bool) *Kernel {
	return s.of("depthwise", 3, 16, 1<<2, 0, flag(s.Wide), uint32(s.Tall), uint32(s.Broad), uint32(s.Before), flag(turned))
}

// DepthwiseWeight returns the kernel of its gradient by the weight, in parts that
// are of some images. Buffers are x, the gradient of the result, and the parts,
// float32s [parts, channels, taps]. Parameters as those of Depthwise, with the
// number of images for that of workgroups, and images of a part for where the
// weight starts.
func DepthwiseWeight(s DepthwiseSpec) *Kernel {
	return s.of("depthwiseweight", 3, 16, 1<<2, 4*s.Group, flag(s.Wide), uint32(s.Tall), uint32(s.Broad), uint32(s.Before))
}
