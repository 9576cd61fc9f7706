package conformance_test

import (
	"context"
	"fmt"
	"regexp"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/conformance"
	"github.com/hekla-ml/hekla/tensor"
)

// lazy is a CPU that writes no results of flip, and has no kernel for sort.
type lazy struct{ backend.Device }

func (l lazy) Run(c *backend.Call) error {
	switch c.Op.Name {
	case "flip":
		return nil
	case "sort":
		return backend.ErrUnsupported
	}
	return l.Device.Run(c)
}

// A case that failed, by the name that Options.Run takes to replay it. Memory
// that was not written to is NaN.
func ExampleFailure() {
	r := conformance.Check(context.Background(), lazy{tensor.CPU()}, conformance.Options{Run: regexp.MustCompile(`^flip/1 all/contiguous`)})
	var f conformance.Failure = r.Failures[0]
	fmt.Println(r.Failed, f.Case)
	fmt.Println(f.Text)
	// Output:
	// 1 flip/1 all/contiguous
	// output 0: element 0 of float32[3 5] is NaN, want 0.6851945519447327 within 4.69e-06
}

// What a device does not support is no failure, but it is said.
func ExampleSkip() {
	r := conformance.Check(context.Background(), lazy{tensor.CPU()}, conformance.Options{Run: regexp.MustCompile(`^sort/0`)})
	var s conformance.Skip = r.Skips[0]
	fmt.Println(s.Op, s.Why, s.Cases == r.Unsupported, r.Missing())
	// Output: sort unsupported: operands of float32 true [sort]
}

// A cell of the support matrix: an op with one element type.
func ExampleResult() {
	only := conformance.Options{Run: regexp.MustCompile(`^flip/1 all/contiguous`)}
	for _, dev := range []backend.Device{tensor.CPU(), lazy{tensor.CPU()}} {
		var cell *conformance.Result = conformance.Check(context.Background(), dev, only).Results[0]
		fmt.Println(cell.Op, cell.DType, cell, cell.Failed > 0)
	}
	// Output:
	// flip float32 exact false
	// flip float32 FAIL true
}
