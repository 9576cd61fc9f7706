// Package nn holds layers, losses and what walks over them. A module is any Go
// struct whose exported fields are parameters, buffers and other modules; there
// is nothing to register and no base class:
//
//	type Net struct {
//		Conv *nn.Conv2d
//		FC   *nn.Linear
//	}
//
//	b := nn.On(dev, dtype.Float32, 1)
//	net := &Net{Conv: b.Conv2d(1, 8, 3, nn.Pad(1)), FC: b.Linear(8*28*28, 10)}
//
// Slices and maps of modules and of parameters serve where PyTorch has ModuleList,
// ModuleDict and ParameterList. Package nn/functional has the layers as functions.
//
// Names, defaults and numbers are PyTorch's: the state of Net has the keys
// conv.weight, conv.bias, fc.weight and fc.bias.
package nn
