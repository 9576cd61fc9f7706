package kernel

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// A Pool is what happens to the elements of a window.
type Pool uint8

// The poolings. PoolSpread is the transposed PoolMean, PoolBack the gradient of
// PoolMax.
const (
	PoolMax Pool = iota
	PoolMean
	PoolSpread
	PoolBack
)

// PoolKey identifies what Pooling returns.
func PoolKey(f Pool, d dtype.DType, adaptive, part bool) string {
	return fmt.Sprintf("pool %d %v %t %t", f, d, adaptive, part)
}

// windows are the axes along which windows slide: whole has the sizes that they
// slide over, count their numbers. Of adaptive ones, size and stride are in the
// ratio of whole and count, and without a common divisor, lest products overflow.
type windows struct {
	*emitter
	adaptive                                  bool
	whole, count, size, stride, pad, dilation []spirv.Value
}

// at returns where window o of axis k begins, which may be in the padding, how
// many places it has, and how many with padding that does not reach over the
// end.
func (w *windows) at(k int, o spirv.Value) (first, n, padded spirv.Value) {
	if w.adaptive {
		first = o.Mul(w.size[k]).Div(w.stride[k])
		one := w.Word(1)
		end := o.Add(one).Mul(w.size[k]).Add(w.stride[k]).Sub(one).Div(w.stride[k])
		n = end.Sub(first)
		return first, n, n
	}
	first = o.Mul(w.stride[k]).Sub(w.pad[k])
	end := first.Add(w.reach(k)).Min(w.whole[k].Add(w.pad[k]))
	return first, w.size[k], end.Sub(first)
}

// reach is how many places a window of axis k spans.
func (w *windows) reach(k int) spirv.Value {
	return w.size[k].Sub(w.Word(1)).Mul(w.dilation[k]).Add(w.Word(1))
}

// touching returns a range that holds all windows of axis k that may hold place
// x.
func (w *windows) touching(k int, x spirv.Value) (from, to spirv.Value) {
	zero, one := w.Word(0), w.Word(1)
	if w.adaptive {
		from = x.Mul(w.stride[k]).Div(w.size[k])
		from = from.Equal(zero).Select(zero, from.Sub(one))
		to = x.Add(one).Mul(w.stride[k]).Div(w.size[k]).Add(w.Word(2))
		return from, to.Min(w.count[k])
	}
	end, wide := x.Add(w.pad[k]), w.reach(k)
	from = end.Less(wide).Select(zero, end.Sub(wide).Add(w.stride[k]).Div(w.stride[k]))
	return from, end.Div(w.stride[k]).Add(one).Min(w.count[k])
}

// An extent is how many places of an axis a window has with padding, and without.
type extent struct{ padded, inside spirv.Value }

// extent returns that of window o of axis k.
func (w *windows) extent(k int, o spirv.Value) extent {
	first, n, padded := w.at(k, o)
	lo, hi := first.Max(w.Word(0)), first.Add(n).Min(w.whole[k])
	return extent{padded, hi.Sub(lo)}
}

// weight returns how many elements a mean is over: those of a window with padding,
// without it, or the divisor if that is not 0.
func (w *windows) weight(extents []extent, divisor, exclude spirv.Value) spirv.Value {
	all, inside := w.Word(1), w.Word(1)
	for _, x := range extents {
		all, inside = all.Mul(x.padded), inside.Mul(x.inside)
	}
	zero := w.Word(0)
	return divisor.NotEqual(zero).Select(divisor, exclude.NotEqual(zero).Select(inside, all))
}

// extents returns those of a window, along each axis.
func (w *windows) extents(o []spirv.Value) []extent {
	l := make([]extent, len(o))
	for k := range o {
		l[k] = w.extent(k, o[k])
	}
	return l
}

// Pooling returns the kernel of a pooling of [n, c, ...] over three spatial
// axes. Buffers are the input, the output, and for PoolMax the int64 indices;
// outputs are dense. Parameters: where each starts; channels; sizes that
// windows slide over, numbers of windows, sizes of windows, stride, padding,
// dilation; divisor and whether padding counts not; five strides of the input. If
// there is but a part of the windows and of what they slide over, three lists
// follow: the sizes of the part of the output, and the numbers of the part's first
// window and of the first place that windows slide over.
func Pooling(f Pool, d dtype.DType, adaptive, part bool) *Kernel {
	kind := kindOf(d)
	t := spirv.WidthsOf(pointwise.Spec{In: []dtype.DType{d}})
	buffers := 2
	if f == PoolMax {
		buffers = 3
	}
	params := buffers + 1 + 18 + 2 + 5
	if part {
		params += 9
	}
	e := newEmitter(Size, buffers, params)
	e.each(Size, func(i spirv.Value) {
		start, channels := e.paramList(buffers), e.param()
		w := &windows{emitter: e, adaptive: adaptive}
		for _, l := range []*[]spirv.Value{&w.whole, &w.count, &w.size, &w.stride, &w.pad, &w.dilation} {
			*l = e.paramList(3)
		}
		divisor, exclude := e.param(), e.param()
		strides := e.paramList(5)
		sizes := w.count
		if f == PoolSpread {
			sizes = w.whole
		}
		none := []spirv.Value{e.Word(0), e.Word(0), e.Word(0)}
		window, begin := none, none // the first of each that there is
		if part {
			sizes, window, begin = e.paramList(3), e.paramList(3), e.paramList(3)
		}
		ofOut, ofIn := window, begin
		if f == PoolSpread {
			ofOut, ofIn = begin, window
		}
		c := e.coordinates(i, append([]spirv.Value{e.Word(1<<32 - 1), channels}, sizes...))
		if part {
			for k := range sizes {
				c[2+k] = c[2+k].Add(ofOut[k])
			}
		}
		from := start[0].Add(c[0].Mul(strides[0])).Add(c[1].Mul(strides[1]))
		place := func(at []spirv.Value) spirv.Value {
			p := from
			for k, x := range at {
				if part {
					x = x.Sub(ofIn[k])
				}
				p = p.Add(x.Mul(strides[2+k]))
			}
			return p
		}
		sum := e.Var(e.zero(t.Type(kind)))
		best := e.Var(e.Word(0))
		if f == PoolSpread {
			w.boxed(func(k int) (from, to spirv.Value) { return w.touching(k, c[2+k]) }, func(o []spirv.Value) {
				inside := e.Bool(true)
				for k := range o {
					first, n, _ := w.at(k, o[k])
					inside = inside.And(c[2+k].Sub(first).Less(n))
				}
				e.If(inside, func() {
					x := e.Read(0, place(o), d, kind, t)
					sum.Set(sum.Get().Add(x.Div(w.weight(w.extents(o), divisor, exclude).UnsignedToReal(t.Real))))
				})
			})
			e.Write(1, start[1].Add(i), d, sum.Get(), kind, t)
			return
		}
		found := e.Var(e.Bool(false))
		var first [3]spirv.Value
		w.boxed(func(k int) (from, to spirv.Value) {
			var n spirv.Value
			first[k], n, _ = w.at(k, c[2+k])
			return e.Word(0), n
		}, func(q []spirv.Value) {
			var at []spirv.Value
			inside := e.Bool(true)
			for k := range q {
				step := q[k]
				if !adaptive {
					step = step.Mul(w.dilation[k])
				}
				x := first[k].Add(step)
				at, inside = append(at, x), inside.And(x.Less(w.whole[k]))
			}
			e.If(inside, func() {
				x := e.Read(0, place(at), d, kind, t)
				if f == PoolMean {
					sum.Set(sum.Get().Add(x))
					return
				}
				take := found.Get().Not().Or(replaces(x, sum.Get(), true, false))
				flat := at[0].Mul(w.whole[1]).Add(at[1]).Mul(w.whole[2]).Add(at[2])
				sum.Set(take.Select(x, sum.Get()))
				best.Set(take.Select(flat, best.Get()))
				found.Set(e.Bool(true))
			})
		})
		y := sum.Get()
		if f == PoolMean {
			y = y.Div(w.weight(w.extents(c[2:]), divisor, exclude).UnsignedToReal(t.Real))
		}
		e.Write(1, start[1].Add(i), d, y, kind, t)
		if f == PoolMax {
			e.storeIndex(2, start[2].Add(i), best.Get())
		}
	})
	return e.finish(PoolKey(f, d, adaptive, part), Size, buffers, (1<<buffers-1)&^1)
}

// boxed runs body for all places of a box whose range on each axis bounds gives.
func (w *windows) boxed(bounds func(k int) (from, to spirv.Value), body func(at []spirv.Value)) {
	var lo, hi [3]spirv.Value
	for k := range lo {
		lo[k], hi[k] = bounds(k)
	}
	one := w.Word(1)
	w.Range(lo[0], hi[0], one, func(a spirv.Value) {
		w.Range(lo[1], hi[1], one, func(b spirv.Value) {
			w.Range(lo[2], hi[2], one, func(c spirv.Value) { body([]spirv.Value{a, b, c}) })
		})
	})
}

// MaxBackKey identifies what PoolBack returns.
func MaxBackKey(d dtype.DType) string { return fmt.Sprintf("poolback %v", d) }

// MaxBack returns the kernel of the gradient of a pooling by the largest: each
// place looks into the windows that hold it, whether it is their largest, and
// adds up what those bring. Buffers are the gradient of the result, the int64
// indices, and the gradient, all dense. Parameters: where each starts; sizes that
// windows slide over, numbers of windows, sizes of windows, stride, padding,
// dilation, of three axes each.
func MaxBack(d dtype.DType) *Kernel {
	kind := kindOf(d)
	t := spirv.WidthsOf(pointwise.Spec{In: []dtype.DType{d}})
	e := newEmitter(Size, 3, 3+18)
	e.each(Size, func(i spirv.Value) {
		start := e.paramList(3)
		w := &windows{emitter: e}
		for _, l := range []*[]spirv.Value{&w.whole, &w.count, &w.size, &w.stride, &w.pad, &w.dilation} {
			*l = e.paramList(3)
		}
		c := e.coordinates(i, append([]spirv.Value{e.Word(1<<32 - 1)}, w.whole...))
		flat := c[1].Mul(w.whole[1]).Add(c[2]).Mul(w.whole[2]).Add(c[3])
		plane := c[0].Mul(w.count[0])
		sum := e.Var(e.zero(t.Type(kind)))
		w.boxed(func(k int) (from, to spirv.Value) { return w.touching(k, c[1+k]) }, func(o []spirv.Value) {
			at := plane.Add(o[0]).Mul(w.count[1]).Add(o[1]).Mul(w.count[2]).Add(o[2])
			largest := e.Load(1, start[1].Add(at).Shl(e.Word(1)))
			e.If(largest.Equal(flat), func() {
				sum.Set(sum.Get().Add(e.Read(0, start[0].Add(at), d, kind, t)))
			})
		})
		e.Write(2, start[2].Add(i), d, sum.Get(), kind, t)
	})
	return e.finish(MaxBackKey(d), Size, 3, 1<<2)
}
