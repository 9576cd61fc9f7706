package conformance

import (
	"errors"
	"fmt"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/tensor"
)

// refuse checks that operands which the op does not take are an error of the
// kind the table says: never a crash, never a result.
func (c testCase) refuse(dev backend.Device, s *tensor.Arena) error {
	var operands []*tensor.Tensor
	for _, a := range c.sample.In {
		operands = append(operands, s.Own(c.upload(dev, a)))
	}
	err := func() (err error) {
		defer func() {
			if r := recover(); r != nil {
				e, ok := r.(*tensor.Error)
				if !ok {
					err = fmt.Errorf("a panic that is no *tensor.Error: %v", r)
				}
				if ok {
					err = e
				}
			}
		}()
		out := tensor.Apply(dev, c.op, c.sample.Attrs, operands...)
		if err := dev.Sync(); err != nil {
			return err
		}
		for _, t := range out { // a device may notice late
			t.Float64s()
		}
		return nil
	}()
	var typed *tensor.Error
	switch {
	case err == nil:
		return errors.New("got a result, want an error")
	case !errors.As(err, &typed):
		return err
	case !errors.Is(err, c.want):
		return fmt.Errorf("got the error %q, want one that is %q", err, c.want)
	}
	return nil
}
