package golden

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/hashfill"
	"github.com/hekla-ml/hekla/internal/recorded"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

type moduleCase struct {
	Module string
	Args   []any
	Kwargs map[string]any
	Desc   any
	Train  bool
}

// Modules compares layers with PyTorch's: outputs, gradients of inputs and
// parameters, buffers afterwards, and the names of all of them. It takes every
// step-th case, on a device, in a type, with a relative tolerance.
func Modules(t *testing.T, dev backend.Device, d dtype.DType, tol float64, step int) {
	cases := ReadJSON[[]moduleCase](t, recorded.Oracle(t, "golden/modules.json"))
	data := ReadTensors(t, recorded.Oracle(t, "golden/modules.safetensors"))
	count := &Tally{Section: fmt.Sprintf("modules device=%s dtype=%v", dev.Info().Name, d)}
	defer count.Report(t)
	for n, c := range cases {
		if n%step != 0 {
			continue
		}
		sub := map[string]*tensor.Tensor{}
		for name, x := range data {
			if rest, ok := strings.CutPrefix(name, fmt.Sprintf("%d.", n)); ok {
				sub[rest] = x
			}
		}
		var m nn.Layer
		err := tensor.Try(func() error { m = c.layer(nn.On(dev, d, 1)); return nil })
		if m == nil && err == nil {
			count.Skipped = append(count.Skipped, c.Module)
			continue
		}
		bad := ""
		if err != nil {
			bad = err.Error()
		} else {
			tol := tol
			if c.Module == "Hardsigmoid" {
				tol = max(tol, 1e-7) // PyTorch's 1/6 is a float32 here
			}
			gradTol := tol
			if c.Module == "CrossMapLRN2d" {
				// PyTorch's gradient of this one errs: its own gradcheck refuses it, by up to
				// 3e-6, where that of LocalResponseNorm, the same formula, passes.
				gradTol = max(tol, 1e-5)
			}
			bad = compareModule(m, c.Train, on(dev, d, sub), tol, gradTol)
		}
		if bad != "" {
			count.Failed++
			t.Errorf("%d: %s%v (%v): %s", n, c.Module, c.Args, c.Desc, bad)
		} else {
			count.Passed++
		}
	}
}

// on moves recorded tensors to a device, floats in the type of the run.
func on(dev backend.Device, d dtype.DType, data map[string]*tensor.Tensor) map[string]*tensor.Tensor {
	moved := map[string]*tensor.Tensor{}
	for name, x := range data {
		if x.DType().IsFloat() {
			x = x.To(d)
		}
		moved[name] = x.ToDevice(dev)
	}
	return moved
}

func compareModule(m nn.Layer, train bool, data map[string]*tensor.Tensor, tol, gradTol float64) (bad string) {
	state := map[string]*tensor.Tensor{}
	for name, x := range data {
		if key, ok := strings.CutPrefix(name, "sd."); ok {
			state[key] = x
		}
	}
	if err := nn.LoadStateDict(m, state, true); err != nil {
		return err.Error()
	}
	if !train {
		nn.Eval(m)
	}
	x := data["in"]
	if x.DType().IsFloat() {
		x.SetRequiresGrad(true)
	}
	err := tensor.Try(func() error {
		y := m.Forward(x)
		if bad := Differs(y, data["out"], tol); bad != "" {
			return fmt.Errorf("output: %s", bad)
		}
		g := tensor.From(y.Device(), hashfill.Numbers(y.Numel(), 999, 1), y.Shape()...).To(y.DType())
		autograd.Backward(y, autograd.WithGrad(g))
		return nil
	})
	if err != nil {
		return err.Error()
	}
	grads := map[string]*tensor.Tensor{"in": x.Grad()}
	for name, p := range nn.NamedParameters(m) {
		grads["sd."+name] = p.Grad()
	}
	after := maps.Collect(nn.StateDict(m))
	for name, want := range data {
		if key, ok := strings.CutPrefix(name, "grad."); ok {
			if grads[key] == nil {
				return "no gradient of " + key
			}
			if bad := Differs(grads[key], want, gradTol); bad != "" {
				return fmt.Sprintf("gradient of %s: %s", key, bad)
			}
		}
		if key, ok := strings.CutPrefix(name, "after."); ok {
			if bad := Differs(after[key], want, tol); bad != "" {
				return fmt.Sprintf("%s afterwards: %s", key, bad)
			}
		}
	}
	return ""
}

// layer translates a recorded case; nil if there is no such layer.
func (c moduleCase) layer(b *nn.Maker) nn.Layer {
	num := func(i int, def float64) float64 {
		if i < len(c.Args) {
			if x, ok := c.Args[i].(float64); ok {
				return x
			}
		}
		return def
	}
	integer := func(i int, def int) int { return int(num(i, float64(def))) }
	flag := func(i int, def bool) bool {
		if i < len(c.Args) {
			def, _ = c.Args[i].(bool)
		}
		return def
	}
	list := func(i int) []int { // nil in Python is -1 here
		if i >= len(c.Args) {
			return nil
		}
		switch a := c.Args[i].(type) {
		case float64:
			return []int{int(a)}
		case []any:
			var l []int
			for _, x := range a {
				if f, ok := x.(float64); ok {
					l = append(l, int(f))
				} else {
					l = append(l, -1)
				}
			}
			return l
		}
		return nil
	}
	ifNot := func(i int, o nn.Option) (l []nn.Option) {
		if !flag(i, true) {
			l = append(l, o)
		}
		return l
	}
	batchNorm := func() []nn.Option {
		o := append(ifNot(3, nn.NoAffine), ifNot(4, nn.NoStats)...)
		o = append(o, nn.Eps(num(1, 1e-5)))
		if len(c.Args) > 2 && c.Args[2] == nil {
			return append(o, nn.Cumulative)
		}
		return append(o, nn.Momentum(num(2, 0.1)))
	}
	instanceNorm := func() []nn.Option {
		o := []nn.Option{nn.Eps(num(1, 1e-5)), nn.Momentum(num(2, 0.1))}
		if flag(3, false) {
			o = append(o, nn.Affine)
		}
		if flag(4, false) {
			o = append(o, nn.Track)
		}
		return o
	}
	conv := func() []nn.Option {
		o := append(ifNot(7, nn.NoBias), nn.Kernel(list(2)...), nn.Stride(list(3)...), nn.Dilation(list(5)...), nn.Groups(integer(6, 1)))
		if len(c.Args) > 4 && c.Args[4] == "same" {
			o = append(o, nn.Same)
		} else {
			o = append(o, nn.Pad(list(4)...))
		}
		if len(c.Args) > 8 {
			o = append(o, nn.Padding(map[any]nn.PadMode{"zeros": nn.PadZeros, "reflect": nn.PadReflect, "replicate": nn.PadReplicate, "circular": nn.PadCircular}[c.Args[8]]))
		}
		return o
	}
	convT := func() []nn.Option {
		return append(ifNot(7, nn.NoBias), nn.Kernel(list(2)...), nn.Stride(list(3)...), nn.Pad(list(4)...), nn.OutPad(list(5)...), nn.Groups(integer(6, 1)), nn.Dilation(list(8)...))
	}
	window := op.PoolAttrs{Kernel: list(0), Stride: list(1), Pad: list(2)}
	switch c.Module {
	case "Linear":
		return b.Linear(integer(0, 0), integer(1, 0), ifNot(2, nn.NoBias)...)
	case "Conv1d":
		return b.Conv1d(integer(0, 0), integer(1, 0), 0, conv()...)
	case "Conv2d":
		return b.Conv2d(integer(0, 0), integer(1, 0), 0, conv()...)
	case "Conv3d":
		return b.Conv3d(integer(0, 0), integer(1, 0), 0, conv()...)
	case "ConvTranspose1d":
		return b.ConvTranspose1d(integer(0, 0), integer(1, 0), 0, convT()...)
	case "ConvTranspose2d":
		return b.ConvTranspose2d(integer(0, 0), integer(1, 0), 0, convT()...)
	case "ConvTranspose3d":
		return b.ConvTranspose3d(integer(0, 0), integer(1, 0), 0, convT()...)
	case "BatchNorm1d":
		return b.BatchNorm1d(integer(0, 0), batchNorm()...)
	case "BatchNorm2d":
		return b.BatchNorm2d(integer(0, 0), batchNorm()...)
	case "BatchNorm3d":
		return b.BatchNorm3d(integer(0, 0), batchNorm()...)
	case "InstanceNorm1d":
		return b.InstanceNorm1d(integer(0, 0), instanceNorm()...)
	case "InstanceNorm2d":
		return b.InstanceNorm2d(integer(0, 0), instanceNorm()...)
	case "InstanceNorm3d":
		return b.InstanceNorm3d(integer(0, 0), instanceNorm()...)
	case "LayerNorm":
		return b.LayerNormOver(list(0), append(ifNot(2, nn.NoAffine), nn.Eps(num(1, 1e-5)))...)
	case "GroupNorm":
		return b.GroupNorm(integer(0, 0), integer(1, 0), append(ifNot(3, nn.NoAffine), nn.Eps(num(2, 1e-5)))...)
	case "LocalResponseNorm", "CrossMapLRN2d": // one formula, the second name is Caffe's
		return nn.LocalResponseNorm{Size: integer(0, 0), Alpha: num(1, 0), Beta: num(2, 0), K: num(3, 0)}
	case "Embedding":
		return b.Embedding(integer(0, 0), integer(1, 0))
	case "EmbeddingBag":
		mode := nn.BagMean
		if len(c.Args) > 5 {
			mode = map[any]nn.BagMode{"sum": nn.BagSum, "max": nn.BagMax}[c.Args[5]]
		}
		return b.EmbeddingBag(integer(0, 0), integer(1, 0), mode)
	case "PReLU":
		return b.PReLU(integer(0, 1))
	case "MaxPool1d":
		return nn.MaxPool1d{PerAxis: window}
	case "MaxPool2d":
		return nn.MaxPool2d{PerAxis: window}
	case "MaxPool3d":
		return nn.MaxPool3d{PerAxis: window}
	case "AvgPool1d":
		return nn.AvgPool1d{PerAxis: window}
	case "AvgPool2d":
		return nn.AvgPool2d{PerAxis: window}
	case "AvgPool3d":
		return nn.AvgPool3d{PerAxis: window}
	case "AdaptiveAvgPool1d":
		return nn.AdaptiveAvgPool1d{Size: list(0)}
	case "AdaptiveAvgPool2d":
		return nn.AdaptiveAvgPool2d{Size: list(0)}
	case "AdaptiveAvgPool3d":
		return nn.AdaptiveAvgPool3d{Size: list(0)}
	case "AdaptiveMaxPool1d":
		return nn.AdaptiveMaxPool1d{Size: list(0)}
	case "AdaptiveMaxPool2d":
		return nn.AdaptiveMaxPool2d{Size: list(0)}
	case "AdaptiveMaxPool3d":
		return nn.AdaptiveMaxPool3d{Size: list(0)}
	case "LPPool1d":
		return nn.LPPool1d{P: num(0, 2), Kernel: integer(1, 0), Stride: integer(2, 0)}
	case "LPPool2d":
		return nn.LPPool2d{P: num(0, 2), Kernel: integer(1, 0), Stride: integer(2, 0)}
	case "ReflectionPad1d", "ReflectionPad2d", "ReflectionPad3d":
		return nn.ReflectionPad{Pads: list(0)}
	case "ReplicationPad1d", "ReplicationPad2d", "ReplicationPad3d":
		return nn.ReplicationPad{Pads: list(0)}
	case "ConstantPad1d", "ConstantPad2d", "ConstantPad3d", "ZeroPad2d":
		return nn.ConstantPad{Pads: list(0), Value: num(1, 0)}
	case "Flatten":
		return nn.Flatten{Start: integer(0, 0), End: integer(1, 0)}
	case "Unflatten":
		return nn.Unflatten{Axis: integer(0, 0), Sizes: list(1)}
	case "PixelShuffle":
		return nn.PixelShuffle{Factor: integer(0, 0)}
	case "PixelUnshuffle":
		return nn.PixelUnshuffle{Factor: integer(0, 0)}
	case "ReLU":
		return nn.ReLU{}
	case "ReLU6":
		return nn.ReLU6{}
	case "SELU":
		return nn.SELU{}
	case "GELU":
		return nn.GELU{}
	case "SiLU":
		return nn.SiLU{}
	case "Mish":
		return nn.Mish{}
	case "Sigmoid":
		return nn.Sigmoid{}
	case "LogSigmoid":
		return nn.LogSigmoid{}
	case "Tanh":
		return nn.Tanh{}
	case "Tanhshrink":
		return nn.Tanhshrink{}
	case "Softsign":
		return nn.Softsign{}
	case "Hardsigmoid":
		return nn.Hardsigmoid{}
	case "Hardswish":
		return nn.Hardswish{}
	case "LeakyReLU":
		if num(0, 1) == 0 { // the zero value is the default; a slope of 0 is a ReLU
			return nn.ReLU{}
		}
		return nn.LeakyReLU{Slope: num(0, 0)}
	case "ELU":
		return nn.ELU{Alpha: num(0, 0)}
	case "CELU":
		return nn.CELU{Alpha: num(0, 0)}
	case "Softplus":
		return nn.Softplus{Beta: num(0, 0), Threshold: num(1, 0)}
	case "Hardtanh":
		return nn.Hardtanh{Min: num(0, 0), Max: num(1, 0)}
	case "Softshrink":
		return nn.Softshrink{Lambda: num(0, 0)}
	case "Hardshrink":
		return nn.Hardshrink{Lambda: num(0, 0)}
	case "Threshold":
		return nn.Threshold{At: num(0, 0), Value: num(1, 0)}
	case "GLU":
		if a := integer(0, -1); a >= 0 {
			return nn.GLU{FromEnd: 3 - a} // the recorded input has three axes
		}
		return nn.GLU{}
	case "Softmax":
		return nn.Softmax{Axis: integer(0, 0)}
	case "Softmax2d":
		return nn.Softmax{Axis: -3}
	case "LogSoftmax":
		return nn.LogSoftmax{Axis: integer(0, 0)}
	case "Softmin":
		return nn.Softmin{Axis: integer(0, 0)}
	case "TransformerEncoderLayer":
		tc := nn.TransformerConfig{FeedForward: integer(2, 0)}
		if len(c.Args) > 4 {
			tc.Activation = nn.GELU{}
		}
		return b.TransformerEncoderLayer(integer(0, 0), integer(1, 0), tc)
	case "RReLU":
		return nn.LeakyReLU{Slope: (num(0, 1./8) + num(1, 1./3)) / 2} // recorded in evaluation
	}
	return nil
}
