package amp_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/amp"
	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// A step of training in float16.
func Example() {
	net := nn.On(tensor.CPU(), dtype.Float32, 1).Linear(4, 2)
	opt := optim.SGD{LR: 0.1}.New(nn.Parameters(net))
	scaler := amp.Scaler{}.New()
	tensor.Scope(func(s *tensor.Arena) {
		x := s.Own(tensor.Ones(tensor.CPU(), dtype.Float32, 3, 4)).Autocast(dtype.Float16)
		y := net.Forward(x)
		loss := y.Square().Mean()
		fmt.Println(y.DType(), loss.DType())
		autograd.Backward(scaler.Scale(loss))
		scaler.Unscale(opt) // for the clipping
		nn.ClipGradNorm(nn.Parameters(net), 1)
		fmt.Println(scaler.Step(opt), scaler.Factor())
	})
	// Output:
	// float16 float32
	// true 65536
}
