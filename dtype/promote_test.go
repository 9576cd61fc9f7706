package dtype

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/internal/recorded"
)

// golden reads the tables that PyTorch printed. They are too many to keep in
// the repository; without them the test is skipped, but not in CI.
func golden(t *testing.T) (tables struct {
	PromoteTypes map[string]string `json:"promote_types"`
	ResultType   map[string]string `json:"result_type"`
}) {
	t.Helper()
	data, err := os.ReadFile(recorded.Oracle(t, "golden/promote.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &tables); err != nil {
		t.Fatal(err)
	}
	return tables
}

// operand reads "torch.int8", "torch.int8[2]", "torch.int8[]" or "pyint"; ok
// is false for complex types, which Hekla has none of.
func operand(t *testing.T, s string) (o Operand, ok bool) {
	t.Helper()
	switch s {
	case "pybool":
		return Operand{DType: Bool, Go: true}, true
	case "pyint":
		return Operand{DType: Int64, Go: true}, true
	case "pyfloat":
		return Operand{DType: Float64, Go: true}, true
	}
	if strings.Contains(s, "complex") {
		return o, false
	}
	name, dims, _ := strings.Cut(strings.TrimPrefix(s, "torch."), "[")
	d, err := Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	if dims == "2]" {
		o.Rank = 1
	}
	o.DType = d
	return o, true
}

// against runs f on each row of a table and reports what differs.
func against(t *testing.T, table map[string]string, wantRows, wantComplex int, f func(a, b Operand) DType) {
	t.Helper()
	checked, skipped := 0, 0
	for key, want := range table {
		left, right, _ := strings.Cut(key, ",")
		a, okA := operand(t, left)
		b, okB := operand(t, right)
		if !okA || !okB {
			skipped++
			continue
		}
		checked++
		if got := f(a, b).String(); "torch."+got != want {
			t.Errorf("%s = %s, want %s", key, got, strings.TrimPrefix(want, "torch."))
		}
	}
	t.Logf("%d rows checked, %d complex ones skipped", checked, skipped)
	if checked != wantRows || skipped != wantComplex {
		t.Errorf("checked %d rows and skipped %d, want %d and %d", checked, skipped, wantRows, wantComplex)
	}
}

func TestPromoteAsPyTorch(t *testing.T) {
	against(t, golden(t).PromoteTypes, 100, 44, func(a, b Operand) DType { return Promote(a.DType, b.DType) })
}

func TestResultAsPyTorch(t *testing.T) {
	// 12 types: with another of 12 as 0-dim, and with 4 Python numbers twice.
	against(t, golden(t).ResultType, 160, 80, func(a, b Operand) DType {
		x, y := Result(a, b), Result(b, a)
		if x != y {
			t.Errorf("Result(%v, %v) = %s but %s the other way round", a, b, x, y)
		}
		return x
	})
}

func TestPromoteLaws(t *testing.T) {
	all := All()
	for _, a := range all {
		if got := Promote(a, a); got != a {
			t.Errorf("Promote(%s, %s) = %s", a, a, got)
		}
		if got := Promote(Invalid, a); got != a {
			t.Errorf("Promote(invalid, %s) = %s, want %s: nothing else to say", a, got, a)
		}
		for _, b := range all {
			p := Promote(a, b)
			if q := Promote(b, a); p != q {
				t.Errorf("Promote(%s, %s) = %s but %s the other way round", a, b, p, q)
			}
			if Promote(p, a) != p || Promote(p, b) != p {
				t.Errorf("Promote(%s, %s) = %s does not hold both", a, b, p)
			}
		}
	}
}

func TestResultOfThree(t *testing.T) {
	for _, c := range []struct {
		in   []Operand
		want DType
		why  string
	}{
		{nil, Invalid, "nothing to decide"},
		{[]Operand{{DType: Float16, Rank: 1}, {DType: Float64}, {DType: Float64, Go: true}}, Float16, "all floats: dimensions decide"},
		{[]Operand{{DType: Int8, Rank: 1}, {DType: Int64}, {DType: Float64, Go: true}}, Default, "only the number is a float"},
		{[]Operand{{DType: Int8, Rank: 1}, {DType: Float16}, {DType: Float64, Go: true}}, Float16, "the 0-dim float decides"},
		{[]Operand{{DType: Bool, Rank: 1}, {DType: Uint8}, {DType: Int64, Go: true}}, Uint8, "the 0-dim integer decides"},
		{[]Operand{{DType: Float16, Rank: 2}, {DType: BFloat16, Rank: 1}}, Float32, "neither holds the other"},
	} {
		if got := Result(c.in...); got != c.want {
			t.Errorf("Result(%v) = %s, want %s: %s", c.in, got, c.want, c.why)
		}
	}
}
