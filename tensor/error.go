package tensor

import (
	"errors"
	"fmt"
	"runtime"
	"strings"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// Errors that an *Error may wrap, for errors.Is; see also those of package
// backend.
var (
	ErrShape  = op.ErrShape
	ErrDType  = op.ErrDType
	ErrAttr   = op.ErrAttr
	ErrDevice = errors.New("tensors are on different devices")
	ErrFreed  = errors.New("the tensor was freed")
)

// An Error says which operation was misused or failed, and on what.
type Error struct {
	Op      string
	Shapes  [][]int
	DTypes  []dtype.DType
	Devices []string
	Err     error  // what is wrong, or what was wanted
	Site    string // file:line of the first caller outside Hekla
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "tensor: %s", e.Op)
	for i, s := range e.Shapes {
		sep := ", "
		if i == 0 {
			sep = " of "
		}
		fmt.Fprintf(&b, "%s%v%v", sep, e.DTypes[i], s)
	}
	for i := 1; i < len(e.Devices); i++ {
		if e.Devices[i] != e.Devices[0] {
			fmt.Fprintf(&b, " on %s", strings.Join(e.Devices, ", "))
			break
		}
	}
	fmt.Fprintf(&b, ": %v", e.Err)
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

func newError(name string, err error, operands ...*Tensor) *Error {
	e := &Error{Op: name, Err: err, Site: CallSite()}
	for _, t := range operands {
		if t == nil {
			continue
		}
		e.Shapes, e.DTypes = append(e.Shapes, t.view.Shape), append(e.DTypes, t.dtype)
		if t.store != nil {
			e.Devices = append(e.Devices, t.store.dev.Info().Name)
		}
	}
	return e
}

func errMessage(format string, args ...any) error { return fmt.Errorf(format, args...) }

const module = "github.com/hekla-ml/hekla/"

// CallSite returns file:line of the innermost caller outside this module's
// packages (its commands, examples and tests count as outside).
func CallSite() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		inside := strings.HasPrefix(f.Function, module) && !strings.HasPrefix(f.Function, module+"cmd/") &&
			!strings.HasPrefix(f.Function, module+"examples/") && !strings.HasSuffix(f.File, "_test.go")
		if f.Function != "" && !inside && !strings.HasPrefix(f.Function, "runtime.") {
			return fmt.Sprintf("%s:%d", f.File, f.Line)
		}
		if !more {
			return "unknown"
		}
	}
}

// Try calls f and returns the *Error it panicked with, if any, or the error it
// returned. Other panics go through: they are bugs, not misuse.
func Try(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			err = e
		}
	}()
	return f()
}
