package models_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
	"github.com/hekla-ml/hekla/vision/models"
)

// New weights for a task of one's own on features that stay as they are.
func ExampleClassifier() {
	b := nn.On(tensor.CPU(), dtype.Float32, 1)
	net := models.MobileNetV3Small(b)
	nn.Freeze(net.Features)
	net.Classifier = nn.Sequential{b.Linear(576, 3)}
	trained := 0
	for _, p := range nn.Parameters(net) {
		if p.RequiresGrad() {
			trained += p.Numel()
		}
	}
	nn.Eval(net)
	fmt.Println(net.Forward(tensor.Ones(tensor.CPU(), dtype.Float32, 1, 3, 32, 32)).Shape(), trained, nn.NumParameters(net))
	// Output: [1 3] 1731 928739
}

// Nets of several widths, for 224 pixels, and their sizes; the numbers are
// torchvision's.
func ExampleShuffleNet() {
	b := nn.Blank(tensor.CPU(), dtype.Float32)
	var shuffle *models.ShuffleNet = models.ShuffleNet05(b)
	var mnas *models.MNASNet = models.MNASNet05(b)
	var reg *models.RegNet = models.RegNetX400MF(b)
	fmt.Println(nn.NumParameters(shuffle), nn.NumParameters(mnas), nn.NumParameters(reg))
	// Output: 1366792 2218512 5495976
}

// Some 28 million parameters; unlike a ViT's, images may be of any size.
func ExampleSwin() {
	var net *models.Swin = models.SwinT(nn.Blank(tensor.CPU(), dtype.Float32), models.Config{Classes: 10})
	fmt.Println(nn.NumParameters(net), net.Head.Weight.Shape())
	// Output: 27527044 [10 768]
}

// A ViT has a learned place for each patch of 16 pixels, and one for the class:
// 1 + 4·4 of an image of 64.
func ExampleViT() {
	var net *models.ViT = models.ViTB16(nn.Blank(tensor.CPU(), dtype.Float32), models.Config{ImageSize: 64})
	for name, p := range nn.NamedParameters(net) {
		if name == "encoder.pos_embedding" {
			fmt.Println(name, p.Shape())
		}
	}
	// Output: encoder.pos_embedding [1 17 768]
}

// The auxiliary classifier, for training only, is an eighth of the net.
func ExampleInceptionV3() {
	b := nn.Blank(tensor.CPU(), dtype.Float32)
	var net *models.InceptionV3 = models.NewInceptionV3(b)
	fmt.Println(nn.NumParameters(net), nn.NumParameters(models.NewInceptionV3(b, models.Config{NoAux: true})))
	// Output: 27161264 23834568
}
