package autograd_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

var (
	fourNumbers = vec(1, 2, 3, 4)
	threePlaces = tensor.From(cpu, []int64{1, 1, 0})
)

// Gradients of small graphs at x = [2, 3], by hand.
func TestBackward(t *testing.T) {
	for _, c := range []struct {
		name string
		f    func(x *tensor.Tensor) *tensor.Tensor
		want []float64
		why  string
	}{
		{"x*x", func(x *tensor.Tensor) *tensor.Tensor { return x.Mul(x) }, []float64{4, 6}, "one operand twice"},
		{"x+x", func(x *tensor.Tensor) *tensor.Tensor { return x.Add(x) }, []float64{2, 2}, "the rule returns its cotangent for both"},
		{"x-x", func(x *tensor.Tensor) *tensor.Tensor { return x.Sub(x) }, []float64{0, 0}, ""},
		{"x", func(x *tensor.Tensor) *tensor.Tensor { return x }, []float64{1, 1}, "the leaf under the sum"},
		{"diamond", func(x *tensor.Tensor) *tensor.Tensor {
			y := x.Square()
			return y.Mul(x).Add(y.MulScalar(2)) // x^3 + 2x^2
		}, []float64{20, 39}, "y is used twice"},
		{"wide diamond", func(x *tensor.Tensor) *tensor.Tensor {
			y := x.Square()
			z := y
			for range 4 {
				z = z.Add(y)
			}
			return z
		}, []float64{20, 30}, "y is used six times"},
		{"deep and shallow", func(x *tensor.Tensor) *tensor.Tensor {
			y := x.MulScalar(2)
			return y.Square().Square().Add(y) // 16x^4 + 2x
		}, []float64{514, 1730}, "a short path must wait for the long one"},
		{"slice", func(x *tensor.Tensor) *tensor.Tensor { return x.Slice(0, 1, 2).Square() }, []float64{0, 6}, "zeros where the view does not look"},
		{"two slices", func(x *tensor.Tensor) *tensor.Tensor { return x.Slice(0, 0, 1).Mul(x.Slice(0, 1, 2)) }, []float64{3, 2}, ""},
		{"expand", func(x *tensor.Tensor) *tensor.Tensor { return x.Expand(3, 2).Square() }, []float64{12, 18}, "three of each"},
		{"permute", func(x *tensor.Tensor) *tensor.Tensor {
			return x.Reshape(1, 2).Permute(1, 0).MatMul(x.Reshape(1, 2)).Slice(0, 0, 1) // x0*x0, x0*x1
		}, []float64{7, 2}, ""},
		{"unfold", func(x *tensor.Tensor) *tensor.Tensor {
			return tensor.Concat(0, x, x).Unfold(0, 2, 1).Square() // middle elements twice
		}, []float64{12, 18}, "windows overlap: gradients add up"},
		{"diagonal", func(x *tensor.Tensor) *tensor.Tensor { return x.Outer(x).Diagonal(0, 0, 1) }, []float64{4, 6}, ""},
		{"asstrided", func(x *tensor.Tensor) *tensor.Tensor { return x.AsStrided([]int{3}, []int{0}, 1) }, []float64{0, 3}, "one element three times"},
		{"reshape by copy", func(x *tensor.Tensor) *tensor.Tensor {
			return x.Expand(2, 2).T().Reshape(4).Mul(fourNumbers) // x0 x0 x1 x1
		}, []float64{3, 7}, ""},
		{"unbind", func(x *tensor.Tensor) *tensor.Tensor { p := x.Unbind(0); return p[0].Mul(p[1]) }, []float64{3, 2}, ""},
		{"stretched", func(x *tensor.Tensor) *tensor.Tensor { return x.Sum().Mul(x) }, []float64{10, 10}, "(x0+x1)^2: broadcast sums back"},
		{"sum of expanded", func(x *tensor.Tensor) *tensor.Tensor { return x.Sum().Expand(4).Sum() }, []float64{4, 4}, "cotangents with strides of 0"},
		{"index by tensor", func(x *tensor.Tensor) *tensor.Tensor {
			return x.Index(tensor.At(threePlaces))
		}, []float64{1, 2}, "named twice: added up"},
		{"mask", func(x *tensor.Tensor) *tensor.Tensor { return x.Index(tensor.At(x.GtScalar(2.5))).Square() }, []float64{0, 6}, ""},
		{"std", func(x *tensor.Tensor) *tensor.Tensor { return x.Std(1) }, []float64{-0.7071067811865476, 0.7071067811865476}, "a composition: |x1-x0|/sqrt 2"},
		{"to float32 and back", func(x *tensor.Tensor) *tensor.Tensor { return x.To(dtype.Float32).To(dtype.Float64).Square() }, []float64{4, 6}, ""},
		{"clone", func(x *tensor.Tensor) *tensor.Tensor { return x.Clone().Mul(x.Detach()) }, []float64{2, 3}, "Detach cuts"},
		{"the larger", func(x *tensor.Tensor) *tensor.Tensor { v, _ := x.MaxAlong(0); return v }, []float64{0, 1}, "one of two outputs"},
		{"elsewhere", func(x *tensor.Tensor) *tensor.Tensor { return x.ToDevice(second).Square().ToDevice(cpu) }, []float64{4, 6}, "the gradient moves back"},
	} {
		x := leaf(2, 3)
		autograd.Backward(c.f(x).Sum())
		equal(t, "gradient of "+c.name, x.Grad(), c.want...)
		equal(t, "Grad of "+c.name, grad(c.f(x).Sum(), x)[0], c.want...)
		equal(t, "gradient of "+c.name+" after Grad", x.Grad(), c.want...)

		// Linked to the record the same comes out, and can go on.
		twice := autograd.Grad([]*tensor.Tensor{c.f(x).Sum()}, []*tensor.Tensor{x}, autograd.CreateGraph())[0]
		equal(t, "Grad with CreateGraph of "+c.name, twice, c.want...)
		if err := autograd.Check(func(in ...*tensor.Tensor) *tensor.Tensor { return c.f(in[0]) }, leaf(2, 3)); c.name != "clone" && c.name != "to float32 and back" && err != nil {
			t.Errorf("%s: %v", c.name, err)
		}

		uncollected(t, "Backward of "+c.name, func() {
			tensor.Scope(func(s *tensor.Arena) {
				x := s.Own(x.Detach()).SetRequiresGrad(true)
				autograd.Backward(c.f(x).Sum())
				x.SetGrad(nil)
			})
		})
	}
}

type other struct{ backend.Device }

func (o other) Info() backend.Info     { return backend.Info{Name: "other:0"} }
func (o other) Unwrap() backend.Device { return o.Device }

var second = &other{cpu}

func TestToDevice(t *testing.T) {
	x := leaf(2, 3)
	y := x.ToDevice(second)
	if !y.RequiresGrad() || y.IsLeaf() || y.Device() != backend.Device(second) {
		t.Errorf("requires %v, leaf %v", y.RequiresGrad(), y.IsLeaf())
	}
	autograd.Backward(y.Square().Sum())
	if x.Grad().Device() != cpu {
		t.Error("the gradient stayed on the other device")
	}
	if n := x.NoGrad().ToDevice(second); n.RequiresGrad() || !n.IsNoGrad() {
		t.Error("NoGrad was lost on the way")
	}
	g := autograd.Grad([]*tensor.Tensor{x.ToDevice(second).Square().Mul(x.ToDevice(second)).Sum()}, []*tensor.Tensor{x}, autograd.CreateGraph())[0]
	equal(t, "3x^2", g, 12, 27)
	equal(t, "6x", grad(g.Sum(), x)[0], 12, 18)
}

func TestAccumulate(t *testing.T) {
	x := leaf(2, 3)
	autograd.Backward(x.Square().Sum())
	first := x.Grad()
	autograd.Backward(x.MulScalar(10).Sum())
	equal(t, "after two", x.Grad(), 14, 16)
	if x.Grad() != first {
		t.Error("the gradient moved; it should be added to in place")
	}
	x.SetGrad(nil)
	autograd.Backward(x.Sum())
	equal(t, "after a new start", x.Grad(), 1, 1)

	x.SetGrad(tensor.Scalar(cpu, 5.).Expand(2)) // not ours to add to in place
	autograd.Backward(x.Sum())
	equal(t, "on top of an expanded one", x.Grad(), 6, 6)
}

func TestRetainGraph(t *testing.T) {
	x := leaf(2)
	y := x.Square().Mul(x)
	autograd.Backward(y, autograd.RetainGraph())
	autograd.Backward(y, autograd.RetainGraph())
	autograd.Backward(y)
	equal(t, "three times 3x^2", x.Grad(), 36)
	misuse(t, "a fourth", "tensor: backward: the record of mul was released by an earlier Backward or the end of its Scope; give the earlier one RetainGraph", func() { autograd.Backward(y) })
	misuse(t, "a fourth, by Grad", "tensor: grad: the record of mul was released by an earlier Backward or the end of its Scope; give the earlier one RetainGraph", func() { grad(y, x) })
}

func TestBackwardMisuse(t *testing.T) {
	x, frozen := leaf(2, 3), vec(1, 2)
	for _, c := range []struct {
		name string
		run  func()
		want string
	}{
		{"many elements", func() { autograd.Backward(x.Square()) },
			"tensor: backward of float64[2]: only a result with one element has a gradient by itself; reduce it, or give its cotangent with WithGrad"},
		{"nothing requires", func() { autograd.Backward(frozen.Sum()) },
			"tensor: backward of float64[]: no gradient flows to it: nothing it was computed from requires one"},
		{"NoGrad", func() { autograd.Backward(x.NoGrad().Mul(x).Sum()) },
			"tensor: backward of float64[]: no gradient flows to it: it was computed from a NoGrad tensor"},
		{"nil", func() { autograd.Backward(nil) }, "tensor: backward: no gradient flows to it: it is nil"},
		{"cotangent of another shape", func() { autograd.Backward(x.Square(), autograd.WithGrad(vec(1))) },
			"tensor: backward of float64[2]: the cotangent is float64[1], want the shape and type of the result"},
		{"cotangent elsewhere", func() { autograd.Backward(x.Square(), autograd.WithGrad(vec(1, 1).ToDevice(second))) },
			"tensor: backward of float64[2]: the cotangent is on other:0, the result on cpu:0; move it with ToDevice"},
		{"two cotangents", func() { autograd.Backward(x.Square(), autograd.WithGrad(vec(1, 1), vec(1, 1))) },
			"tensor: backward: WithGrad has 2 cotangents for 1 results"},
		{"input without gradient", func() { grad(x.Sum(), frozen) },
			"tensor: grad of float64[2]: no gradient flows to input 0; call SetRequiresGrad before computing with it"},
		{"input without part", func() { grad(x.Sum(), leaf(1)) },
			"tensor: grad of float64[1]: the outputs do not depend on input 0; use AllowUnused if that is intended"},
		{"a saved value was changed", func() {
			w := vec(5, 6)
			y := x.Mul(w)
			w.Fill(0)
			autograd.Backward(y.Sum())
		}, "tensor: backward: a value of shape [2] that the gradient of mul needs was changed in place (1 changes since); compute with a Clone, or change it after Backward"},
		{"a saved result was changed", func() {
			y := x.Exp()
			y.Detach().AddScalarInPlace(1)
			autograd.Backward(y.Sum())
		}, "tensor: backward: a value of shape [2] that the gradient of exp needs was changed in place (1 changes since); compute with a Clone, or change it after Backward"},
		{"a hook returned another shape", func() {
			y := leaf(1, 2)
			y.OnGrad(func(*tensor.Tensor) *tensor.Tensor { return vec(1) })
			autograd.Backward(y.Sum())
		}, "tensor: backward: hook 0 returned float64[1] for a gradient float64[2]"},
	} {
		misuse(t, c.name, c.want, c.run)
	}
	// What no gradient reads may change.
	w := vec(5, 6)
	y := x.Add(w)
	w.Fill(0)
	x.SetGrad(nil)
	autograd.Backward(y.Sum())
	equal(t, "gradient of a sum", x.Grad(), 1, 1)
}

func TestGradOptions(t *testing.T) {
	x, y, unused := leaf(2, 3), leaf(5, 7), leaf(1)
	z := x.Mul(y)
	g := autograd.Grad([]*tensor.Tensor{z}, []*tensor.Tensor{y, unused, x}, autograd.WithGrad(vec(1, 10)), autograd.AllowUnused(), autograd.RetainGraph())
	equal(t, "by y", g[0], 2, 30)
	equal(t, "by x", g[2], 5, 70)
	if g[1] != nil {
		t.Errorf("by what is not used: %v", g[1])
	}
	if x.Grad() != nil || y.Grad() != nil {
		t.Error("Grad touched a Grad field")
	}
	// By a value on the way, and by both ends of the way.
	s := z.Square()
	g = grad(s.Sum(), z, x)
	equal(t, "by z", g[0], 20, 42)
	equal(t, "by x through z", g[1], 100, 294)
	// Two outputs, with and without cotangents.
	g = autograd.Grad([]*tensor.Tensor{x.Sum(), x.Square()}, []*tensor.Tensor{x}, autograd.WithGrad(nil, vec(1, 1)))
	equal(t, "sum of two outputs", g[0], 5, 7)
	equal(t, "by itself", grad(x.Sum(), x)[0], 1, 1)
}

// Grad visits only what leads from outputs to inputs: the rest of the record
// stays as it was.
func TestGradLeavesTheRestAlone(t *testing.T) {
	x, w := leaf(2), leaf(3)
	a := w.Exp()
	y := x.Mul(a)
	equal(t, "by x", grad(y, x)[0], a.Float64s()...)
	if n, _ := a.Node(); n.Released() {
		t.Error("exp(w) was released, though x does not come from it")
	}
}

func TestHigherDerivatives(t *testing.T) {
	x := leaf(2)
	y := x.Square().Square() // x^4
	var got []float64
	for range 4 {
		y = autograd.Grad([]*tensor.Tensor{y}, []*tensor.Tensor{x}, autograd.CreateGraph())[0]
		got = append(got, y.Item())
	}
	equal(t, "derivatives of x^4 at 2", vec(got...), 32, 48, 48, 24)

	// Backward of a gradient's norm, as for a gradient penalty.
	x = leaf(1, 2)
	g := autograd.Grad([]*tensor.Tensor{x.Square().Mul(x).Sum()}, []*tensor.Tensor{x}, autograd.CreateGraph())[0]
	autograd.Backward(g.Square().Sum())
	equal(t, "gradient of |3x^2|^2", x.Grad(), 36, 288)

	// With CreateGraph the Grad of a leaf is linked as well.
	x = leaf(3)
	autograd.Backward(x.Square().Mul(x), autograd.CreateGraph())
	equal(t, "second derivative by way of Grad", grad(x.Grad(), x)[0], 18)
	// A cotangent can be a variable too.
	x = leaf(3)
	v := leaf(10)
	g = autograd.Grad([]*tensor.Tensor{x.Square()}, []*tensor.Tensor{x}, autograd.WithGrad(v), autograd.CreateGraph())[0]
	equal(t, "derivative by the cotangent", grad(g, v)[0], 6)
}

func TestLeafRuleReturnsIsNotShared(t *testing.T) {
	x := leaf(2)
	y := leaf(5)
	autograd.Backward(x.Add(y), autograd.CreateGraph())
	if x.Grad() == y.Grad() {
		t.Error("two leaves have one gradient: to drop the one would free the other")
	}
	v := vec(1)
	x.SetGrad(nil)
	autograd.Backward(x.Add(y), autograd.WithGrad(v), autograd.CreateGraph())
	if x.Grad() == v {
		t.Error("the caller's cotangent became a gradient")
	}
}

func TestHooks(t *testing.T) {
	x := leaf(2, 3)
	y := x.Square()
	var seen []*tensor.Tensor
	x.OnGrad(func(g *tensor.Tensor) *tensor.Tensor { seen = append(seen, g); return nil })
	x.OnGrad(func(g *tensor.Tensor) *tensor.Tensor { return g.MulScalar(10) })
	y.OnGrad(func(g *tensor.Tensor) *tensor.Tensor { seen = append(seen, g); return g.MulScalar(2) })
	autograd.Backward(y.Add(y).Sum().Add(x.Sum()))
	if len(seen) != 2 {
		t.Fatalf("hooks ran %d times, want once each with the complete gradient", len(seen))
	}
	equal(t, "what y's hook saw", seen[0], 2, 2)
	equal(t, "what x's hook saw", seen[1], 17, 25)
	equal(t, "gradient", x.Grad(), 170, 250)
	x.Grad().Fill(0)
	equal(t, "what x's hook kept", seen[1], 17, 25)

	g := grad(x.Square().Sum(), x)
	equal(t, "Grad with a hook", g[0], 40, 60)
}

func TestNoGradIsContagious(t *testing.T) {
	x, w := vec(1, 2), leaf(3, 4)
	y := x.NoGrad().Mul(w).Exp().Reshape(1, 2)
	if y.RequiresGrad() || !y.IsNoGrad() || !y.Muted() || !y.IsLeaf() {
		t.Errorf("requires %v, NoGrad %v, muted %v, leaf %v", y.RequiresGrad(), y.IsNoGrad(), y.Muted(), y.IsLeaf())
	}
	if z := x.NoGrad().Exp(); z.Muted() {
		t.Error("muted, though nothing requires a gradient")
	}
	if z := y.Detach().Mul(w.Reshape(1, 2)); !z.RequiresGrad() {
		t.Error("Detach does not end NoGrad")
	}
	if z := y.Detach().SetRequiresGrad(true); z.IsNoGrad() {
		t.Error("a leaf that requires a gradient is marked NoGrad")
	}
	for _, z := range []*tensor.Tensor{x.NoGrad().ArgMax(0), w.ArgMax(0), w.GtScalar(1)} {
		if z.RequiresGrad() {
			t.Errorf("%v requires a gradient", z)
		}
	}
}

func TestDetectAnomaly(t *testing.T) {
	autograd.DetectAnomaly(true)
	defer autograd.DetectAnomaly(false)
	x := leaf(0, 1)
	y := x.Sqrt().Mul(vec(0, 1)) // the line that is named
	err := tensor.Try(func() error { autograd.Backward(y.Sum()); return nil })
	if err == nil || !strings.Contains(err.Error(), "the gradient of sqrt for operand 0 of shape [2] has a NaN (called at ") || !strings.Contains(err.Error(), "backward_test.go:") {
		t.Errorf("error %v", err)
	}
	x.SetGrad(nil)
	autograd.Backward(x.Square().Sum())
	equal(t, "without an anomaly", x.Grad(), 0, 2)
}

// Copies of shared parameters: each goroutine has leaves of its own over the
// same elements.
func TestGoroutines(t *testing.T) {
	w := matrix(4, 4)
	want := grad(w.MatMul(w).Tanh().Sum(), w)[0].Float64s()
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			for range 20 {
				tensor.Scope(func(s *tensor.Arena) {
					mine := s.Own(w.Detach()).SetRequiresGrad(true)
					autograd.Backward(mine.MatMul(mine).Tanh().Sum())
					equal(t, "gradient", mine.Grad(), want...)
				})
				// The same leaf, without touching its Grad.
				equal(t, "Grad", grad(w.MatMul(w).Tanh().Sum(), w)[0], want...)
			}
		})
	}
	wg.Wait()
}

func TestLongChain(t *testing.T) {
	x := leaf(1)
	y := x
	for range 20000 {
		y = y.AddScalar(1e-6)
	}
	autograd.Backward(y)
	equal(t, "gradient", x.Grad(), 1)
	y = x
	for range 20000 {
		y = y.MulScalar(1)
	}
	equal(t, "Grad", grad(y, x)[0], 1)
}
