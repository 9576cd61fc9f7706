package op

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/internal/recorded"
)

// Values and gradients of PyTorch's own test cases (its OpInfo database) of
// elementwise functions and reductions, recorded in float64.

type recordedCase struct {
	Input  any
	Args   []any
	Kwargs map[string]any
	Grads  []string
}

// A translation of a case: an op, the names of its operands, and its
// attributes. ok is false for cases that it cannot express.
type translation func(c recordedCase) (o *Op, operands []string, attrs any, ok bool)

func tensorName(v any) string {
	if m, _ := v.(map[string]any); m != nil {
		s, _ := m["tensor"].(string)
		return s
	}
	return ""
}

// takes is the translation to an op of the tensors, in the order given by at
// (nil: as they come). scalars are names of keyword arguments and their
// defaults, in turn; numbers among the plain arguments fill them in order.
func takes(o *Op, at []int, scalars ...any) translation {
	return func(c recordedCase) (*Op, []string, any, bool) {
		var tensors []string
		var rest, set []float64
		for _, v := range append([]any{c.Input}, c.Args...) {
			if name := tensorName(v); name != "" {
				tensors = append(tensors, name)
			} else if x, ok := v.(float64); ok {
				rest = append(rest, x)
			} else {
				return nil, nil, nil, false
			}
		}
		known := 0
		for i := 0; i < len(scalars); i += 2 {
			x, named := c.Kwargs[scalars[i].(string)].(float64)
			switch {
			case named:
				known++
			case len(rest) > 0:
				x, rest = rest[0], rest[1:]
			default:
				x = scalars[i+1].(float64)
			}
			set = append(set, x)
		}
		if c.Kwargs["reduction"] == "none" {
			known++
		}
		if known < len(c.Kwargs) || len(rest) > 0 || len(tensors) != len(o.row.in) {
			return nil, nil, nil, false
		}
		if at != nil {
			in := make([]string, len(at))
			for i, k := range at {
				in[i] = tensors[k]
			}
			tensors = in
		}
		return o, tensors, attrsOf(set), true
	}
}

// unreduced takes only the cases of a loss that ask for no mean or sum.
func unreduced(f translation) translation {
	return func(c recordedCase) (*Op, []string, any, bool) {
		o, in, attrs, ok := f(c)
		return o, in, attrs, ok && c.Kwargs["reduction"] == "none"
	}
}

// reduces is the translation to a named reduction.
func reduces(o *Op) translation {
	return func(c recordedCase) (*Op, []string, any, bool) {
		a := ReduceAttrs{}
		dim, ok := c.Kwargs["dim"]
		if len(c.Args) > 0 {
			dim, ok = c.Args[0], true
		}
		switch d := dim.(type) {
		case float64:
			a.Axes = []int{int(d)}
		case map[string]any:
			l, _ := d["tuple"].([]any)
			for _, x := range l {
				a.Axes = append(a.Axes, int(x.(float64)))
			}
		default:
			if ok {
				return nil, nil, nil, false
			}
		}
		a.Keep, _ = c.Kwargs["keepdim"].(bool)
		return o, []string{tensorName(c.Input)}, a, len(c.Args) < 2 && c.Kwargs["dtype"] == nil
	}
}

// recordedTable holds the names that are not ours in lower case.
func recordedTable() map[string]translation {
	m := map[string]translation{
		"sum": reduces(Sum), "prod": reduces(Prod), "mean": reduces(Mean), "amax": reduces(AMax), "amin": reduces(AMin), "any": reduces(Any), "all": reduces(Every),
		"addcmul": takes(Addcmul, nil, "value", 1.), "addcdiv": takes(Addcdiv, nil, "value", 1.),
		"clamp": takes(ClampTo, nil), "clamp_min": takes(Maximum, nil), "clamp_max": takes(Minimum, nil),
		"where": takes(Where, []int{1, 0, 2}), "masked_fill": takes(MaskedFill, nil, "value", 0.),
		"nan_to_num":           takes(NanToNum, nil, "nan", 0., "posinf", math.MaxFloat64, "neginf", -math.MaxFloat64),
		"isclose":              takes(IsClose, nil, "rtol", 1e-5, "atol", 1e-8),
		"div.no_rounding_mode": takes(Div, nil), "true_divide": takes(Div, nil), "max.binary": takes(Maximum, nil), "min.binary": takes(Minimum, nil),
		"floor_divide": takes(FloorDivide, nil), "logical_and": takes(LogicalAnd, nil), "logical_or": takes(LogicalOr, nil), "logical_xor": takes(LogicalXor, nil), "logical_not": takes(LogicalNot, nil), "special.xlog1py": takes(Xlog1py, nil), "special.i0e": takes(I0e, nil), "special.i1": takes(I1, nil), "special.i1e": takes(I1e, nil), "special.modified_bessel_i0": takes(I0, nil), "special.modified_bessel_i1": takes(I1, nil), "sgn": takes(Sign, nil),
		"nn.functional.celu": takes(CELU, nil, "alpha", 1.), "nn.functional.elu": takes(ELU, nil, "alpha", 1.), "nn.functional.leaky_relu": takes(LeakyReLU, nil, "negative_slope", 0.01),
		"nn.functional.hardshrink": takes(Hardshrink, nil, "lambd", 0.5), "nn.functional.softshrink": takes(Softshrink, nil, "lambd", 0.5),
		"nn.functional.threshold": takes(Threshold, nil, "threshold", 0., "value", 0.), "nn.functional.softplus": takes(Softplus, nil, "beta", 1., "threshold", 20.),
		"nn.functional.smooth_l1_loss": unreduced(takes(SmoothL1, nil, "beta", 1.)), "nn.functional.huber_loss": unreduced(takes(Huber, nil, "delta", 1.)),
		"nn.functional.binary_cross_entropy_with_logits": unreduced(takes(BCEWithLogits, nil)),
		"nn.functional.hardtanh": func(c recordedCase) (*Op, []string, any, bool) {
			o, in, attrs, ok := takes(Hardtanh, nil, "min_val", -1., "max_val", 1.)(c)
			s, _ := attrs.([]float64)
			return o, in, attrs, ok && s[0] <= s[1]
		},
		"nn.functional.gelu": func(c recordedCase) (*Op, []string, any, bool) {
			if c.Kwargs["approximate"] == "tanh" {
				return GELUTanh, []string{tensorName(c.Input)}, nil, true
			}
			return GELU, []string{tensorName(c.Input)}, nil, true
		},
		"lerp": func(c recordedCase) (*Op, []string, any, bool) {
			if len(c.Args) == 2 && tensorName(c.Args[1]) != "" {
				return takes(Lerp, nil)(c)
			}
			return takes(LerpScalar, nil, "weight", 0.)(c)
		},
		"matmul": func(c recordedCase) (*Op, []string, any, bool) {
			return MatMul, []string{tensorName(c.Input), tensorName(c.Args[0])}, nil, true
		},
	}
	for _, o := range All() {
		if o.row == nil || len(o.row.scalars) > 0 {
			continue
		}
		for _, n := range []string{o.Name, "nn.functional." + o.Name} {
			if m[n] == nil {
				m[n] = takes(o, nil)
			}
		}
	}
	return m
}

// loose lists the ops in which PyTorch rounds a constant to float32.
var loose = map[*Op]float64{
	Hardsigmoid: 1e-7, // 1/6 in the gradient
}

// agrees allows 1e-9 for other algorithms of special functions.
func agrees(o *Op, got, want float64) bool {
	return same(got, want) || math.Abs(got-want) <= max(1e-9, loose[o])*math.Max(1, math.Abs(want))
}

func TestRecordedRows(t *testing.T) {
	dir := recorded.Oracle(t, "opinfo")
	tried := 0
	for name, translate := range recordedTable() {
		b, err := os.ReadFile(filepath.Join(dir, name+".json"))
		if err != nil {
			continue // not a name of PyTorch's
		}
		var file struct{ Samples []recordedCase }
		if err := json.Unmarshal(b, &file); err != nil {
			t.Fatal(name, err)
		}
		rec := readTensors(t, filepath.Join(dir, name+".safetensors"))
		n := 0
		for i, c := range file.Samples {
			if o, operands, attrs, ok := translate(c); ok && compareRecorded(t, rec, fmt.Sprintf("%s case %d", name, i), i, c, o, operands, attrs) {
				n++
			}
		}
		if tried += n; n == 0 {
			t.Errorf("%s: none of %d cases tried", name, len(file.Samples))
		}
	}
	if tried < 500 {
		t.Errorf("%d cases tried, want 500", tried)
	}
}

// compareRecorded reports whether the case could be tried.
func compareRecorded(t *testing.T, rec map[string]*Array, label string, i int, c recordedCase, o *Op, operands []string, attrs any) bool {
	var in []*Array
	for _, s := range operands {
		in = append(in, rec[s])
	}
	want := rec[fmt.Sprintf("%d.out0", i)]
	if slices.Contains(in, nil) || want == nil {
		return false
	}
	if _, err := o.Infer(metasOf(valuesOf(in)), attrs); err != nil {
		return false // a vector in matmul
	}
	got := Reference{}.Apply(o, attrs, valuesOf(in)...)[0].(*Array)
	label = fmt.Sprintf("%s: %s of %v, %v", label, o.Name, metasOf(valuesOf(in)), attrs)
	if !slices.Equal(got.Meta.Shape, want.Meta.Shape) {
		t.Errorf("%s has shape %v, want %v", label, got.Meta.Shape, want.Meta.Shape)
		return true
	}
	for k, x := range got.Data {
		if !agrees(o, x, want.Data[k]) {
			t.Errorf("%s: element %d = %v, want %v", label, k, x, want.Data[k])
			return true
		}
	}
	cot := rec[fmt.Sprintf("%d.gradout0", i)]
	if cot == nil || !o.Differentiable() {
		return true
	}
	grads := ReferenceVJP(o, attrs, in, []*Array{cot}, ^Mask(0))
	for j, s := range operands {
		want := rec[s+".grad"]
		if want == nil || !slices.Contains(c.Grads, s) {
			continue
		}
		for k, x := range want.Data {
			if !agrees(o, at(grads[j], k), x) {
				t.Errorf("%s: derivative by operand %d[%d] at %v = %v, want %v", label, j, k, in[j].Data[k], at(grads[j], k), x)
				break
			}
		}
	}
	return true
}
