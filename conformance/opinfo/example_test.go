package opinfo_test

import (
	"context"
	"fmt"

	"github.com/hekla-ml/hekla/conformance/opinfo"
	"github.com/hekla-ml/hekla/tensor"
)

// A name counts as covered when samples pass and none fails, whatever else is
// unsupported.
func ExampleOp() {
	o := &opinfo.Op{Name: "nn.functional.pad", Samples: 10, Passed: 8, Unsupported: 2, Gradients: 8, Missing: map[string]int{"value of type complex": 2}}
	r := &opinfo.Report{Ops: []*opinfo.Op{o}}
	fmt.Println(o.Forward(), o.Gradient(), r.Count((*opinfo.Op).Gradient))
	fmt.Print(r.Unsupported())
	// Output:
	// true true 1
	// nn.functional.pad: 2 of 10 samples: value of type complex (2)
}

// Where there are no recordings there is no report, and an error.
func ExampleReport() {
	r := opinfo.Run(context.Background(), tensor.CPU(), "no/such/folder", nil)
	fmt.Println(len(r.Ops), r.Err)
	// Output: 0 opinfo: no recordings in no/such/folder
}
