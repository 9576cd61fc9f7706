package kernel

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
)

// CopyKey identifies what Copy returns.
func CopyKey(size int, layouts []Layout, axes, repeat int) string {
	return fmt.Sprintf("copy %d %v %d %d", size, layouts, axes, repeat)
}

// Copy returns a kernel that copies elements of some bytes as they are, of the
// first buffer to the second. Its parameters are those of Elementwise.
func Copy(size int, layouts []Layout, axes, repeat int) *Kernel {
	e := newEmitter(Size, 2, placesParams(layouts, axes))
	e.eachOf(repeat, func(i spirv.Value) {
		at := e.places(i, layouts, axes)
		e.CopyElement(1, at[1], 0, at[0], size)
	})
	return e.finish(CopyKey(size, layouts, axes, repeat), Size*repeat, 2, 1<<1)
}
