package kernel

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
	"github.com/hekla-ml/hekla/pointwise"
)

// Size is the number of invocations in a workgroup of the kernels that need no
// certain one: every device allows it.
const Size = 64

// ElementwiseKey identifies what Elementwise returns.
func ElementwiseKey(s pointwise.Spec, p Places) string {
	return fmt.Sprintf("elementwise %s %v", s.Key(), p)
}

// Elementwise returns a kernel that applies a program, without transcendental
// instructions, to each element, and to several in an invocation. Buffers are
// the inputs, then the outputs, with a layout each. Its parameters: those of
// places; the uniforms, as AppendUniforms gives them.
func Elementwise(s pointwise.Spec, p Places) (*Kernel, error) {
	w := spirv.WidthsOf(s)
	if err := w.Supports(s.Program); err != nil {
		return nil, err
	}
	n := len(s.In) + len(s.Out)
	e := newEmitter(Size, n, p.params()+uniformWords(s.Program, w))
	read := func(k int, at spirv.Value) spirv.Value { return e.Read(k, at, s.In[k], s.Inputs[k], w) }
	held := make([]*spirv.Value, len(s.In))
	uniforms := e.next + p.params()
	e.over(p, func(k int, at spirv.Value) {
		if k < len(s.In) {
			x := read(k, at)
			held[k] = &x
		}
	}, func(i spirv.Value, at []spirv.Value) {
		e.next = uniforms
		out := e.Eval(s.Program, w, spirv.Arguments{
			Input: func(k int) spirv.Value {
				if held[k] != nil {
					return *held[k]
				}
				return read(k, at[k])
			},
			Uniform: e.uniforms(s.Program, w),
			Index:   func() (spirv.Value, spirv.Value) { return i, e.Word(0) },
		})
		for k, v := range out {
			b := len(s.In) + k
			e.Write(b, at[b], s.Out[k], v, s.Code[s.Outputs[k]].Kind, w)
		}
	})
	written := (uint64(1)<<len(s.Out) - 1) << len(s.In)
	return e.finish(ElementwiseKey(s, p), p.group(), n, written), nil
}
