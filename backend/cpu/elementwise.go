package cpu

import (
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/interp"
	"github.com/hekla-ml/hekla/backend/cpu/internal/strided"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// maxFns bounds the functions whose kernels are kept: programs that make
// functions as they run must not fill the memory.
const maxFns = 4096

// fnCache holds the compiled kernels of functions.
type fnCache struct {
	recent [256]atomic.Pointer[variant] // by hash; what a lookup costs counts in small calls
	fns    sync.Map                     // *op.Fn to *variants
	count  atomic.Int32
}

// variants are the kernels of one function, one for each list of types.
type variants struct {
	mu   sync.Mutex
	list []*variant
}

type variant struct {
	fn     *op.Fn
	types  signature
	kernel *interp.Kernel
}

// A signature is the types of a call's operands, inputs first.
type signature [24]dtype.DType

// kernelFor returns the kernel of f for ins inputs and outs outputs of the given
// types.
func (c *fnCache) kernelFor(f *op.Fn, types signature, ins, outs int) *interp.Kernel {
	hash := uintptr(unsafe.Pointer(f))/64 + uintptr(types[0])*5 + uintptr(types[1])*11
	r := &c.recent[hash%uintptr(len(c.recent))]
	if v := r.Load(); v != nil && v.fn == f && v.types == types {
		return v.kernel
	}
	v := c.find(f, types, ins, outs)
	r.Store(v)
	return v.kernel
}

func (c *fnCache) find(f *op.Fn, types signature, ins, outs int) *variant {
	known, ok := c.fns.Load(f)
	if !ok {
		if c.count.Add(1) > maxFns {
			c.fns.Clear()
			c.count.Store(1)
		}
		known, _ = c.fns.LoadOrStore(f, new(variants))
	}
	vs := known.(*variants)
	vs.mu.Lock()
	defer vs.mu.Unlock()
	for _, v := range vs.list {
		if v.types == types {
			return v
		}
	}
	v := &variant{f, types, compile(f, types[:ins], types[ins:ins+outs])}
	vs.list = append(vs.list, v)
	return v
}

// kernelOf is kernelFor with the types of views.
func (c *fnCache) kernelOf(f *op.Fn, in, out []backend.View) *interp.Kernel {
	var room signature
	types := room[:0]
	for _, views := range [...][]backend.View{in, out} {
		for i := range views {
			types = append(types, views[i].DType)
		}
	}
	if len(types) > len(room) {
		return compile(f, types[:len(in)], types[len(in):])
	}
	return c.kernelFor(f, room, len(in), len(out))
}

func compile(f *op.Fn, in, out []dtype.DType) *interp.Kernel {
	return interp.Compile(pointwise.Spec{Program: f.Program, In: slices.Clone(in), Out: slices.Clone(out)})
}

// operands are the arguments of a run, kept between calls.
type operands struct{ in, out []interp.Operand }

var operandPool = sync.Pool{New: func() any { return new(operands) }}

func appendOperands(l []interp.Operand, views []backend.View) []interp.Operand {
	for i := range views {
		l = append(l, interp.Operand{Mem: hostMemory(&views[i]), View: views[i].View})
	}
	return l
}

// put gives o back, holding on to no memory.
func (o *operands) put() {
	clear(o.in)
	clear(o.out)
	o.in, o.out = o.in[:0], o.out[:0]
	operandPool.Put(o)
}

// elementwise computes a call that applies a function to each element.
func (d *device) elementwise(c *backend.Call) error {
	if isCopy(c) {
		copyView(c)
		return nil
	}
	k := d.fns.kernelOf(c.Fn, c.In, c.Out)
	o := operandPool.Get().(*operands)
	defer o.put()
	o.in, o.out = appendOperands(o.in, c.In), appendOperands(o.out, c.Out)
	k.Run(c.Out[0].Shape, o.in, o.out, c.Uniforms)
	return nil
}

// isCopy reports whether c moves elements as they are.
func isCopy(c *backend.Call) bool {
	return len(c.In) == 1 && len(c.Out) == 1 && c.In[0].DType == c.Out[0].DType &&
		c.Fn.Code[c.Fn.Outputs[0]].Op == pointwise.OpInput
}

func copyView(c *backend.Call) {
	in, out := &c.In[0], &c.Out[0]
	switch in.DType.Size() {
	case 1:
		strided.Copy(out.Shape, elements[uint8](out), out.Strides, elements[uint8](in), in.Strides)
	case 2:
		strided.Copy(out.Shape, elements[uint16](out), out.Strides, elements[uint16](in), in.Strides)
	case 4:
		strided.Copy(out.Shape, elements[uint32](out), out.Strides, elements[uint32](in), in.Strides)
	case 8:
		strided.Copy(out.Shape, elements[uint64](out), out.Strides, elements[uint64](in), in.Strides)
	}
}
