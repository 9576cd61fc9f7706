package tensor_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// recorded reads tables that PyTorch printed. Without them a test is skipped,
// but not in CI.
func recorded(t *testing.T) (tables map[string]map[string]string) {
	t.Helper()
	dir := os.Getenv("HEKLA_ORACLE")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "oracle") // beside the repository
	}
	data, err := os.ReadFile(filepath.Join(dir, "golden", "promote.json"))
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the recorded tables are missing in CI: %v", err)
		}
		t.Skipf("SKIPPED, not checked against PyTorch: set HEKLA_ORACLE to the oracle's folder: %v", err)
	}
	if err := json.Unmarshal(data, &tables); err != nil {
		t.Fatal(err)
	}
	return tables
}

// parse reads "torch.int8"; ok is false for complex types, which Hekla has none
// of.
func parse(t *testing.T, s string) (d dtype.DType, ok bool) {
	t.Helper()
	if strings.Contains(s, "complex") {
		return d, false
	}
	d, err := dtype.Parse(strings.TrimPrefix(s, "torch."))
	if err != nil {
		t.Fatal(err)
	}
	return d, true
}

// TestPromotion adds tensors, 0-dim tensors and Go numbers of all types. PyTorch's
// complex numbers and bool scalars have no counterpart.
func TestPromotion(t *testing.T) {
	n := 0
	for pair, want := range recorded(t)["result_type"] {
		a, b, _ := strings.Cut(pair, ",")
		d, ok := parse(t, strings.TrimSuffix(strings.TrimSuffix(a, "[2]"), "[]"))
		if !ok || strings.Contains(b, "complex") || b == "pybool" {
			continue
		}
		x := tensor.Ones(cpu, d)
		if strings.HasSuffix(a, "[2]") {
			x = tensor.Ones(cpu, d, 2)
		}
		var got *tensor.Tensor
		switch b {
		case "pyint":
			got = x.AddScalar(2)
		case "pyfloat":
			got = x.AddScalar(2.5)
		default:
			e, _ := parse(t, strings.TrimSuffix(b, "[]"))
			got = x.Add(tensor.Ones(cpu, e))
			if other := tensor.Ones(cpu, e).Add(x); other.DType() != got.DType() {
				t.Errorf("%s gives %v, the other way round %v", pair, got.DType(), other.DType())
			}
		}
		if w, _ := parse(t, want); got.DType() != w {
			t.Errorf("%s gives %v, want %v", pair, got.DType(), w)
		}
		n++
	}
	if n < 200/2 {
		t.Errorf("only %d pairs were checked", n)
	}
}

func TestPromotionOfTensors(t *testing.T) {
	tables := recorded(t)
	for name, f := range map[string]func(x, y *tensor.Tensor) *tensor.Tensor{
		"promote_types": func(x, y *tensor.Tensor) *tensor.Tensor { return x.Mul(y) },
		"div":           func(x, y *tensor.Tensor) *tensor.Tensor { return x.Div(y) },
	} {
		for pair, want := range tables[name] {
			a, b, _ := strings.Cut(pair, ",")
			d, ok1 := parse(t, a)
			e, ok2 := parse(t, b)
			if !ok1 || !ok2 {
				continue
			}
			got := f(tensor.Ones(cpu, d, 2), tensor.Ones(cpu, e, 2))
			if w, _ := parse(t, want); got.DType() != w {
				t.Errorf("%s(%s) gives %v, want %v", name, pair, got.DType(), w)
			}
			same(t, name+" "+pair, got, []int{2}, 1, 1)
		}
	}
}

// In place the result must go into the type that is there; what PyTorch
// refuses is refused.
func TestPromotionInPlace(t *testing.T) {
	for pair, want := range recorded(t)["inplace_add"] {
		a, b, _ := strings.Cut(pair, "+=")
		d, ok1 := parse(t, a)
		e, ok2 := parse(t, b)
		if !ok1 || !ok2 {
			continue
		}
		x := tensor.Ones(cpu, d, 2)
		err := tensor.Try(func() error {
			x.AddInPlace(tensor.Ones(cpu, e, 2))
			return nil
		})
		if wantErr := strings.HasPrefix(want, "error"); wantErr != (err != nil) {
			t.Errorf("%s: error %v, PyTorch gives %s", pair, err, want)
		}
		if x.DType() != d {
			t.Errorf("%s changed the type to %v", pair, x.DType())
		}
	}
}

func TestPromotionUnary(t *testing.T) {
	fns := map[string]func(x *tensor.Tensor) *tensor.Tensor{
		"sum":    func(x *tensor.Tensor) *tensor.Tensor { return x.Sum() },
		"prod":   func(x *tensor.Tensor) *tensor.Tensor { return x.Prod() },
		"cumsum": func(x *tensor.Tensor) *tensor.Tensor { return x.CumSum(0) },
		"mean":   func(x *tensor.Tensor) *tensor.Tensor { return x.Mean() },
		"exp":    (*tensor.Tensor).Exp,
		"sqrt":   (*tensor.Tensor).Sqrt,
		"abs":    (*tensor.Tensor).Abs,
		"argmax": func(x *tensor.Tensor) *tensor.Tensor { return x.ArgMax(0) },
	}
	// Kernels that PyTorch's CPU lacks for a type are no rule.
	better := map[string]string{
		"abs(torch.bool)": "torch.bool", "argmax(torch.bool)": "torch.int64",
		"prod(torch.float16)": "torch.float16", "prod(torch.bfloat16)": "torch.bfloat16",
	}
	for call, want := range recorded(t)["unary"] {
		name, arg, _ := strings.Cut(strings.TrimSuffix(call, ")"), "(")
		d, ok := parse(t, arg)
		if !ok {
			continue
		}
		if w := better[call]; w != "" {
			want = w
		}
		var got *tensor.Tensor
		err := tensor.Try(func() error {
			got = fns[name](tensor.Ones(cpu, d, 2))
			return nil
		})
		if strings.HasPrefix(want, "error") && d == dtype.Float16 {
			want = arg
		}
		if strings.HasPrefix(want, "error") {
			if err == nil {
				t.Errorf("%s gives %v, PyTorch refuses", call, got.DType())
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v, want %s", call, err, want)
		} else if w, _ := parse(t, want); got.DType() != w {
			t.Errorf("%s gives %v, want %v", call, got.DType(), w)
		}
	}
}
