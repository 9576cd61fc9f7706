package opinfo

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/recorded"
	"github.com/hekla-ml/hekla/tensor"
)

// What is wrong with a function must be noticed: in values, types, first and
// second derivatives, and in arguments that it does not read.
func TestFaultsAreNoticed(t *testing.T) {
	file := recorded.Oracle(t, filepath.Join("opinfo", "sin.safetensors"))
	sin := table["sin"]
	t.Cleanup(func() { table["sin"] = sin })
	for _, test := range []struct {
		what                        string
		f                           function
		passed, failed, unsupported bool
	}{
		{"nothing", sin, true, false, false},
		{"a value by 1e-8", unary(func(x *T) *T { return x.Sin().MulScalar(1 + 1e-8) }), false, true, false},
		{"a value in float32 only", unary(func(x *T) *T {
			if x.DType() == dtype.Float32 {
				return x.Sin().AddScalar(1e-4)
			}
			return x.Sin()
		}), false, true, false},
		{"the type", unary(func(x *T) *T { return x.Sin().To(dtype.Float32) }), false, true, false},
		{"the shape", unary(func(x *T) *T { return x.Sin().Unsqueeze(0) }), false, true, false},
		{"an output too many", func(c *call) []*T { return two(c.x().Sin(), c.x()) }, false, true, false},
		{"no gradient", unary(func(x *T) *T { return x.Detach().Sin() }), false, true, false},
		{"half a gradient", unary(func(x *T) *T { return x.Sin().Add(x.Detach().Sin()).MulScalar(0.5) }), false, true, false},
		{"no second derivative", unary(func(x *T) *T {
			at := x.Detach()
			return at.Sin().Add(at.Cos().Mul(x.Sub(at)))
		}), false, true, false},
		{"a panic", unary(func(x *T) *T { panic("bug") }), false, true, false},
		{"an argument that is not read", func(c *call) []*T { return one(tensor.Ones(c.dev, c.float, 5)) }, false, false, true},
	} {
		table["sin"] = test.f
		o, err := runFile(tensor.CPU(), "sin", file, []dtype.DType{dtype.Float64, dtype.Float32})
		if err != nil {
			t.Fatal(err)
		}
		if got := [3]bool{o.Passed > 0, o.Failed > 0, o.Unsupported > 0}; got != [3]bool{test.passed, test.failed, test.unsupported} {
			t.Errorf("%s: passed %d, failed %d, unsupported %d of %d", test.what, o.Passed, o.Failed, o.Unsupported, o.Samples)
		}
	}
}

func TestDiffers(t *testing.T) {
	cpu := tensor.CPU()
	vec := func(x ...float64) *T { return tensor.From(cpu, x) }
	inf, nan := math.Inf(1), math.NaN()
	exact, loose := tolerances[dtype.Float64], tolerances[dtype.Float32]
	for i, test := range []struct {
		got, want, low *T
		tol            tolerance
		same           bool
	}{
		{vec(1, nan, inf), vec(1, nan, inf), nil, exact, true},
		{vec(nan), vec(1), nil, exact, false},
		{vec(1), vec(nan), nil, exact, false},
		{vec(1e300), vec(inf), nil, exact, false},
		{vec(inf), vec(1), nil, exact, false},
		{vec(1 + 1e-10), vec(1), nil, exact, true},
		{vec(1 + 1e-8), vec(1), nil, exact, false},
		{vec(1.0001), vec(1), nil, loose, false},
		{vec(1.0001), vec(1), vec(1.00002), loose, true}, // PyTorch is off too
		{vec(1.001), vec(1), vec(1.00002), loose, false},
		{vec(0), vec(1), vec(inf), loose, true}, // and overflows
		{vec(1), vec(1, 1), nil, exact, false},
	} {
		if s := differ(test.got, test.want, test.low, test.tol, false); (s == "") != test.same {
			t.Errorf("case %d: %q", i, s)
		}
	}
	if differ(tensor.From(cpu, []int64{1}), tensor.From(cpu, []int64{2}), nil, loose, false) == "" {
		t.Error("integers have a tolerance")
	}
}

// Reasons are for names that exist.
func TestListsNameFunctions(t *testing.T) {
	for name := range illPosed {
		if table[name] == nil {
			t.Errorf("illPosed: no function %s", name)
		}
	}
	for name := range looser {
		if table[name] == nil {
			t.Errorf("looser: no function %s", name)
		}
	}
	for name := range badCalls {
		if table[name] == nil {
			t.Errorf("badCalls: no function %s", name)
		}
	}
	for name := range notOurs {
		if table[name] == nil {
			t.Errorf("notOurs: no function %s", name)
		}
	}
}
