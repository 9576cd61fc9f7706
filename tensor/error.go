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
		if i == 8 && len(e.Shapes) > 9 {
			fmt.Fprintf(&b, " and %d more", len(e.Shapes)-i)
			break
		}
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
	// Whose arithmetic found it is of no interest to the caller.
	fmt.Fprintf(&b, ": %s", strings.TrimPrefix(fmt.Sprint(e.Err), "shape: "))
	return b.String()
}

// Format prints the text of the error; %+v adds where it happened.
func (e *Error) Format(f fmt.State, verb rune) {
	if verb == 'q' {
		fmt.Fprintf(f, "%q", e.Error())
		return
	}
	fmt.Fprint(f, e.Error())
	if f.Flag('+') {
		fmt.Fprintf(f, " (at %s)", e.Site)
	}
}

func (e *Error) Unwrap() error { return e.Err }

func newError(name string, err error, operands ...*Tensor) *Error {
	e := &Error{Op: name, Err: err, Site: CallSite()}
	for _, t := range operands {
		if t == nil {
			continue
		}
		e.Shapes, e.DTypes = append(e.Shapes, t.Shape()), append(e.DTypes, t.dtype)
		if t.store != nil {
			e.Devices = append(e.Devices, t.store.dev.Info().Name)
		}
	}
	return e
}

// clearer returns err, or one that says better what it does: for operands that
// do not broadcast where, for an index without the layers it came through.
func clearer(err error, o *op.Op, in []*Tensor) error {
	var index *op.IndexError
	if errors.As(err, &index) {
		return misfit(err, "index %d is out of range for axis %d of size %d", index.Index, index.Axis, index.Size)
	}
	if o.Lower == nil || !errors.Is(err, ErrShape) {
		return err
	}
	for i, t := range in {
		for _, u := range in[:i] {
			if axis, a, b, ok := clash(u.Shape(), t.Shape()); ok {
				return misfit(ErrShape, "sizes %d and %d differ at axis %d, want the same or 1", a, b, axis)
			}
		}
	}
	return err
}

// clash returns the last axis, counted from the end, at which two shapes do
// not broadcast, and their sizes there.
func clash(s, t []int) (axis, a, b int, ok bool) {
	for k := 1; k <= min(len(s), len(t)); k++ {
		if a, b = s[len(s)-k], t[len(t)-k]; a != b && a != 1 && b != 1 {
			return -k, a, b, true
		}
	}
	return 0, 0, 0, false
}

// A fault is what is wrong in plain words; kind is for errors.Is.
type fault struct {
	kind error
	text string
}

func (f *fault) Error() string { return f.text }
func (f *fault) Unwrap() error { return f.kind }

func misfit(kind error, format string, args ...any) error {
	return &fault{kind, fmt.Sprintf(format, args...)}
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
