package nn

import (
	"fmt"

	"github.com/hekla-ml/hekla/tensor"
)

// misuse makes the error that a wrong call panics with.
func misuse(name, format string, args ...any) *tensor.Error {
	return &tensor.Error{Op: name, Err: fmt.Errorf(format, args...), Site: tensor.CallSite()}
}

// misused is misuse with the operands that were wrong.
func misused(name string, operands []*tensor.Tensor, format string, args ...any) *tensor.Error {
	e := misuse(name, format, args...)
	for _, t := range operands {
		e.Shapes, e.DTypes = append(e.Shapes, t.Shape()), append(e.DTypes, t.DType())
	}
	return e
}
