package cpu

import (
	"sync"
	"unsafe"

	"github.com/hekla-ml/hekla/backend/cpu/internal/interp"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// epilogues are the activations that products apply to pieces of their result, by
// the kernels that would run on all of it: the same bits.
var epilogues = struct {
	f32 [op.EpilogueGELUTanh + 1]func() *interp.Kernel
	f64 [op.EpilogueGELUTanh + 1]func() *interp.Kernel
}{activations(dtype.Float32), activations(dtype.Float64)}

func activations(d dtype.DType) (l [op.EpilogueGELUTanh + 1]func() *interp.Kernel) {
	for e := range l {
		l[e] = sync.OnceValue(func() *interp.Kernel {
			fn, _ := op.Epilogue(e).Op().Lower([]op.Meta{{DType: d}}, nil)
			return compile(fn, []dtype.DType{d}, []dtype.DType{d})
		})
	}
	return l
}

// epilogue returns what applies e in place to elements of type T, or nil for none.
func epilogue[T float32 | float64](e op.Epilogue) func([]T) {
	if e == op.NoEpilogue {
		return nil
	}
	kernels := &epilogues.f32
	if unsafe.Sizeof(T(0)) == 8 {
		kernels = &epilogues.f64
	}
	k := kernels[e]()
	return func(x []T) {
		for len(x) > 0 {
			n := min(len(x), interp.FlatSize)
			at := [...]unsafe.Pointer{unsafe.Pointer(&x[0]), unsafe.Pointer(&x[0])}
			k.RunFlat(n, at[:], nil)
			x = x[n:]
		}
	}
}
