package amp_test

import (
	"fmt"
	"math"

	"github.com/hekla-ml/hekla/amp"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// A step whose gradients overflowed is left out and the scale halved; enough
// good ones double it.
func ExampleGradScaler() {
	p := tensor.Zeros(tensor.CPU(), dtype.Float32).SetRequiresGrad(true)
	var opt amp.Optimizer = optim.SGD{LR: 1}.New([]*tensor.Tensor{p})
	var s *amp.GradScaler = amp.Scaler{Scale: 8, Interval: 2}.New()
	for _, grad := range []float64{8, math.Inf(1), 8, 8} {
		p.SetGrad(tensor.Full(tensor.CPU(), dtype.Float32, grad))
		fmt.Println(s.Step(opt), p.Item(), s.Factor())
	}
	fmt.Println("skipped", s.Skipped())
	// Output:
	// true -1 8
	// false -1 4
	// true -3 4
	// true -5 8
	// skipped 1
}
