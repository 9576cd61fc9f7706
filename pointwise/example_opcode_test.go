package pointwise_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/pointwise"
)

// What an evaluator computes for one instruction.
func ExampleOpcode() {
	for _, o := range []pointwise.Opcode{pointwise.OpSqrt, pointwise.OpAtan2, pointwise.OpRem} {
		fmt.Println(o, o.Arity(), o.Float(-1, 3), o.Transcendental())
	}
	// Output:
	// sqrt 1 NaN false
	// atan2 2 -0.3217505543966422 true
	// rem 2 -1 false
}
