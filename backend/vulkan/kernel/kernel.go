// Package kernel emits the compute modules of the Vulkan device, each for some
// element types and class of layout; sizes, strides and offsets are parameters.
// It knows no driver: what it makes is checked with spirv-val alone.
package kernel

import (
	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
)

// A Kernel is a module and what it is launched with.
type Kernel struct {
	Key     string // names it, for caches and reports
	Words   []uint32
	Group   int // numbers of Count that a workgroup sees to
	Buffers int
	Params  int  // words, the Reserved ones first
	Reaches bool // the last ones are the addresses of the buffers, which the launcher knows
	Lists   bool // parameters hold what it is to do, as many as that takes, and no buffer of it is bound
	Uses    Uses

	Constants []uint32 // specialization constants 0, 1, ...: tile sizes and the like
	Local     int      // invocations of a workgroup, 0 for Size
	Shared    int      // bytes of memory that they share

	rolled bool // loops are not unrolled
}

// Uses says which buffers a kernel writes; it reads all.
type Uses struct{ Written uint64 }

// The parameters that every kernel begins with. A launch of Count invocations
// may be cut into several grids; the launcher fills in the others.
const (
	Count  = iota // invocations that have something to do
	Base          // number of the grid's first workgroup
	GridX         // workgroups in a row
	GridXY        // and in a layer
	Reserved
)

// An emitter is a module whose parameters are handed out by name.
type emitter struct {
	*spirv.Module
	next    int
	reaches int // parameters that are addresses of buffers, the last ones
}

func newEmitter(group, buffers, params int) *emitter {
	return &emitter{spirv.New(group, buffers, Reserved+params), Reserved, 0}
}

// newReaching is newEmitter of a kernel that finds its buffers by addresses, two
// more parameters each, which the launcher adds, the first of them an even one.
func newReaching(group, buffers, params int, near bool) *emitter {
	odd := params & 1 // addresses are at multiples of 8 bytes
	e := newEmitter(group, buffers, params+odd+2*buffers)
	e.Reach(Reserved+params+odd, near)
	e.reaches = odd + 2*buffers
	return e
}

// param returns the next parameter.
func (e *emitter) param() spirv.Value {
	e.next++
	return e.Param(e.next - 1)
}

// params returns the next n parameters.
func (e *emitter) paramList(n int) []spirv.Value {
	l := make([]spirv.Value, n)
	for i := range l {
		l[i] = e.param()
	}
	return l
}

// group returns the number of this workgroup in the whole launch.
func (e *emitter) group() spirv.Value {
	g := e.Group(0).Add(e.Group(1).Mul(e.Param(GridX))).Add(e.Group(2).Mul(e.Param(GridXY)))
	return g.Add(e.Param(Base))
}

// each runs body for each of Count invocations with its number.
func (e *emitter) each(size int, body func(i spirv.Value)) {
	i := e.group().Mul(e.Word(uint32(size))).Add(e.Local())
	e.If(i.Less(e.Param(Count)), func() { body(i) })
}

// eachOf is each with several numbers to an invocation: repeat times step that
// follow each other, lanes steps apart. On devices that run on the CPU an
// invocation costs more than the work of one element. body is told how many it
// gets: step, and of the last ones 1. Whole steps have a loop without branches,
// since such devices compute both sides of them.
func (e *emitter) eachOf(lanes, repeat, step int, body func(i spirv.Value, n int)) {
	if repeat == 1 && step == 1 {
		e.each(lanes, func(i spirv.Value) { body(i, 1) })
		return
	}
	e.span(e.group().Mul(e.Word(uint32(lanes*repeat*step))), e.Param(Count), lanes, repeat, step, body)
}

// span is eachOf of a workgroup whose numbers start with begin, of count.
func (e *emitter) span(begin, count spirv.Value, lanes, repeat, step int, body func(i spirv.Value, n int)) {
	all, wide := e.Word(uint32(lanes*repeat*step)), e.Word(uint32(step))
	whole := count
	if step > 1 {
		whole = count.Sub(count.Mod(wide))
	}
	end := begin.Add(all)
	end = end.Less(whole).Select(end, whole)
	e.Range(begin.Add(e.Local().Mul(wide)), end, e.Word(uint32(lanes*step)), func(i spirv.Value) { body(i, step) })
	if step > 1 {
		i := whole.Add(e.Local())
		here := whole.Sub(begin).Less(all) // wraps in later groups
		e.If(i.Less(count).And(here), func() { body(i, 1) })
	}
}

func (e *emitter) finish(key string, size, buffers int, written uint64) *Kernel {
	return &Kernel{
		Key: key, Words: e.Words(), Group: size, Buffers: buffers, Params: e.next + e.reaches, Reaches: e.reaches > 0, Uses: Uses{written},
	}
}

// walk returns the places that row-major number i of a box of the given sizes
// has in several arrays, whose first elements are at start.
func (e *emitter) walk(i spirv.Value, sizes []spirv.Value, strides [][]spirv.Value, start []spirv.Value) []spirv.Value {
	at := append([]spirv.Value(nil), start...)
	for k := len(sizes) - 1; k >= 0; k-- {
		c := i
		if k > 0 {
			q := i.Div(sizes[k])
			c = i.Sub(q.Mul(sizes[k]))
			i = q
		}
		for a := range at {
			at[a] = at[a].Add(c.Mul(strides[a][k]))
		}
	}
	return at
}

// coordinates returns the position of row-major number i in a box.
func (e *emitter) coordinates(i spirv.Value, sizes []spirv.Value) []spirv.Value {
	c := make([]spirv.Value, len(sizes))
	for k := len(sizes) - 1; k >= 0; k-- {
		c[k] = i
		if k > 0 {
			q := i.Div(sizes[k])
			c[k] = i.Sub(q.Mul(sizes[k]))
			i = q
		}
	}
	return c
}
