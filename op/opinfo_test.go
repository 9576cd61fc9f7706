package op

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/recorded"
	"github.com/hekla-ml/hekla/shape"
)

// readTensors reads a safetensors file into float64 arrays; float32 inputs
// become float64 ones.
func readTensors(t *testing.T, name string) map[string]*Array {
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	n := binary.LittleEndian.Uint64(data)
	var header map[string]struct {
		DType   string `json:"dtype"`
		Shape   []int  `json:"shape"`
		Offsets [2]int `json:"data_offsets"`
	}
	raw := map[string]json.RawMessage{}
	if err := json.Unmarshal(data[8:8+n], &raw); err != nil {
		t.Fatal(err)
	}
	delete(raw, "__metadata__")
	rest, _ := json.Marshal(raw)
	if err := json.Unmarshal(rest, &header); err != nil {
		t.Fatal(err)
	}
	res := map[string]*Array{}
	for key, h := range header {
		p := data[8+n:][h.Offsets[0]:h.Offsets[1]]
		var d dtype.DType
		var get func(i int) float64
		switch h.DType {
		case "F32":
			d, get = dtype.Float64, func(i int) float64 {
				return float64(math.Float32frombits(binary.LittleEndian.Uint32(p[4*i:])))
			}
		case "F64":
			d, get = dtype.Float64, func(i int) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(p[8*i:])) }
		case "I64":
			d, get = dtype.Int64, func(i int) float64 { return float64(int64(binary.LittleEndian.Uint64(p[8*i:]))) }
		case "I32":
			d, get = dtype.Int32, func(i int) float64 { return float64(int32(binary.LittleEndian.Uint32(p[4*i:]))) }
		case "U8":
			d, get = dtype.Uint8, func(i int) float64 { return float64(p[i]) }
		case "BOOL":
			d, get = dtype.Bool, func(i int) float64 { return float64(p[i]) }
		default:
			continue // read by no test here
		}
		a := NewArray(d, h.Shape...)
		for i := range a.Data {
			a.Data[i] = get(i)
		}
		res[key] = a
	}
	return res
}

// A torchCall is one sample: the arguments of a call in Python.
type torchCall struct {
	Input  any
	Args   []any
	Kwargs map[string]any
	Outs   int
	Grads  []string

	b       Builder
	tensors map[string]*Array
}

// arg returns an argument by position after the input, or by name; nil if it
// was not given.
func (c *torchCall) arg(i int, name string) any {
	if v, ok := c.Kwargs[name]; ok {
		return v
	}
	if i >= 0 && i < len(c.Args) {
		return c.Args[i]
	}
	return nil
}

func (c *torchCall) value(v any) Value {
	if m, ok := v.(map[string]any); ok {
		if name, ok := m["tensor"].(string); ok {
			if a := c.tensors[name]; a != nil {
				return a
			}
			panic("no tensor " + name)
		}
	}
	return nil
}

func (c *torchCall) in() Value                       { return c.value(c.Input) }
func (c *torchCall) tensor(i int, name string) Value { return c.value(c.arg(i, name)) }

func (c *torchCall) float(i int, name string, absent float64) float64 {
	switch v := c.arg(i, name).(type) {
	case float64:
		return v
	case bool:
		if v {
			return 1
		}
		return 0
	case map[string]any:
		switch v["float"] {
		case "inf":
			return math.Inf(1)
		case "-inf":
			return math.Inf(-1)
		}
	}
	return absent
}

func (c *torchCall) int(i int, name string, absent int) int {
	return int(c.float(i, name, float64(absent)))
}
func (c *torchCall) bool(i int, name string) bool { return c.float(i, name, 0) != 0 }

func (c *torchCall) str(i int, name, absent string) string {
	if s, ok := c.arg(i, name).(string); ok {
		return s
	}
	return absent
}

// list returns a tuple or list, or one number as a list; null is -1.
func (c *torchCall) list(i int, name string) []any {
	switch v := c.arg(i, name).(type) {
	case map[string]any:
		for _, k := range []string{"tuple", "list", "size"} {
			if l, ok := v[k].([]any); ok {
				return l
			}
		}
	case float64:
		return []any{v}
	}
	return nil
}

func (c *torchCall) ints(i int, name string) []int {
	var l []int
	for _, v := range c.list(i, name) {
		if f, ok := v.(float64); ok {
			l = append(l, int(f))
		} else {
			l = append(l, -1)
		}
	}
	return l
}

// with returns the values that are not nil.
func with(v ...Value) []Value {
	return slices.DeleteFunc(v, func(v Value) bool { return v == nil })
}

// batched runs f with a leading axis of 1 if x, which has n spatial axes, has
// no batch.
func (c *torchCall) batched(n int, f func(x Value) []Value) []Value {
	x := c.in()
	if len(x.Shape()) != n+1 {
		return f(x)
	}
	outs := slices.Clone(f(c.b.Reshape(x, append([]int{1}, x.Shape()...))))
	for i, y := range outs {
		outs[i] = c.b.Reshape(y, y.Shape()[1:])
	}
	return outs
}

func (c *torchCall) bias(y Value, bias Value) Value {
	if bias == nil {
		return y
	}
	s := slices.Repeat([]int{1}, len(y.Shape()))
	s[1] = bias.Shape()[0]
	return c.b.Add(y, c.b.Reshape(bias, s))
}

// torchOps says how to make each call of PyTorch's with our ops. A nil result
// skips the sample.
var torchOps = map[string]func(c *torchCall) []Value{}

func conv(n int) func(c *torchCall) []Value {
	return func(c *torchCall) []Value {
		a := ConvAttrs{Stride: c.ints(2, "stride"), Dilation: c.ints(4, "dilation"), Groups: c.int(5, "groups", 1)}
		w := c.tensor(0, "weight")
		switch c.str(3, "padding", "") {
		case "":
			a.Pad = c.ints(3, "padding")
		case "valid":
		case "same":
			return nil // made with Pad by callers
		}
		return c.batched(n, func(x Value) []Value {
			return []Value{c.bias(c.b.one(Conv, a, x, w), c.tensor(1, "bias"))}
		})
	}
}

func convT(n int) func(c *torchCall) []Value {
	return func(c *torchCall) []Value {
		a := ConvAttrs{Stride: c.ints(2, "stride"), Pad: c.ints(3, "padding"), OutPad: c.ints(4, "output_padding"), Groups: c.int(5, "groups", 1), Dilation: c.ints(6, "dilation")}
		return c.batched(n, func(x Value) []Value {
			return []Value{c.bias(c.b.one(ConvTranspose, a, x, c.tensor(0, "weight")), c.tensor(1, "bias"))}
		})
	}
}

func maxPool(n int) func(c *torchCall) []Value {
	return func(c *torchCall) []Value {
		a := PoolAttrs{Kernel: c.ints(0, "kernel_size"), Stride: c.ints(1, "stride"), Pad: c.ints(2, "padding"), Dilation: c.ints(3, "dilation"), Ceil: c.bool(4, "ceil_mode")}
		return c.batched(n, func(x Value) []Value { return c.b.Apply(MaxPool, a, x)[:c.Outs] })
	}
}

func avgPool(n int) func(c *torchCall) []Value {
	return func(c *torchCall) []Value {
		a := PoolAttrs{Kernel: c.ints(0, "kernel_size"), Stride: c.ints(1, "stride"), Pad: c.ints(2, "padding"), Ceil: c.bool(3, "ceil_mode"), Divisor: c.int(5, "divisor_override", 0)}
		a.ExcludePad = c.int(4, "count_include_pad", 1) == 0
		return c.batched(n, func(x Value) []Value { return c.b.Apply(AvgPool, a, x) })
	}
}

func adaptivePool(n int, o *Op) func(c *torchCall) []Value {
	return func(c *torchCall) []Value {
		a := AdaptiveAttrs{Size: c.ints(0, "output_size")}
		return c.batched(n, func(x Value) []Value { return c.b.Apply(o, a, x)[:c.Outs] })
	}
}

func resize(mode ResizeMode, legacy bool) func(c *torchCall) []Value {
	return func(c *torchCall) []Value {
		x := c.in()
		a := ResizeAttrs{Size: c.ints(0, "size"), Mode: mode, AlignCorners: c.bool(3, "align_corners")}
		if legacy && mode == ResizeLinear {
			a.AlignCorners = true
		}
		n := len(x.Shape()) - 2
		if len(a.Size) == 1 {
			a.Size = slices.Repeat(a.Size, n)
		}
		if len(a.Size) == 0 {
			for i, f := range slices.Repeat([]float64{c.float(1, "scale_factor", 0)}, n) {
				a.Size = append(a.Size, int(math.Floor(float64(x.Shape()[i+2])*f)))
				a.Scales = append(a.Scales, f)
			}
		}
		return c.b.Apply(Resize, a, x)
	}
}

func scanOf(o *Op) func(c *torchCall) []Value {
	return func(c *torchCall) []Value {
		if c.arg(-1, "dtype") != nil {
			return nil // computed in float32
		}
		return c.b.Apply(o, ScanAttrs{Axis: c.int(0, "dim", 0)}, c.in())
	}
}

func softmaxOf(o *Op) func(c *torchCall) []Value {
	return func(c *torchCall) []Value {
		if c.arg(1, "dtype") != nil {
			return nil
		}
		return c.b.Apply(o, AxisAttrs{c.int(0, "dim", 0)}, c.in())
	}
}

func scatterReduceOf(a ScatterReduceAttrs) func(c *torchCall) []Value {
	return func(c *torchCall) []Value {
		a := a
		a.Axis, a.ExcludeSelf = c.int(0, "dim", 0), c.int(-1, "include_self", 1) == 0
		return c.b.Apply(ScatterReduce, a, c.in(), c.tensor(1, "index"), c.tensor(2, "src"))
	}
}

func argOf(o *Op, flatOuts int) func(c *torchCall) []Value {
	return func(c *torchCall) []Value {
		if c.tensor(0, "dim") != nil { // max(x, y)
			return nil
		}
		a := ArgAttrs{Flat: c.arg(0, "dim") == nil, Axis: c.int(0, "dim", 0), Keep: c.bool(1, "keepdim")}
		if a.Flat {
			return c.b.Apply(o, a, c.in())[:flatOuts]
		}
		return c.b.Apply(o, a, c.in())
	}
}

func varOf(o *Op) func(c *torchCall) []Value {
	return func(c *torchCall) []Value {
		if len(c.Args) > 0 {
			return nil
		}
		return c.b.Apply(o, VarAttrs{Axes: c.ints(-1, "dim"), Keep: c.bool(-1, "keepdim"), Correction: c.float(-1, "correction", c.float(-1, "unbiased", 1))}, c.in())
	}
}

func pad(mode PadMode) func(c *torchCall) []Value {
	return func(c *torchCall) []Value {
		n := len(c.in().Shape())
		a := PadAttrs{Before: make([]int, n), After: make([]int, n), Mode: mode}
		for i, p := range c.ints(0, "pad") { // pairs, the last axis first
			if k := n - 1 - i/2; i%2 == 0 {
				a.Before[k] = p
			} else {
				a.After[k] = p
			}
		}
		if mode == PadConstant {
			if a.Value = c.float(2, "value", 0); c.str(1, "mode", "") == "" {
				a.Value = c.float(1, "value", a.Value)
			}
		}
		return c.b.Apply(Pad, a, c.in())
	}
}

func loss(o *Op) func(c *torchCall) []Value {
	return func(c *torchCall) []Value {
		a := LossAttrs{Smoothing: c.float(-1, "label_smoothing", 0)}
		if c.arg(-1, "ignore_index") != nil {
			k := c.int(-1, "ignore_index", 0)
			a.Ignore = &k
		}
		a.Reduction = map[string]Reduction{"mean": ReduceMean, "sum": ReduceSum, "none": ReduceNone}[c.str(-1, "reduction", "mean")]
		return c.b.Apply(o, a, with(c.in(), c.tensor(0, "target"), c.tensor(-1, "weight"))...)
	}
}

func init() {
	for n := 1; n <= 3; n++ {
		s := fmt.Sprint(n, "d")
		if n < 3 { // OpInfo has no conv3d
			torchOps["nn.functional.conv"+s] = conv(n)
		}
		torchOps["nn.functional.conv_transpose"+s] = convT(n)
		torchOps["nn.functional.max_pool"+s] = maxPool(n)
		torchOps["nn.functional.avg_pool"+s] = avgPool(n)
		torchOps["nn.functional.adaptive_avg_pool"+s] = adaptivePool(n, AdaptiveAvgPool)
		torchOps["nn.functional.adaptive_max_pool"+s] = adaptivePool(n, AdaptiveMaxPool)
	}
	for name, f := range map[string]func(c *torchCall) []Value{
		"nn.functional.interpolate.nearest":   resize(ResizeNearest, false),
		"nn.functional.interpolate.linear":    resize(ResizeLinear, false),
		"nn.functional.interpolate.bilinear":  resize(ResizeLinear, false),
		"nn.functional.interpolate.trilinear": resize(ResizeLinear, false),
		"nn.functional.interpolate.bicubic":   resize(ResizeCubic, false),
		"nn.functional.upsample_bilinear":     resize(ResizeLinear, true),
		"nn.functional.upsample_nearest":      resize(ResizeNearest, true),
		"nn.functional.pad.constant":          pad(PadConstant),
		"nn.functional.pad.reflect":           pad(PadReflect),
		"nn.functional.pad.replicate":         pad(PadReplicate),
		"nn.functional.pad.circular":          pad(PadCircular),
		"constant_pad_nd":                     pad(PadConstant),
		"nn.functional.nll_loss":              loss(NLLLoss),
		"nn.functional.cross_entropy":         loss(CrossEntropy),

		"softmax": softmaxOf(Softmax), "log_softmax": softmaxOf(LogSoftmax),
		"logsumexp": func(c *torchCall) []Value {
			return c.b.Apply(LogSumExp, ReduceAttrs{Axes: c.ints(0, "dim"), Keep: c.bool(1, "keepdim")}, c.in())
		},
		"cumsum": scanOf(CumSum), "cumprod": scanOf(CumProd), "cummax": scanOf(CumMax), "cummin": scanOf(CumMin), "logcumsumexp": scanOf(LogCumSumExp),
		"scatter_reduce.sum": scatterReduceOf(ScatterReduceAttrs{}), "scatter_reduce.mean": scatterReduceOf(ScatterReduceAttrs{Mean: true}),
		"scatter_reduce.prod": scatterReduceOf(ScatterReduceAttrs{By: ByProd}), "scatter_reduce.amax": scatterReduceOf(ScatterReduceAttrs{By: ByMax}),
		"scatter_reduce.amin": scatterReduceOf(ScatterReduceAttrs{By: ByMin}),
		"argmax":              argOf(ArgMax, 1), "argmin": argOf(ArgMin, 1),
		"max.reduction_with_dim": argOf(Max, 1), "min.reduction_with_dim": argOf(Min, 1),
		"median": argOf(Median, 1), "nanmedian": argOf(NanMedian, 1),
		"var": varOf(Var), "std": varOf(Std), "var_mean": varOf(VarMean),

		"gather": func(c *torchCall) []Value {
			x, index := c.in(), c.tensor(1, "index")
			if len(x.Shape()) != len(index.Shape()) { // a scalar with a vector
				return nil
			}
			return c.b.Apply(Gather, AxisAttrs{c.int(0, "dim", 0)}, x, index)
		},
		"scatter_add": func(c *torchCall) []Value {
			if len(c.in().Shape()) == 0 {
				return nil
			}
			return c.b.Apply(ScatterAdd, AxisAttrs{c.int(0, "dim", 0)}, c.in(), c.tensor(1, "index"), c.tensor(2, "src"))
		},
		"scatter": func(c *torchCall) []Value {
			src := c.tensor(2, "src")
			if src == nil || c.arg(-1, "reduce") != nil || len(c.in().Shape()) == 0 {
				return nil
			}
			return c.b.Apply(Scatter, AxisAttrs{c.int(0, "dim", 0)}, c.in(), c.tensor(1, "index"), src)
		},
		"index_select": func(c *torchCall) []Value {
			if len(c.in().Shape()) == 0 {
				return nil
			}
			return c.b.Apply(IndexSelect, IndexAttrs{Axis: c.int(0, "dim", 0)}, c.in(), c.tensor(1, "index"))
		},
		"index_add": func(c *torchCall) []Value {
			a := IndexAttrs{Axis: c.int(0, "dim", 0), Scale: c.float(-1, "alpha", 1)}
			if len(c.in().Shape()) == 0 || a.Scale == 0 { // 0 means 1 here
				return nil
			}
			return c.b.Apply(IndexAdd, a, c.in(), c.tensor(1, "index"), c.tensor(2, "source"))
		},
		"index_put": func(c *torchCall) []Value {
			in := []Value{c.in(), c.tensor(1, "values")}
			for _, v := range c.list(0, "indices") {
				if in = append(in, c.value(v)); !in[len(in)-1].DType().IsInt() {
					return nil // masks
				}
			}
			return c.b.Apply(IndexPut, IndexPutAttrs{c.bool(2, "accumulate")}, in...)
		},
		"nn.functional.embedding": func(c *torchCall) []Value {
			a := EmbeddingAttrs{ScaleByFreq: c.bool(-1, "scale_grad_by_freq")}
			if c.arg(-1, "padding_idx") != nil {
				p := c.int(-1, "padding_idx", 0)
				if p < 0 {
					p += c.in().Shape()[0]
				}
				a.Padding = &p
			}
			return c.b.Apply(Embedding, a, c.in(), c.tensor(0, "weight"))
		},
		"sort": func(c *torchCall) []Value {
			return c.b.Apply(Sort, SortAttrs{Axis: c.int(0, "dim", -1), Descending: c.bool(1, "descending")}, c.in())
		},
		"argsort": func(c *torchCall) []Value {
			return c.b.Apply(ArgSort, SortAttrs{Axis: c.int(0, "dim", -1), Descending: c.bool(1, "descending")}, c.in())
		},
		"topk": func(c *torchCall) []Value {
			if c.int(3, "sorted", 1) == 0 {
				return nil // in no order
			}
			return c.b.Apply(TopK, TopKAttrs{K: c.int(0, "k", 0), Axis: c.int(1, "dim", -1), Smallest: c.int(2, "largest", 1) == 0}, c.in())
		},
		"kthvalue": func(c *torchCall) []Value {
			return c.b.Apply(KthValue, KthAttrs{K: c.int(0, "k", 0), Axis: c.int(1, "dim", -1), Keep: c.bool(2, "keepdim")}, c.in())
		},
		"searchsorted": func(c *torchCall) []Value {
			if c.arg(-1, "sorter") != nil {
				return nil
			}
			return c.b.Apply(SearchSorted, SearchAttrs{c.bool(-1, "right") || c.str(-1, "side", "") == "right"}, c.in(), c.tensor(0, "values"))
		},
		"bucketize": func(c *torchCall) []Value {
			return c.b.Apply(Bucketize, SearchAttrs{c.bool(-1, "right")}, c.in(), c.tensor(0, "boundaries"))
		},
		"roll": func(c *torchCall) []Value {
			return c.b.Apply(Roll, RollAttrs{c.ints(0, "shifts"), c.ints(1, "dims")}, c.in())
		},
		"flip": func(c *torchCall) []Value {
			if len(c.ints(-1, "dims")) == 0 { // no axes are all axes here
				return nil
			}
			return c.b.Apply(Flip, FlipAttrs{c.ints(-1, "dims")}, c.in())
		},
		"tril": func(c *torchCall) []Value {
			return c.b.Apply(Tril, TriangleAttrs{c.int(0, "diagonal", 0)}, c.in())
		},
		"triu": func(c *torchCall) []Value {
			return c.b.Apply(Triu, TriangleAttrs{c.int(0, "diagonal", 0)}, c.in())
		},
		"linalg.vector_norm": func(c *torchCall) []Value {
			return c.b.Apply(Norm, PNormAttrs{P: c.float(0, "ord", 2), Axes: c.ints(1, "dim"), Keep: c.bool(2, "keepdim")}, c.in())
		},
		"nn.functional.batch_norm": func(c *torchCall) []Value {
			a := NormAttrs{Eps: c.float(-1, "eps", 1e-5)}
			affine := with(c.tensor(2, "weight"), c.tensor(3, "bias"))
			if c.tensor(2, "weight") == nil && len(affine) == 1 || len(c.in().Shape()) < 2 {
				return nil // a bias alone; no channels
			}
			if !c.bool(-1, "training") {
				return c.b.Apply(BatchNormEval, a, append([]Value{c.in(), c.tensor(0, ""), c.tensor(1, "")}, affine...)...)
			}
			return c.b.Apply(BatchNorm, a, append([]Value{c.in()}, affine...)...)[:1]
		},
		"nn.functional.layer_norm": func(c *torchCall) []Value {
			if c.tensor(1, "weight") == nil && c.tensor(2, "bias") != nil {
				return nil
			}
			a := NormAttrs{Axes: len(c.list(0, "")), Eps: c.float(3, "eps", 1e-5)}
			return c.b.Apply(LayerNorm, a, with(c.in(), c.tensor(1, "weight"), c.tensor(2, "bias"))...)[:1]
		},
		"nn.functional.group_norm": func(c *torchCall) []Value {
			if c.tensor(1, "weight") == nil && c.tensor(2, "bias") != nil {
				return nil
			}
			a := NormAttrs{Groups: c.int(0, "num_groups", 1), Eps: c.float(3, "eps", 1e-5)}
			return c.b.Apply(GroupNorm, a, with(c.in(), c.tensor(1, "weight"), c.tensor(2, "bias"))...)
		},
		"nn.functional.instance_norm": func(c *torchCall) []Value {
			if c.int(-1, "use_input_stats", 1) == 0 || c.tensor(-1, "weight") == nil && c.tensor(-1, "bias") != nil {
				return nil
			}
			return c.b.Apply(InstanceNorm, NormAttrs{Eps: c.float(-1, "eps", 1e-5)}, with(c.in(), c.tensor(-1, "weight"), c.tensor(-1, "bias"))...)
		},
		"nn.functional._scaled_dot_product_attention": func(c *torchCall) []Value {
			if c.float(-1, "dropout_p", 0) != 0 || c.Outs != 1 && c.bool(-1, "need_attn_weights") {
				return nil // random
			}
			in := with(c.in(), c.tensor(0, "key"), c.tensor(1, "value"), c.tensor(2, "attn_mask"))
			return c.b.Apply(Attention, AttentionAttrs{Causal: c.bool(-1, "is_causal")}, in...)
		},
	} {
		torchOps[name] = f
	}
}

// differ returns how a is not b, up to tol relative to the larger of b and 1.
func differ(a Value, b *Array, tol float64) string {
	x, ok := a.(*Array)
	if !ok {
		return "missing"
	}
	if !slices.Equal(x.Meta.Shape, b.Meta.Shape) && shape.Numel(x.Meta.Shape)+shape.Numel(b.Meta.Shape) != 0 {
		return fmt.Sprintf("shape %v, want %v", x.Meta.Shape, b.Meta.Shape)
	}
	for i, want := range b.Data {
		got := x.Data[i]
		if got == want || got != got && want != want {
			continue
		}
		if !(math.Abs(got-want) <= tol*math.Max(1, math.Abs(want))) {
			return fmt.Sprintf("element %d is %v, want %v", i, got, want)
		}
	}
	return ""
}

// illPosed names samples whose gradient is a convention, and says which.
var illPosed = map[string]string{
	"index_put/0": "two values for one place: PyTorch gives a gradient to both, we to the one that stays",
	"index_put/4": "the same",
}

// attempt reports a panic of the call as an error of the sample.
func attempt(t *testing.T, i int, c *torchCall, f func(c *torchCall) []Value) []Value {
	defer func() {
		if e := recover(); e != nil {
			t.Errorf("sample %d %v %v: %v", i, c.Args, c.Kwargs, e)
		}
	}()
	return f(c)
}

// PyTorch's own samples of its ops (OpInfo), with results and gradients in
// float64, against the reference.
func TestOpInfo(t *testing.T) {
	dir := recorded.Oracle(t, "opinfo")
	for name, f := range torchOps {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(dir, name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			var info struct{ Samples []*torchCall }
			if err := json.Unmarshal(data, &info); err != nil {
				t.Fatal(err)
			}
			tensors := readTensors(t, filepath.Join(dir, name+".safetensors"))
			skipped := 0
			for i, c := range info.Samples {
				c.tensors = tensors
				tape := NewTape(Reference{})
				c.b = Builder{tape}
				outs := attempt(t, i, c, f)
				if outs == nil {
					skipped++
					continue
				}
				call, _ := json.Marshal([]any{c.Args, c.Kwargs})
				var cot []Value
				for k, y := range outs {
					want := tensors[fmt.Sprintf("%d.out%d", i, k)]
					if want == nil {
						t.Errorf("sample %d: no output %d", i, k)
						continue
					}
					if d := differ(y, want, 1e-9); d != "" {
						t.Errorf("sample %d %s: output %d: %s", i, call, k, d)
					}
					if g := tensors[fmt.Sprintf("%d.gradout%d", i, k)]; g != nil {
						cot = append(cot, c.b.Reshape(g, y.Shape()))
					} else {
						cot = append(cot, nil)
					}
				}
				// Some results, as attention's weights, are no output of ours.
				more := tensors[fmt.Sprintf("%d.gradout%d", i, len(outs))] != nil
				if len(c.Grads) == 0 || cot[0] == nil || more || illPosed[fmt.Sprint(name, "/", i)] != "" {
					continue
				}
				var wrt []Value
				for _, g := range c.Grads {
					wrt = append(wrt, tensors[g])
				}
				for k, g := range tape.Grad(outs, cot, wrt) {
					want := tensors[c.Grads[k]+".grad"]
					if want == nil {
						continue
					}
					if g == nil {
						g = NewArray(want.Meta.DType, want.Meta.Shape...)
					}
					if d := differ(g, want, 1e-8); d != "" {
						t.Errorf("sample %d %s: gradient of %s: %s", i, call, strings.TrimPrefix(c.Grads[k], fmt.Sprint(i, ".")), d)
					}
				}
			}
			if skipped == len(info.Samples) {
				t.Errorf("all %d samples skipped", skipped)
			}
		})
	}
}
