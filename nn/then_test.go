package nn_test

import (
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// gradients returns y's elements and those of the gradients of all parameters and x.
func gradients(m nn.Layer, x, y *tensor.Tensor) (l [][]float64) {
	l = append(l, y.Float64s())
	autograd.Backward(y.Mul(y).Sum())
	for _, p := range nn.Parameters(m) {
		l = append(l, p.Grad().Float64s())
		p.SetGrad(nil)
	}
	l = append(l, x.Grad().Float64s())
	x.SetGrad(nil)
	return l
}

// TestThen: chains in which the activation is computed within the product have the
// numbers of layers called one by one, and so have their gradients.
func TestThen(t *testing.T) {
	for _, act := range []nn.Layer{nn.ReLU{}, &nn.ReLU{}, nn.GELU{}, &nn.GELU{Tanh: true}, nn.GELU{Tanh: true}, nn.Tanh{}} {
		b := maker()
		x := b.Parameter(6, 5)
		nn.Normal(x, b.Generator(), 0, 1)
		in, out := b.Linear(5, 7), b.Linear(7, 3, nn.NoBias)
		m := nn.Sequential{in, act, out, act}
		named := nn.NamedSequential{{"in", in}, {"act", act}, {"out", out}, {"last", act}}
		apart := act.Forward(out.Forward(act.Forward(in.Forward(x))))
		want := gradients(m, x, apart)
		for _, l := range []nn.Layer{m, named} {
			if got := gradients(l, x, l.Forward(x)); !slices.EqualFunc(got, want, slices.Equal[[]float64]) {
				t.Errorf("%T of %T: %v, want %v", l, act, got, want)
			}
			if got := l.Forward(x.NoGrad()).Float64s(); !slices.Equal(got, want[0]) {
				t.Errorf("%T of %T without a record: %v, want %v", l, act, got, want[0])
			}
		}
	}
}

// TestThenWatched: hooks and observers see what they would see of layers called one
// by one.
func TestThenWatched(t *testing.T) {
	b := maker()
	x, l := tensor.Ones(tensor.CPU(), dtype.Float32, 2, 3), b.Linear(3, 4)
	var seen *tensor.Tensor
	after := func(_, y *tensor.Tensor) *tensor.Tensor { seen = y; return y }
	nn.Sequential{l, &nn.Hooked{Layer: nn.ReLU{}, After: after}}.Forward(x)
	if want := l.Forward(x).ReLU(); seen == nil || !slices.Equal(seen.Float64s(), want.Float64s()) {
		t.Errorf("a hook of the activation saw %v, want %v", seen, want)
	}
	seen = nil
	nn.Sequential{&nn.Hooked{Layer: l, After: after}, nn.ReLU{}}.Forward(x)
	if want := l.Forward(x); seen == nil || !slices.Equal(seen.Float64s(), want.Float64s()) {
		t.Errorf("a hook of the linear layer saw %v, want %v", seen, want)
	}
	want := l.Forward(x).Float64s()
	tensor.Scope(func(a *tensor.Arena) {
		var layers []any
		a.Observe(func(m any, _, y *tensor.Tensor) {
			layers = append(layers, m)
			if !slices.Equal(y.Float64s(), want) {
				t.Errorf("an observer saw %v, want %v", y, want)
			}
		})
		nn.Sequential{l, nn.ReLU{}}.Forward(a.Own(x))
		if len(layers) != 1 || layers[0] != any(l) {
			t.Errorf("observed %v, want the linear layer", layers)
		}
	})
}

// TestThenCounts: a chain of an affine map and ReLU is one call.
func TestThenCounts(t *testing.T) {
	b := maker()
	x := tensor.Ones(tensor.CPU(), dtype.Float32, 2, 3).SetRequiresGrad(true)
	y := nn.Sequential{b.Linear(3, 4), nn.ReLU{}}.Forward(x)
	if n, _ := y.Node(); n.Op.Name != "linear" || n.In[0].Leaf != x {
		t.Errorf("the record is %s of %v, want linear of x", n.Op.Name, n.In)
	}
}
