package kernel

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
	"github.com/hekla-ml/hekla/dtype"
)

// CopyKey identifies what Copy returns.
func CopyKey(size int, p Places) string { return fmt.Sprintf("copy %d %v", size, p) }

// Copy returns a kernel that copies elements of some bytes as they are, of the
// first buffer to the second. Its parameters are those of Elementwise.
func Copy(size int, p Places) *Kernel {
	e := p.emitter(0)
	d := [...]dtype.DType{1: dtype.Uint8, 2: dtype.Int16, 4: dtype.Int32, 8: dtype.Int64}[size]
	e.over(p, func(int, spirv.Value) {}, func(i spirv.Value, n int, at func(k, j int) spirv.Value) {
		if n == 1 {
			e.CopyElement(1, at(1, 0), 0, at(0, 0), size)
			return
		}
		if p.joined(0) && p.joined(1) { // words as they are
			words := n * size / 4
			unit := e.Word(uint32(n))
			e.StoreWide(1, at(1, 0).Div(unit), e.LoadWide(0, at(0, 0).Div(unit), words, p.Long), p.Long)
			return
		}
		var v []spirv.Value
		if p.joined(0) {
			v = e.LoadElements(0, at(0, 0), n, d, p.Long)
		} else {
			for j := range n {
				v = append(v, e.LoadElement(0, at(0, j), d))
			}
		}
		if p.joined(1) {
			e.StoreElements(1, at(1, 0), d, v, p.Long)
			return
		}
		for j := range v {
			e.StoreElement(1, at(1, j), d, v[j])
		}
	})
	return e.finish(CopyKey(size, p), p.group(), 2, 1<<1)
}
