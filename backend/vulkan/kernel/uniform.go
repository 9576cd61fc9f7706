package kernel

import (
	"math"

	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
	"github.com/hekla-ml/hekla/pointwise"
)

// uniformWords returns how many parameters the uniforms of p take.
func uniformWords(p *pointwise.Program, w spirv.Widths) int {
	n := 0
	for _, k := range p.Uniforms {
		n += wordsOf(w.Type(k))
	}
	return n
}

func wordsOf(t spirv.Type) int {
	if t == spirv.Long || t == spirv.Double {
		return 2
	}
	return 1
}

// uniforms reserves the parameters of p's uniforms and returns how to read one.
func (e *emitter) uniforms(p *pointwise.Program, w spirv.Widths) func(i int) spirv.Value {
	first := make([]int, len(p.Uniforms))
	for i, k := range p.Uniforms {
		first[i] = e.next
		e.next += wordsOf(w.Type(k))
	}
	return func(i int) spirv.Value {
		t := w.Type(p.Uniforms[i])
		v := e.Param(first[i])
		if wordsOf(t) == 2 {
			v = v.Join(e.Param(first[i] + 1))
		}
		switch t {
		case spirv.Float, spirv.Double:
			return v.FromBits()
		case spirv.Bool:
			return v.NotEqual(e.Word(0))
		}
		return v
	}
}

// AppendUniforms appends the words of uniforms, rounded and wrapped as
// pointwise does.
func AppendUniforms(params []uint32, p *pointwise.Program, w spirv.Widths, values []float64) []uint32 {
	for i, k := range p.Uniforms {
		params = AppendValue(params, w.Type(k), k, values[i])
	}
	return params
}

// AppendValue appends the words of one value of kind k as type t.
func AppendValue(params []uint32, t spirv.Type, k pointwise.Kind, x float64) []uint32 {
	var bits uint64
	switch t {
	case spirv.Float:
		bits = uint64(math.Float32bits(float32(x)))
	case spirv.Double:
		bits = math.Float64bits(x)
	case spirv.Bool:
		if x != 0 {
			bits = 1
		}
	default:
		bits = uint64(spirv.Integer(k, x))
	}
	params = append(params, uint32(bits))
	if wordsOf(t) == 2 {
		params = append(params, uint32(bits>>32))
	}
	return params
}
