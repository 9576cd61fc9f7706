package cpu

import (
	"sync"
	"sync/atomic"

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
	fns   sync.Map // *op.Fn to *variants
	count atomic.Int32
}

// variants are the kernels of one function, one for each list of types.
type variants struct {
	mu   sync.Mutex
	list atomic.Pointer[[]variant]
}

type variant struct {
	types  signature
	kernel *interp.Kernel
}

// A signature is the types of a call's operands, inputs first.
type signature [24]dtype.DType

// kernelFor returns the kernel of f, which reads in and writes out.
func (c *fnCache) kernelFor(f *op.Fn, in []backend.View, out ...dtype.DType) *interp.Kernel {
	if len(in)+len(out) > len(signature{}) {
		return compile(f, in, out)
	}
	var types signature
	for i := range in {
		types[i] = in[i].DType
	}
	copy(types[len(in):], out)
	v, ok := c.fns.Load(f)
	if !ok {
		if c.count.Add(1) > maxFns {
			c.fns.Clear()
			c.count.Store(1)
		}
		v, _ = c.fns.LoadOrStore(f, new(variants))
	}
	vs := v.(*variants)
	if l := vs.list.Load(); l != nil {
		for i := range *l {
			if (*l)[i].types == types {
				return (*l)[i].kernel
			}
		}
	}
	vs.mu.Lock()
	defer vs.mu.Unlock()
	var l []variant
	if old := vs.list.Load(); old != nil {
		l = append(l, *old...)
	}
	k := compile(f, in, out)
	l = append(l, variant{types, k})
	vs.list.Store(&l)
	return k
}

func compile(f *op.Fn, in []backend.View, out []dtype.DType) *interp.Kernel {
	s := pointwise.Spec{Program: f.Program, Out: append([]dtype.DType(nil), out...)}
	for i := range in {
		s.In = append(s.In, in[i].DType)
	}
	return interp.Compile(s)
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
	var room [8]dtype.DType
	types := room[:0]
	for i := range c.Out {
		types = append(types, c.Out[i].DType)
	}
	k := d.fns.kernelFor(c.Fn, c.In, types...)
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
