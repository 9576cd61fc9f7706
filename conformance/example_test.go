package conformance_test

import (
	"context"
	"fmt"
	"regexp"

	"github.com/hekla-ml/hekla/conformance"
	"github.com/hekla-ml/hekla/tensor"
)

// The cases of one op on one device. A backend's own test calls Run.
func ExampleCheck() {
	r := conformance.Check(context.Background(), tensor.CPU(), conformance.Options{Run: regexp.MustCompile(`^flip/`)})
	fmt.Println(r.Device, r.Ops, r.Cases > 0, r.Failed, r.Unsupported)
	// Output: cpu:0 1 true 0 0
}

// A Report tells for each op and element type how near its bound the largest
// error came.
func ExampleReport() {
	r := conformance.Check(context.Background(), tensor.CPU(), conformance.Options{Run: regexp.MustCompile(`^flip/`)})
	cell := r.Results[0] // sorted by op and type
	fmt.Println(cell.Op, cell.DType, cell.Failed, cell.Worst < 1)
	for _, f := range r.Failures {
		fmt.Println(f)
	}
	// Output: flip bool 0 true
}

// A device may be guarded by itself, to find out where a program of one's own
// writes outside its operands.
func ExampleGuard() {
	d := conformance.Guard(tensor.CPU())
	x := tensor.From(d, []float32{1, 2})
	y := x.Exp()
	fmt.Println(d.Check(), d.Live())
	x.Free()
	y.Free()
	// Output: <nil> 2
}
