package op

import (
	"errors"
	"fmt"
)

// Errors that Infer wraps: what is wrong with the operands of an op.
var (
	ErrShape = errors.New("shapes do not fit")
	ErrDType = errors.New("element types do not fit")
	ErrAttr  = errors.New("attribute out of range")
)

// fault is an error whose text says only what is wrong; the kind is for
// errors.Is.
type fault struct {
	kind error
	text string
}

func (f *fault) Error() string { return f.text }
func (f *fault) Unwrap() error { return f.kind }

func shapeError(format string, args ...any) error {
	return &fault{ErrShape, fmt.Sprintf(format, args...)}
}

func dtypeError(format string, args ...any) error {
	return &fault{ErrDType, fmt.Sprintf(format, args...)}
}

func attrError(format string, args ...any) error {
	return &fault{ErrAttr, fmt.Sprintf(format, args...)}
}

// asShape marks an error of package shape as ErrShape.
func asShape(err error) error {
	if err == nil {
		return nil
	}
	return &fault{ErrShape, err.Error()}
}
