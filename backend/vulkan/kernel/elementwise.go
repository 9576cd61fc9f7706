package kernel

import (
	"fmt"
	"slices"

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
	e := p.emitter(uniformWords(s.Program, w))
	read := func(k int, at spirv.Value) spirv.Value { return e.Read(k, at, s.In[k], s.Inputs[k], w) }
	held := make([]*spirv.Value, len(s.In))
	uniforms := e.next + p.params()
	e.over(p, func(k int, at spirv.Value) {
		if k < len(s.In) {
			x := read(k, at)
			held[k] = &x
		}
	}, func(i spirv.Value, n int, at func(k, j int) spirv.Value) {
		in := make([][]spirv.Value, len(s.In))
		for k := range in {
			switch {
			case held[k] != nil:
				in[k] = slices.Repeat([]spirv.Value{*held[k]}, n)
			case n > 1 && p.joined(k):
				in[k] = e.ReadWide(k, at(k, 0), n, s.In[k], s.Inputs[k], w, p.Long)
			default:
				for j := range n {
					in[k] = append(in[k], read(k, at(k, j)))
				}
			}
		}
		e.next = uniforms
		out := e.apply(s.Program, w, i, n, in, e.uniforms(s.Program, w))
		for k := range out {
			b, kind := len(s.In)+k, s.Code[s.Outputs[k]].Kind
			if n > 1 && p.joined(b) {
				e.WriteWide(b, at(b, 0), s.Out[k], out[k], kind, w, p.Long)
				continue
			}
			for j, v := range out[k] {
				e.Write(b, at(b, j), s.Out[k], v, kind, w)
			}
		}
	})
	written := (uint64(1)<<len(s.Out) - 1) << len(s.In)
	return e.finish(ElementwiseKey(s, p), p.group(), n, written), nil
}

// apply emits a program for n elements, the first of which has number i, whose
// inputs are given: lists of the n of each. It returns such lists of the outputs.
func (e *emitter) apply(p *pointwise.Program, w spirv.Widths, i spirv.Value, n int, in [][]spirv.Value, uniform func(i int) spirv.Value) [][]spirv.Value {
	var all []spirv.Arguments
	for j := range n {
		all = append(all, spirv.Arguments{
			Input:   func(k int) spirv.Value { return in[k][j] },
			Uniform: uniform,
			Index:   func() (spirv.Value, spirv.Value) { return i.Add(e.Word(uint32(j))), e.Word(0) },
		})
	}
	out := make([][]spirv.Value, len(p.Outputs))
	for _, one := range e.EvalAll(p, w, all) {
		for k, v := range one {
			out[k] = append(out[k], v)
		}
	}
	return out
}
