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
// Names, defaults and numbers are PyTorch's: the state of Net has the keys
// conv.weight, conv.bias, fc.weight and fc.bias.
package nn
