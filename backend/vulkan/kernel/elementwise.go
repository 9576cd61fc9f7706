package kernel

import (
	"fmt"
	"strings"

	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
	"github.com/hekla-ml/hekla/pointwise"
)

// A Layout is how the elements of an operand follow each other, after
// Coalesce.
type Layout uint8

// The layouts.
const (
	Dense   Layout = iota // one after the other
	Scalar                // all the same one
	Strided               // by strides
)

// LayoutOf returns the layout of an operand with the given strides.
func LayoutOf(strides []int) Layout {
	switch {
	case len(strides) == 0 || len(strides) == 1 && strides[0] == 0:
		return Scalar
	case len(strides) == 1 && strides[0] == 1:
		return Dense
	}
	return Strided
}

// Size is the number of invocations in a workgroup of the kernels that need no
// certain one: every device allows it.
const Size = 64

// ElementwiseKey identifies what Elementwise returns.
func ElementwiseKey(s pointwise.Spec, layouts []Layout, axes, repeat int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "elementwise %s %d %d ", s.Key(), axes, repeat)
	for _, l := range layouts {
		b.WriteByte("dsx"[l])
	}
	return b.String()
}

// Elementwise returns a kernel that applies a program, without transcendental
// instructions, to each element, and to several in an invocation. Buffers are
// the inputs, then the outputs, with a layout each. Its parameters: those of
// places; the uniforms, as AppendUniforms gives them.
func Elementwise(s pointwise.Spec, layouts []Layout, axes, repeat int) (*Kernel, error) {
	w := spirv.WidthsOf(s)
	if err := w.Supports(s.Program); err != nil {
		return nil, err
	}
	n := len(s.In) + len(s.Out)
	params := placesParams(layouts, axes) + uniformWords(s.Program, w)
	e := newEmitter(Size, n, params)
	e.eachOf(repeat, func(i spirv.Value) {
		at := e.places(i, layouts, axes)
		out := e.Eval(s.Program, w, spirv.Arguments{
			Input: func(k int) spirv.Value {
				return e.Read(k, at[k], s.In[k], s.Inputs[k], w)
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
	return e.finish(ElementwiseKey(s, layouts, axes, repeat), Size*repeat, n, written), nil
}
