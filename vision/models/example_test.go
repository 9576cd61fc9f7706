package models_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
	"github.com/hekla-ml/hekla/vision/models"
)

func Example() {
	b := nn.On(tensor.CPU(), dtype.Float32, 1)
	net := models.ResNet18(b, models.Config{Classes: 10})
	nn.Eval(net)
	x := tensor.Ones(tensor.CPU(), dtype.Float32, 2, 3, 32, 32)
	fmt.Println(net.Forward(x.NoGrad()).Shape(), nn.NumParameters(net))
	fmt.Println(nn.String(net.Layer2[0]))
	// Output:
	// [2 10] 11181642
	// resBlock(
	//   (conv1): Conv2d(64, 128, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), bias=False)
	//   (bn1): BatchNorm2d(128, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
	//   (conv2): Conv2d(128, 128, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False)
	//   (bn2): BatchNorm2d(128, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
	//   (downsample): Sequential(
	//     (0): Conv2d(64, 128, kernel_size=(1, 1), stride=(2, 2), bias=False)
	//     (1): BatchNorm2d(128, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
	//   )
	// )
}

// A model by torchvision's name for it.
func ExampleNew() {
	net, err := models.New("mobilenet_v3_small", nn.Blank(tensor.CPU(), dtype.Float32))
	fmt.Println(nn.NumParameters(net), err)
	_, err = models.New("resnet20", nn.Blank(tensor.CPU(), dtype.Float32))
	fmt.Println(err.Error()[:28], len(models.Names()))
	// Output:
	// 2542856 <nil>
	// models: no model "resnet20", 68
}

func ExampleGoogLeNet_ForwardAux() {
	net := models.NewGoogLeNet(nn.On(tensor.CPU(), dtype.Float32, 1), models.Config{Classes: 4})
	y, aux := net.ForwardAux(tensor.Ones(tensor.CPU(), dtype.Float32, 2, 3, 64, 64))
	fmt.Println(y.Shape(), aux[0].Shape(), aux[1].Shape())
	// Output: [2 4] [2 4] [2 4]
}
