package functional_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/checkpoint"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/recorded"
	"github.com/hekla-ml/hekla/nn"
	F "github.com/hekla-ml/hekla/nn/functional"
	"github.com/hekla-ml/hekla/tensor"
)

// An info is PyTorch's samples of one function.
type info struct {
	Samples []struct {
		Input  any
		Args   []any
		Kwargs map[string]any
		Grads  []string
	}
}

// args are the arguments of a sample, by position (0 is the input) or name.
type args struct {
	list  []any
	named map[string]any
}

func (a args) t(i int) *tensor.Tensor {
	if i < len(a.list) {
		t, _ := a.list[i].(*tensor.Tensor)
		return t
	}
	return nil
}

func (a args) num(name string, def float64) float64 {
	switch x := a.named[name].(type) {
	case float64:
		return x
	}
	return def
}

func (a args) flag(name string) bool { b, _ := a.named[name].(bool); return b }

func (a args) ints(v any) (l []int) {
	switch v := v.(type) {
	case float64:
		return []int{int(v)}
	case []any:
		for _, x := range v {
			l = append(l, int(x.(float64)))
		}
	case *tensor.Tensor:
		for _, x := range v.Float64s() {
			l = append(l, int(x))
		}
	}
	return l
}

func (a args) reduction() nn.Reduction {
	return map[any]nn.Reduction{"none": nn.None, "sum": nn.Sum}[a.named["reduction"]]
}

func (a args) at(i int) any {
	if i < len(a.list) {
		return a.list[i]
	}
	return nil
}

// functions lists those whose arithmetic is in package nn: what is a tensor's
// method is compared in conformance/opinfo. A nil result is a sample with arguments
// that are not ours.
var functions = map[string]func(a args) *tensor.Tensor{
	"linear":   func(a args) *tensor.Tensor { return F.Linear(a.t(0), a.t(1), a.t(2)) },
	"bilinear": func(a args) *tensor.Tensor { return F.Bilinear(a.t(0), a.t(1), a.t(2), a.t(3)) },
	"conv1d":   conv, "conv2d": conv,
	"ctc_loss": func(a args) *tensor.Tensor {
		return F.CTCLoss(a.t(0), a.t(1), a.ints(a.at(2)), a.ints(a.at(3)), nn.CTCLoss{ZeroInfinity: a.flag("zero_infinity"), Reduction: a.reduction()})
	},
	"gaussian_nll_loss": func(a args) *tensor.Tensor {
		if !slices.Equal(a.t(0).Shape(), a.t(1).Shape()) {
			return nil // losses refuse shapes that only broadcast
		}
		return F.GaussianNLLLoss(a.t(0), a.t(1), a.t(2), nn.GaussianNLLLoss{Full: a.flag("full"), Eps: a.num("eps", 0), Reduction: a.reduction()})
	},
	"unfold": func(a args) *tensor.Tensor {
		return F.Unfold(a.t(0), a.ints(a.at(1)), F.Windows{Dilation: a.ints(a.at(2)), Pad: a.ints(a.at(3)), Stride: a.ints(a.at(4))})
	},
	"adaptive_avg_pool1d": func(a args) *tensor.Tensor { return F.AdaptiveAvgPool1d(a.t(0), a.ints(a.at(1))...) },
	"max_pool2d": func(a args) *tensor.Tensor {
		p := F.Pooling{Stride: a.ints(a.named["stride"]), Pad: a.ints(a.named["padding"]), Dilation: a.ints(a.named["dilation"]), Ceil: a.flag("ceil_mode")}
		return F.MaxPool2d(a.t(0), a.ints(a.named["kernel_size"]), p)
	},
	"group_norm": func(a args) *tensor.Tensor {
		w, _ := a.named["weight"].(*tensor.Tensor)
		b, _ := a.named["bias"].(*tensor.Tensor)
		if w == nil && b != nil {
			return nil
		}
		return F.GroupNorm(a.t(0), int(a.at(1).(float64)), w, b, a.num("eps", 1e-5))
	},
	"softmin": func(a args) *tensor.Tensor { return F.Softmin(a.t(0), int(a.at(1).(float64))) },
	"cosine_similarity": func(a args) *tensor.Tensor {
		return F.CosineSimilarity(a.t(0), a.t(1), int(a.num("dim", 1)), a.num("eps", 1e-8))
	},
	"pairwise_distance": func(a args) *tensor.Tensor {
		return nn.PairwiseDistance{P: a.num("p", 2), Eps: a.num("eps", 1e-6), Keep: a.flag("keepdim")}.Forward(a.t(0), a.t(1))
	},
	"pixel_shuffle":    func(a args) *tensor.Tensor { return F.PixelShuffle(a.t(0), int(a.num("upscale_factor", 1))) },
	"pixel_unshuffle":  func(a args) *tensor.Tensor { return F.PixelUnshuffle(a.t(0), int(a.num("downscale_factor", 1))) },
	"upsample_nearest": func(a args) *tensor.Tensor { return resized(a, nn.Upsample{Mode: nn.ResizeNearest}) },
	"upsample_bilinear": func(a args) *tensor.Tensor {
		return resized(a, nn.Upsample{Mode: nn.ResizeLinear, AlignCorners: true})
	},
	"interpolate.nearest": interpolated(nn.ResizeNearest), "interpolate.linear": interpolated(nn.ResizeLinear), "interpolate.area": interpolated(nn.ResizeArea),
	"interpolate.bilinear": interpolated(nn.ResizeLinear), "interpolate.bicubic": interpolated(nn.ResizeCubic), "interpolate.trilinear": interpolated(nn.ResizeLinear),
	"glu": func(a args) *tensor.Tensor { return F.GLU(a.t(0), int(a.at(1).(float64))) },
	"rrelu": func(a args) *tensor.Tensor {
		if a.flag("training") {
			return nil
		}
		return F.RReLU(a.t(0), a.num("lower", 1./8), a.num("upper", 1./3), false, nil)
	},
}

func conv(a args) *tensor.Tensor {
	pad, same := a.named["padding"].(string)
	c := F.Convolution{Stride: a.ints(a.named["stride"]), Dilation: a.ints(a.named["dilation"]), Groups: int(a.num("groups", 1)), Same: same && pad == "same"}
	if !same {
		c.Pad = a.ints(a.named["padding"])
	}
	return F.Conv(a.t(0), a.t(1), a.t(2), c)
}

func resized(a args, u nn.Upsample) *tensor.Tensor {
	u.Size = a.ints(a.named["size"])
	if s, ok := a.named["scale_factor"].(float64); ok {
		u.Scale = []float64{s}
	}
	return F.Interpolate(a.t(0), u)
}

// interpolated reads PyTorch's order: size, scale, mode, corners.
func interpolated(m nn.ResizeMode) func(a args) *tensor.Tensor {
	return func(a args) *tensor.Tensor {
		u := nn.Upsample{Mode: m, Size: a.ints(a.at(1))}
		if s, ok := a.at(2).(float64); ok {
			u.Scale = []float64{s}
		}
		u.AlignCorners, _ = a.at(4).(bool)
		return F.Interpolate(a.t(0), u)
	}
}

// TestOpInfo compares results and gradients with PyTorch's in float64.
func TestOpInfo(t *testing.T) {
	passed, failed, skipped := 0, 0, 0
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		path := recorded.Oracle(t, "opinfo/nn.functional."+name+".json")
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var rec info
		if err := json.Unmarshal(b, &rec); err != nil {
			t.Fatal(err)
		}
		data, err := checkpoint.Load(tensor.CPU(), path[:len(path)-len("json")]+"safetensors")
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range rec.Samples {
			made := map[string]*tensor.Tensor{}
			a := args{named: map[string]any{}}
			for _, v := range append([]any{s.Input}, s.Args...) {
				a.list = append(a.list, decode(v, data, made))
			}
			for k, v := range s.Kwargs {
				a.named[k] = decode(v, data, made)
			}
			bad := ""
			ran := false
			if err := tensor.Try(func() error {
				y := functions[name](a)
				if y == nil {
					return nil
				}
				ran = true
				bad = differs(y, data[fmt.Sprintf("%d.out0", i)])
				if g := data[fmt.Sprintf("%d.gradout0", i)]; bad == "" && g != nil && len(s.Grads) > 0 {
					autograd.Backward(y, autograd.WithGrad(g.To(dtype.Float64)))
					for _, in := range s.Grads {
						want := data[in+".grad"]
						if got := made[in].Grad(); got == nil {
							bad = "no gradient of " + in
						} else if d := differs(derivative(name, made[in], got), want); d != "" {
							bad = "gradient of " + in + ": " + d
						}
					}
				}
				return nil
			}); err != nil {
				bad = err.Error()
			}
			switch {
			case bad != "":
				failed++
				t.Errorf("%s sample %d %v %v: %s", name, i, s.Args, s.Kwargs, bad)
			case ran:
				passed++
			default:
				skipped++
			}
		}
	}
	fmt.Printf("golden: section=functional passed=%d failed=%d skipped=%d\n", passed, failed, skipped)
}

// derivative returns a gradient as PyTorch has it. Its gradient of CTC is that of
// log probabilities which come from a log softmax, projected as the log softmax
// would: ours is the derivative itself. Behind a log softmax both are the same.
func derivative(name string, x, grad *tensor.Tensor) *tensor.Tensor {
	if name != "ctc_loss" {
		return grad
	}
	return grad.Sub(x.Detach().Exp().Mul(grad.SumKeep(-1)))
}

// decode turns a recorded argument into a float64, bool, string, []any or tensor.
func decode(v any, data, made map[string]*tensor.Tensor) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for _, k := range []string{"tuple", "list", "size"} {
		if l, ok := m[k].([]any); ok {
			return l
		}
	}
	name, ok := m["tensor"].(string)
	if !ok {
		return nil
	}
	t := data[name]
	if t.DType().IsFloat() {
		t = t.To(dtype.Float64).Clone()
		if m["requires_grad"] == true {
			t.SetRequiresGrad(true)
		}
	}
	made[name] = t
	return t
}

// differs returns where two tensors differ by more than rounding in float64.
func differs(got, want *tensor.Tensor) string {
	if !slices.Equal(got.Shape(), want.Shape()) {
		return fmt.Sprintf("shape %v, want %v", got.Shape(), want.Shape())
	}
	g, w := got.Detach().To(dtype.Float64).Float64s(), want.To(dtype.Float64).Float64s()
	for i := range g {
		if math.IsNaN(g[i]) && math.IsNaN(w[i]) || g[i] == w[i] {
			continue
		}
		if !(math.Abs(g[i]-w[i]) <= 1e-9*max(1, math.Abs(w[i]))) {
			return fmt.Sprintf("element %d is %v, want %v", i, g[i], w[i])
		}
	}
	return ""
}
