package kernel

import "github.com/hekla-ml/hekla/backend/vulkan/spirv"

// placesParams returns how many parameters places reads.
func placesParams(layouts []Layout, axes int) int {
	n, strided := len(layouts), 0
	for _, l := range layouts {
		if l == Strided {
			strided++
		}
	}
	if strided > 0 {
		n += axes * (1 + strided)
	}
	return n
}

// places returns where element i stands in each operand. It reads where each
// operand starts; if one is strided the sizes of the axes, then the strides of
// each strided operand.
func (e *emitter) places(i spirv.Value, layouts []Layout, axes int) []spirv.Value {
	at := e.paramList(len(layouts))
	var of []int // the strided operands
	for k, l := range layouts {
		switch l {
		case Dense:
			at[k] = at[k].Add(i)
		case Strided:
			of = append(of, k)
		}
	}
	if len(of) == 0 {
		return at
	}
	sizes := e.paramList(axes)
	var start []spirv.Value
	var strides [][]spirv.Value
	for _, k := range of {
		start, strides = append(start, at[k]), append(strides, e.paramList(axes))
	}
	for j, p := range e.walk(i, sizes, strides, start) {
		at[of[j]] = p
	}
	return at
}
