package kernel

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
)

// CopyKey identifies what Copy returns.
func CopyKey(size int, p Places) string { return fmt.Sprintf("copy %d %v", size, p) }

// Copy returns a kernel that copies elements of some bytes as they are, of the
// first buffer to the second. Its parameters are those of Elementwise.
func Copy(size int, p Places) *Kernel {
	e := newEmitter(Size, 2, p.params())
	e.over(p, func(int, spirv.Value) {}, func(i spirv.Value, at []spirv.Value) {
		e.CopyElement(1, at[1], 0, at[0], size)
	})
	return e.finish(CopyKey(size, p), p.group(), 2, 1<<1)
}
