package blas

import (
	"fmt"
	"os"
	"sync"
	"unsafe"

	"github.com/hekla-ml/hekla/backend/cuda/driver"
)

// PathVariable names the environment variable that says where the library is. The
// value "off" means that none is wanted.
const PathVariable = "HEKLA_LIBCUBLAS"

// Open finds the library.
func Open() (*Library, error) {
	path := os.Getenv(PathVariable)
	if path == "off" {
		return nil, fmt.Errorf("cuda: cuBLAS is off (%s)", PathVariable)
	}
	preload(path)
	s, err := driver.Find("cuBLAS", PathVariable, libraryNames())
	if err != nil && path == "" {
		for _, path := range wheels() {
			preload(path)
			var e error
			if s, e = driver.Find("cuBLAS", PathVariable, []string{path}); e == nil {
				err = nil
				break
			}
		}
	}
	if err != nil {
		return nil, err
	}
	return New(withLt{s, sync.OnceValue(func() driver.Symbols { return openLt(s) })})
}

// A Library is an open cuBLAS.
type Library struct {
	create, destroy, setStream, setWorkspace, gemm uintptr

	lt   *lt // nil if there is none
	name string
}

// Name returns where the library was found.
func (l *Library) Name() string { return l.name }

// New resolves the functions.
func New(s driver.Symbols) (*Library, error) {
	l := &Library{name: "cuBLAS"}
	if n, ok := s.(interface{ Name() string }); ok {
		l.name = n.Name()
	}
	for name, at := range map[string]*uintptr{
		"cublasCreate_v2": &l.create, "cublasDestroy_v2": &l.destroy, "cublasSetStream_v2": &l.setStream,
		"cublasSetWorkspace_v2": &l.setWorkspace, "cublasGemmStridedBatchedEx": &l.gemm,
	} {
		p, err := s.Symbol(name)
		if err != nil || p == 0 {
			return nil, fmt.Errorf("cuda: cuBLAS has no %s: want that of CUDA 11.2 or newer (%v)", name, err)
		}
		*at = p
	}
	l.lt = findLt(s)
	return l, nil
}

// A Handle is the library at work in the context that was current when it was
// made. One goroutine at a time may use it.
type Handle struct {
	lib   *Library
	at    uintptr // serves cuBLASLt too
	plans map[planKey]*plan
}

// An Error is a call that failed.
type Error struct {
	Call   string
	Status uint32
}

var statusNames = map[uint32]string{
	1: "not initialized", 3: "allocation failed", 7: "invalid value", 8: "not for this GPU", 11: "mapping error",
	13: "execution failed", 14: "internal error", 15: "not supported", 16: "licence error",
}

func (e *Error) Error() string {
	name := statusNames[e.Status]
	if name == "" {
		name = "unknown status"
	}
	return fmt.Sprintf("cuda: %s: %s (%d)", e.Call, name, e.Status)
}

// Refused reports whether the library did not take a call that another might do.
func (e *Error) Refused() bool {
	const noMemory, otherGPU, notSupported = 3, 8, 15
	return e.Status == noMemory || e.Status == otherGPU || e.Status == notSupported
}

func failed(call string, status uint32) error {
	if status == 0 {
		return nil
	}
	return &Error{call, status}
}

// A frame holds the arguments of a call: on the heap, where nothing moves.
type frame struct {
	args        [23]uintptr
	out         uintptr
	alpha, beta [8]byte
}

var frames = sync.Pool{New: func() any { return new(frame) }}

// NewHandle begins work in the current context.
func (l *Library) NewHandle() (*Handle, error) {
	f := frames.Get().(*frame)
	defer frames.Put(f)
	f.out = 0
	f.args[0] = uintptr(unsafe.Pointer(&f.out))
	err := failed("cublasCreate", driver.Call(l.create, f.args[:1]))
	return &Handle{l, f.out, map[planKey]*plan{}}, err
}

// Close ends it.
func (h *Handle) Close() error {
	if err := h.dropPlans(); err != nil {
		return err
	}
	return failed("cublasDestroy", driver.Call(h.lib.destroy, []uintptr{h.at}))
}

// SetStream directs what follows to a stream, with a workspace that is its own; 0
// bytes leave that to the library.
func (h *Handle) SetStream(s driver.Stream, workspace driver.Pointer, bytes int64) error {
	if err := failed("cublasSetStream", driver.Call(h.lib.setStream, []uintptr{h.at, uintptr(s)})); err != nil {
		return err
	}
	if bytes == 0 {
		return nil
	}
	return failed("cublasSetWorkspace", driver.Call(h.lib.setWorkspace, []uintptr{h.at, uintptr(workspace), uintptr(bytes)}))
}
