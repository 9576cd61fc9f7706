package kernel

import (
	"fmt"
	"math"

	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// A Sliding is how windows slide along an axis.
type Sliding struct{ Size, Stride, Pad int }

// windows returns the range of windows that hold some of n places, a multiple of
// Stride, counted from the one that begins with the first place but for the padding.
func (s Sliding) windows(n int) (from, to int) {
	return -((s.Size - 1 - s.Pad) / s.Stride), (n - 1 + s.Pad) / s.Stride
}

// holds reports whether window r holds place k, counted so.
func (s Sliding) holds(r, k int) bool {
	at := k + s.Pad - r*s.Stride
	return at >= 0 && at < s.Size
}

// A SlideSpec says how windows slide along the last two axes of a pooling, and how a
// kernel goes over its rows: an invocation sees to some columns that windows slide
// over, and to the windows that begin with them but for the padding; if it is a
// gradient, of Down.Stride rows.
type SlideSpec struct {
	Pool Pool
	Type dtype.DType
	Sliding
	Down          Sliding
	Columns       int  // a multiple of Stride
	Wide          bool // rows begin with a multiple of Columns and are made of such
	Whole         bool // likewise rows of windows, of which there are Columns/Stride
	Deep          bool // there are three axes, not two
	Lanes, Repeat int  // invocations of a workgroup, what each does
	Long, Reach   bool // as those of Places
}

// Key identifies what Slide returns.
func (s SlideSpec) Key() string { return fmt.Sprintf("slide %+v", s) }

// Buffers is how many there are.
func (s SlideSpec) Buffers() int {
	if s.Pool == PoolMax || s.Pool == PoolBack {
		return 3
	}
	return 2
}

// params is how many parameters there are.
func (s SlideSpec) params() int {
	n := s.Buffers() + 2*2 + 1 + 2
	if s.Deep {
		n += 5
	}
	return n
}

// MayReach reports whether there is room among the parameters for the addresses of
// the buffers.
func (s SlideSpec) MayReach() bool {
	return Reserved+s.params()+s.params()&1+2*s.Buffers() <= spirv.MaxPush
}

// Slide returns the kernel of a pooling of [n, c, ...] by windows of which each row
// is seen to at once. Buffers are those of Pooling, or of PoolBack if Pool is that,
// all dense. Parameters: where each buffer starts; if s is Deep, of the first axis the
// size that windows slide over, the number of windows, their size, stride and
// padding; of the last two axes the first two of these; the parts of a row; divisor
// and whether padding counts not.
func Slide(s SlideSpec) *Kernel {
	n := s.Buffers()
	e := newEmitter(s.Lanes, n, s.params())
	if s.Reach {
		e = newReaching(s.Lanes, n, s.params(), false)
	}
	l := &slide{SlideSpec: s, windows: &windows{emitter: e}, start: e.paramList(n)}
	l.kind, l.t = kindOf(s.Type), spirv.WidthsOf(pointwise.Spec{In: []dtype.DType{s.Type}})
	one, zero := e.Word(1), e.Word(0)
	l.dilation = []spirv.Value{one, one, one}
	axes := []*[]spirv.Value{&l.whole, &l.count, &l.size, &l.stride, &l.pad}
	first := []spirv.Value{one, one, one, one, zero}
	if s.Deep {
		first = e.paramList(len(axes))
	}
	for i, a := range axes {
		*a = append(*a, first[i])
	}
	for _, g := range []Sliding{s.Down, s.Sliding} {
		for i, v := range append(e.paramList(2), e.Word(uint32(g.Size)), e.Word(uint32(g.Stride)), e.Word(uint32(g.Pad))) {
			*axes[i] = append(*axes[i], v)
		}
	}
	l.parts = e.param()
	l.divisor, l.exclude = e.param(), e.param()
	written := uint64(1) << (n - 1)
	if s.Pool == PoolMax {
		written |= 1 << 1
	}
	e.eachOf(s.Lanes, s.Repeat, 1, func(i spirv.Value, _ int) {
		if s.Pool == PoolMax || s.Pool == PoolMean {
			l.forward(i)
		} else {
			l.back(i)
		}
	})
	return e.finish(s.Key(), s.Lanes*s.Repeat, n, written)
}

// A slide is a kernel of Slide in the making.
type slide struct {
	SlideSpec
	*windows
	kind             pointwise.Kind
	t                spirv.Widths
	start            []spirv.Value
	parts            spirv.Value
	divisor, exclude spirv.Value
}

// part returns the plane, the places on the first two axes, whose sizes are given,
// and the part of a row that number i stands for.
func (l *slide) part(i spirv.Value, sizes []spirv.Value) (plane spirv.Value, at [2]spirv.Value, part spirv.Value) {
	any := l.Word(1<<32 - 1)
	if l.Deep {
		c := l.coordinates(i, []spirv.Value{any, sizes[0], sizes[1], l.parts})
		return c[0], [2]spirv.Value{c[1], c[2]}, c[3]
	}
	c := l.coordinates(i, []spirv.Value{any, sizes[1], l.parts})
	return c[0], [2]spirv.Value{l.Word(0), c[1]}, c[2]
}

// planes runs body for a range of the first axis.
func (l *slide) planes(from, to spirv.Value, body func(z spirv.Value)) {
	if !l.Deep {
		body(l.Word(0))
		return
	}
	l.Range(from, to, l.Word(1), body)
}

// row returns the number of the first element of a row.
func (l *slide) row(plane, z, y spirv.Value, sizes []spirv.Value) spirv.Value {
	if l.Deep {
		plane = plane.Mul(sizes[0]).Add(z)
	}
	return plane.Mul(sizes[1]).Add(y).Mul(sizes[2])
}

// outer returns the extents of a window along all axes but the last.
func (l *slide) outer(z, y spirv.Value) []extent {
	if !l.Deep {
		return []extent{l.extent(1, y)}
	}
	return []extent{l.extent(0, z), l.extent(1, y)}
}

// window returns the extent along the last axis of window r of a part.
func (l *slide) window(part spirv.Value, r int) extent {
	return l.extent(2, part.Mul(l.Word(uint32(l.Columns/l.Stride))).Add(l.Word(uint32(r))))
}

// unrolled is how many bytes of windows' elements there are instructions for, at most,
// where a loop would do.
const unrolled = 160

// forward takes the largest or the mean of windows that lie side by side.
func (l *slide) forward(i spirv.Value) {
	zero, windows := l.Word(0), l.Columns/l.Stride
	plane, o, part := l.part(i, l.count)
	var first [2]spirv.Value
	for k := range first {
		first[k], _, _ = l.at(k, o[k])
	}
	column := part.Mul(l.Word(uint32(l.Columns))) // of the first window, with the padding
	acc, best := make([]spirv.Var, windows), make([]spirv.Var, windows)
	for j := range acc {
		if l.Pool == PoolMean {
			acc[j] = l.Var(l.zero(l.t.Type(l.kind)))
			continue
		}
		acc[j] = l.Var(l.Real(l.t.Type(l.kind), math.Inf(-1)))
		x := column.Add(l.Word(uint32(j*l.Stride - l.Pad))).Max(zero)
		best[j] = l.Var(first[0].Max(zero).Mul(l.whole[1]).Add(first[1].Max(zero)).Mul(l.whole[2]).Add(x))
	}
	row := func(tz, ty spirv.Value) {
		z, y := first[0].Add(tz), first[1].Add(ty)
		in := y.Less(l.whole[1])
		if l.Deep {
			in = in.And(z.Less(l.whole[0]))
		} else {
			z = zero
		}
		y, z = in.Select(y, zero), in.Select(z, zero)
		begin := l.start[0].Add(l.row(plane, z, y, l.whole))
		s := l.floats(begin, part, l.whole[2], l.Columns, -l.Pad, (windows-1)*l.Stride-l.Pad+l.Size-1, l.Wide)
		flat := z.Mul(l.whole[1]).Add(y).Mul(l.whole[2]).Add(column)
		for j := range acc {
			held := acc[j].Get()
			place := best[j]
			var at spirv.Value
			if l.Pool == PoolMax {
				at = place.Get()
			}
			for t := range l.Size {
				k := j*l.Stride - l.Pad + t
				x, inside := s.at(k)
				inside = inside.And(in)
				if l.Pool == PoolMean {
					held = held.Add(inside.Select(x, l.zero(x.Type())))
					continue
				}
				take := inside.And(replaces(x, held, true, false))
				held = take.Select(x, held)
				at = take.Select(flat.Add(l.Word(uint32(k))), at)
			}
			acc[j].Set(held)
			if l.Pool == PoolMax {
				place.Set(at)
			}
		}
	}
	l.planes(zero, l.size[0], func(z spirv.Value) {
		if windows*l.Size*l.Down.Size*max(l.Type.Size(), 4) > unrolled {
			l.For(l.size[1], func(y spirv.Value) { row(z, y) })
			return
		}
		for y := range l.Down.Size {
			row(z, l.Word(uint32(y)))
		}
	})
	out := l.row(plane, o[0], o[1], l.count)
	values := make([]spirv.Value, windows)
	for j := range values {
		values[j] = acc[j].Get()
		if l.Pool == PoolMean {
			w := l.weight(append(l.outer(o[0], o[1]), l.window(part, j)), l.divisor, l.exclude)
			values[j] = values[j].Div(w.UnsignedToReal(l.t.Real))
		}
	}
	l.write(1, l.start[1].Add(out), part, l.count[2], values, l.Whole)
	if l.Pool == PoolMax {
		l.indices(l.start[2].Add(out), part, best)
	}
}

// indices stores the places of the largest elements, as int64.
func (l *slide) indices(begin, part spirv.Value, best []spirv.Var) {
	first := part.Mul(l.Word(uint32(len(best))))
	if l.Whole && len(best) > 1 {
		var words []spirv.Value
		for _, b := range best {
			words = append(words, b.Get(), l.Word(0))
		}
		l.StoreWide(2, begin.Add(first).Div(l.Word(uint32(len(best)))), words, l.Long)
		return
	}
	for j := range best {
		at := first.Add(l.Word(uint32(j)))
		l.ifInside(j, at, l.count[2], func() { l.storeIndex(2, begin.Add(at), best[j].Get()) })
	}
}
