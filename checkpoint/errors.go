package checkpoint

import (
	"errors"
	"fmt"
	"strings"
)

// What an *Error wraps, for errors.Is. Errors of the operating system, such as
// fs.ErrNotExist, come through as they are.
var (
	// ErrTruncated: the file ends before what it announces.
	ErrTruncated = errors.New("the file is cut short")
	// ErrHeader: the header is not what the format asks for.
	ErrHeader = errors.New("malformed header")
	// ErrLayout: the places of the tensors do not fit their shapes, each other
	// or the file.
	ErrLayout = errors.New("inconsistent layout")
	// ErrDType: an element type that this library has no tensors of.
	ErrDType = errors.New("unsupported element type")
	// ErrCode: a PyTorch file needs code to be run, as whole modules and
	// TorchScript programs do, which this library never does.
	ErrCode = errors.New("the file is not plain data")
	// ErrPickle: a PyTorch file's pickle is malformed or of unknown kinds.
	ErrPickle = errors.New("malformed pickle")
	// ErrName: no tensor of that name, or a name that cannot be saved.
	ErrName = errors.New("bad tensor name")
)

// An Error says which file, and what in it, was wrong.
type Error struct {
	Path   string // empty if the file has no name
	Name   string // of the tensor, if it is about one
	Offset int64  // in bytes from the start of the file, -1 if it is about no place
	Err    error  // what was found and what was wanted
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("checkpoint: ")
	if e.Path != "" {
		fmt.Fprintf(&b, "%s: ", e.Path)
	}
	if e.Name != "" {
		fmt.Fprintf(&b, "tensor %.200q: ", e.Name)
	}
	if e.Offset >= 0 {
		fmt.Fprintf(&b, "byte %d: ", e.Offset)
	}
	b.WriteString(e.Err.Error())
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// problem is an error of one of the kinds above with its particulars.
func problem(kind error, format string, args ...any) error {
	return fmt.Errorf("%w: %s", kind, fmt.Sprintf(format, args...))
}
