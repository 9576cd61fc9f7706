package conformance

import (
	"math"
	"regexp"
	"testing"

	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

func mustCompile(s string) *regexp.Regexp { return regexp.MustCompile(s) }

// The analysis of formulas whose error is known by hand.
func TestAnalysis(t *testing.T) {
	for _, c := range []struct {
		why  string
		f    func(x pointwise.Value) pointwise.Value
		x    float64
		want float64 // in roundings of the result
	}{
		{"a copy is exact", func(x pointwise.Value) pointwise.Value { return x }, 3, 0},
		{"one rounding", func(x pointwise.Value) pointwise.Value { return x.Mul(x) }, 3, 1},
		{"negation is exact", func(x pointwise.Value) pointwise.Value { return x.Mul(x).Neg() }, 3, 1},
		{"a constant that float32 holds", func(x pointwise.Value) pointwise.Value { return x.Mul(pointwise.Const(0.5)) }, 3, 1},
		{"a square doubles the error, and has its own", func(x pointwise.Value) pointwise.Value { y := x.Mul(x); return y.Mul(y) }, 3, 3},
		{"a root halves it", func(x pointwise.Value) pointwise.Value { return x.Mul(x).Mul(x).Sqrt() }, 3, 2},
		{"9*9 - 80 loses a factor of 81", func(x pointwise.Value) pointwise.Value { return x.Mul(x).Sub(pointwise.Const(80)) }, 9, 82},
		{"the exponential carries 4 roundings of its operand 4, and 1.5 ulp", func(x pointwise.Value) pointwise.Value { return x.Mul(x).Exp() }, 2, 7},
	} {
		p := pointwise.New([]pointwise.Kind{pointwise.Float}, nil, func(in, _ []pointwise.Value) []pointwise.Value {
			return []pointwise.Value{c.f(in[0])}
		})
		a := analyse(p, false)
		a.run([]float64{c.x}, []float64{0}, nil, 0, false)
		r := p.Outputs[0]
		if got := a.err[r] / (rounding * math.Abs(a.val[r])); math.Abs(got-c.want) > 1e-3 {
			t.Errorf("%s: %.4f roundings, want %v", c.why, got, c.want)
		}
	}
}

// Overflow on the way makes a result that nothing is known of.
func TestAnalysisOfOverflow(t *testing.T) {
	p := pointwise.New([]pointwise.Kind{pointwise.Float}, nil, func(in, _ []pointwise.Value) []pointwise.Value {
		return []pointwise.Value{in[0].Mul(in[0]).Sqrt()}
	})
	a := analyse(p, false)
	a.run([]float64{1e30}, []float64{0}, nil, 0, false)
	if e := a.err[p.Outputs[0]]; !math.IsInf(e, 1) {
		t.Errorf("sqrt(1e30*1e30) may be off by %v, want infinity", e)
	}
}

// Most of what is compared is bounded by analysis: who adds an op by which
// much is not should know.
func TestMostIsAnalysed(t *testing.T) {
	known, all := 0, 0
	for _, o := range op.All() {
		if o.Samples == nil {
			continue
		}
		s := o.Samples(op.NewRand(1))
		if len(s) == 0 {
			continue
		}
		a := newAnalyst()
		all++
		if out := a.Apply(o, s[0].Attrs, valuesOf(s[0].In)...); a.bound(out[0]) != nil || o.View != nil || !out[0].DType().IsFloat() {
			known++
		}
	}
	if known*4 < all*3 {
		t.Errorf("%d of %d ops are analysed, want three quarters", known, all)
	}
	t.Logf("%d of %d ops", known, all)
}
