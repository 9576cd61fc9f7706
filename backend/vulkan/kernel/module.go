package kernel

import (
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shaders"
)

// decoded keeps the words of modules by their names.
var decoded sync.Map

// module returns the words of a module written in GLSL, which nobody changes.
func module(name string) []uint32 {
	if w, ok := decoded.Load(name); ok {
		return w.([]uint32)
	}
	b, err := shaders.FS.ReadFile(name + ".spv")
	if err != nil {
		panic(err) // it is embedded
	}
	w := make([]uint32, len(b)/4)
	for i := range w {
		w[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	decoded.Store(name, w)
	return w
}

// elementType is the number that element.glsl has for an element type.
func elementType(d dtype.DType) uint32 {
	switch d {
	case dtype.Float32:
		return 0
	case dtype.Float16:
		return 1
	case dtype.BFloat16:
		return 2
	}
	panic(fmt.Sprintf("kernel: no elements of %v in GLSL", d))
}

// ShadersKnow reports whether the kernels written in GLSL read elements of d.
func ShadersKnow(d dtype.DType) bool {
	return d == dtype.Float32 || d == dtype.Float16 || d == dtype.BFloat16
}
