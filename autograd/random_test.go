package autograd_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/tensor"
)

// step grows a graph: it picks two values and appends one.
func step(r *rand.Rand, vals []*tensor.Tensor) (string, *tensor.Tensor) {
	pick := func() *tensor.Tensor { return vals[r.IntN(len(vals))] }
	x, y := pick(), pick()
	flat := func(t *tensor.Tensor) *tensor.Tensor { return t.Reshape(-1) }
	switch r.IntN(16) {
	case 0:
		return "add", flat(x).Sum().Add(y)
	case 1:
		return "mul", x.Mul(flat(y).Mean())
	case 2:
		return "sin", x.Sin()
	case 3:
		return "square", x.MulScalar(0.5).Square()
	case 4:
		return "outer", flat(x).Slice(0, 0, 3).Outer(flat(y).Slice(0, 0, 2))
	case 5:
		return "reversed axes", x.Permute(reversed(x.Rank())...)
	case 6:
		f := flat(x)
		return "windows", f.Unfold(0, min(2, f.Numel()), 1)
	case 7:
		return "expand", flat(x).Slice(0, 0, 1).Expand(3)
	case 8:
		f := flat(x)
		return "slice", f.SliceStep(0, 0, f.Numel(), 2)
	case 9:
		return "itself twice", x.Mul(x).MulScalar(0.1)
	case 10:
		return "concat", tensor.Concat(0, flat(x), flat(y)).Slice(0, 0, 6)
	case 11:
		return "softmax", flat(x).Softmax(0)
	case 12:
		f := flat(x)
		return "index", f.Index(tensor.At(tensor.From(cpu, []int64{0, -1, 0})))
	case 13:
		m := flat(x).Unsqueeze(0)
		return "matmul", m.T().MatMul(m).Tanh()
	case 14:
		return "checkpoint", autograd.Checkpoint(func(in ...*tensor.Tensor) *tensor.Tensor { return in[0].Sin().Add(flat(y).Sum()) }, nil, x)
	default:
		return "custom", autograd.Call("cube", cube{}, x.Sin())[0]
	}
}

func reversed(n int) []int {
	var l []int
	for i := range n {
		l = append(l, n-1-i)
	}
	return l
}

// TestRandomGraphs compares gradients of random graphs with differences, and
// the ways to get them with each other.
func TestRandomGraphs(t *testing.T) {
	for seed := range uint64(60) {
		var names []string
		f := func(in ...*tensor.Tensor) *tensor.Tensor {
			r := rand.New(rand.NewPCG(seed, 1))
			names = nil
			vals := slices.Clone(in)
			total := vals[0].Sum()
			for range 3 + seed%8 {
				name, v := step(r, vals)
				if v.Numel() > 40 {
					v = v.Reshape(-1).Slice(0, 0, 40)
				}
				names = append(names, name)
				vals = append(vals, v)
				total = total.Add(v.Mean())
			}
			return total
		}
		leaves := func() []*tensor.Tensor { return []*tensor.Tensor{leaf(0.3, -0.5, 0.9), matrix(2, 2)} }
		in := leaves()
		if err := autograd.Check(f, in...); err != nil {
			t.Errorf("graph %d %v: %v", seed, names, err)
			continue
		}
		if seed < 20 {
			if err := autograd.CheckSecond(f, in...); err != nil {
				t.Errorf("graph %d %v, second derivative: %v", seed, names, err)
			}
		}
		want := autograd.Grad([]*tensor.Tensor{f(in...)}, in, autograd.AllowUnused())
		compare := func(how string, got ...*tensor.Tensor) {
			for i, w := range want {
				if (w == nil) != (got[i] == nil) {
					t.Errorf("graph %d %v: gradient %d %s is %v, want %v", seed, names, i, how, got[i], w)
				} else if w != nil {
					equal(t, fmt.Sprintf("graph %d %v: gradient %d %s", seed, names, i, how), got[i], w.Float64s()...)
				}
			}
		}
		compare("with CreateGraph", autograd.Grad([]*tensor.Tensor{f(in...)}, in, autograd.AllowUnused(), autograd.CreateGraph())...)
		autograd.Backward(f(in...))
		compare("by Backward", in[0].Grad(), in[1].Grad())
		fresh := leaves()
		tensor.Scope(func(s *tensor.Arena) {
			own := make([]*tensor.Tensor, len(fresh))
			for i, x := range fresh {
				own[i] = s.Own(x.Detach()).SetRequiresGrad(true)
			}
			autograd.Backward(f(own...))
			compare("in a Scope", own[0].Grad(), own[1].Grad())
		})
		fresh = leaves()
		autograd.Backward(autograd.Checkpoint(f, nil, fresh...))
		compare("through Checkpoint", fresh[0].Grad(), fresh[1].Grad())
		fresh = leaves()
		y := f(fresh...)
		autograd.Backward(y, autograd.RetainGraph())
		fresh[0].SetGrad(nil)
		fresh[1].SetGrad(nil)
		autograd.Backward(y)
		compare("over a retained graph", fresh[0].Grad(), fresh[1].Grad())
	}
}
