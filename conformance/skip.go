package conformance

import (
	"errors"

	"github.com/hekla-ml/hekla/pointwise"
)

// skipped is the outcome of a case that asks for nothing: it is counted, and
// named with the reason.
type skipped struct{ why string }

func (s *skipped) Error() string { return "skipped: " + s.why }

// withoutDerivative makes the panic of an op that has no second derivative the
// skip of a case. Other panics go on.
func withoutDerivative(r any, err error) error {
	if r == nil {
		return err
	}
	e, _ := r.(error)
	var none *pointwise.NoDerivativeError
	if !errors.As(e, &none) {
		panic(r)
	}
	return &skipped{none.Error()}
}
