// Package models holds image classifiers with torchvision's structure: the keys
// and shapes of their states are torchvision's, so that its weight files load as
// they are.
//
//	b := nn.Blank(dev, dtype.Float32)
//	net := models.ResNet50(b)
//	err := nn.LoadStateDict(net, state, true)
//
// All take images [n, 3, height, width], normalised as torchvision's presets do,
// and return logits [n, classes]. With a maker from nn.On the parameters are
// drawn as torchvision draws them.
package models

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// Config changes a model from its default; zeros are torchvision's defaults.
type Config struct {
	Classes         int     // 0 means the 1000 of ImageNet
	Dropout         float64 // before the classifier; 0 means the model's own, None is none
	StochasticDepth float64 // of EfficientNet, ConvNeXt and Swin: for the last block; as Dropout
	NoAux           bool    // GoogLeNet and Inception: leave the auxiliary classifiers out
	ImageSize       int     // ViT: height and width of images; 0 means 224
}

// None, as a probability of a Config, means 0 where 0 means the default.
const None = -1

// filled returns the one configuration, with what a model has for zeros.
func filled(opts []Config, dropout, depth float64) Config {
	var c Config
	switch len(opts) {
	case 0:
	case 1:
		c = opts[0]
	default:
		panic(&tensor.Error{Op: "models", Err: fmt.Errorf("%d configurations, want at most one", len(opts)), Site: tensor.CallSite()})
	}
	if c.Classes == 0 {
		c.Classes = 1000
	}
	if c.ImageSize == 0 {
		c.ImageSize = 224
	}
	c.Dropout, c.StochasticDepth = probability(c.Dropout, dropout), probability(c.StochasticDepth, depth)
	return c
}

func probability(p, def float64) float64 {
	switch p {
	case 0:
		return def
	case None:
		return 0
	}
	return p
}

// New makes a model by torchvision's name for it.
func New(name string, b *nn.Maker, opts ...Config) (nn.Layer, error) {
	f := byName[name]
	if f == nil {
		return nil, fmt.Errorf("models: no model %q, want one of %s", name, strings.Join(Names(), ", "))
	}
	return f(b, opts...), nil
}

// Names returns torchvision's names of all models, sorted.
func Names() []string { return slices.Sorted(maps.Keys(byName)) }

type maker func(b *nn.Maker, opts ...Config) nn.Layer

// as makes a maker of one that returns its own type.
func as[T nn.Layer](f func(b *nn.Maker, opts ...Config) T) maker {
	return func(b *nn.Maker, opts ...Config) nn.Layer { return f(b, opts...) }
}

var byName = map[string]maker{
	"alexnet":  as(AlexNet),
	"resnet18": as(ResNet18), "resnet34": as(ResNet34), "resnet50": as(ResNet50), "resnet101": as(ResNet101), "resnet152": as(ResNet152),
	"resnext50_32x4d": as(ResNeXt50), "resnext101_32x8d": as(ResNeXt101), "wide_resnet50_2": as(WideResNet50), "wide_resnet101_2": as(WideResNet101),
	"vgg11": as(VGG11), "vgg13": as(VGG13), "vgg16": as(VGG16), "vgg19": as(VGG19),
	"vgg11_bn": as(VGG11BN), "vgg13_bn": as(VGG13BN), "vgg16_bn": as(VGG16BN), "vgg19_bn": as(VGG19BN),
	"squeezenet1_0": as(SqueezeNet10), "squeezenet1_1": as(SqueezeNet11),
	"densenet121": as(DenseNet121), "densenet161": as(DenseNet161), "densenet169": as(DenseNet169), "densenet201": as(DenseNet201),
	"googlenet": as(NewGoogLeNet), "inception_v3": as(NewInceptionV3),
	"mobilenet_v2": as(MobileNetV2), "mobilenet_v3_small": as(MobileNetV3Small), "mobilenet_v3_large": as(MobileNetV3Large),
	"mnasnet0_5": as(MNASNet05), "mnasnet0_75": as(MNASNet075), "mnasnet1_0": as(MNASNet10), "mnasnet1_3": as(MNASNet13),
	"shufflenet_v2_x0_5": as(ShuffleNet05), "shufflenet_v2_x1_0": as(ShuffleNet10), "shufflenet_v2_x1_5": as(ShuffleNet15), "shufflenet_v2_x2_0": as(ShuffleNet20),
	"efficientnet_b0": as(EfficientNetB0), "efficientnet_b1": as(EfficientNetB1), "efficientnet_b2": as(EfficientNetB2), "efficientnet_b3": as(EfficientNetB3),
	"efficientnet_b4": as(EfficientNetB4), "efficientnet_b5": as(EfficientNetB5), "efficientnet_b6": as(EfficientNetB6), "efficientnet_b7": as(EfficientNetB7),
	"efficientnet_v2_s": as(EfficientNetV2S), "efficientnet_v2_m": as(EfficientNetV2M), "efficientnet_v2_l": as(EfficientNetV2L),
	"regnet_y_400mf": as(RegNetY400MF), "regnet_y_800mf": as(RegNetY800MF), "regnet_y_1_6gf": as(RegNetY1600MF), "regnet_y_3_2gf": as(RegNetY3200MF),
	"regnet_x_400mf": as(RegNetX400MF), "regnet_x_800mf": as(RegNetX800MF), "regnet_x_1_6gf": as(RegNetX1600MF), "regnet_x_3_2gf": as(RegNetX3200MF),
	"convnext_tiny": as(ConvNeXtTiny), "convnext_small": as(ConvNeXtSmall), "convnext_base": as(ConvNeXtBase), "convnext_large": as(ConvNeXtLarge),
	"vit_b_16": as(ViTB16), "vit_b_32": as(ViTB32), "vit_l_16": as(ViTL16), "vit_l_32": as(ViTL32), "vit_h_14": as(ViTH14),
	"swin_t": as(SwinT), "swin_s": as(SwinS), "swin_b": as(SwinB),
}
