package optim_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// single is a device that takes no lists; counting says how many it took.
type single struct{ backend.Device }

type counting struct {
	backend.Device
	lists, calls, alone *int
}

func (c counting) Run(call *backend.Call) error {
	*c.alone++
	return c.Device.Run(call)
}

func (c counting) RunList(calls []*backend.Call) error {
	*c.lists++
	*c.calls += len(calls)
	return c.Device.(backend.ListRunner).RunList(calls)
}

// train takes three steps of parameters of many sizes, types and layouts of
// gradients and returns the bits of them and of their state.
func train(dev backend.Device, a optim.Algorithm) (all [][]float64, opt *optim.Optimizer) {
	r := rand.New(rand.NewPCG(1, 2))
	random := func(d dtype.DType, s ...int) *tensor.Tensor {
		n := 1
		for _, k := range s {
			n *= k
		}
		x := make([]float64, n)
		for i := range x {
			x[i] = r.NormFloat64()
		}
		return tensor.From(dev, x, s...).To(d)
	}
	var params []*tensor.Tensor
	// 512 is the block of the CPU's kernels; 40,000 elements are a region by themselves.
	for _, s := range [][]int{{3}, {512}, {}, {513}, {0, 4}, {1}, {200, 200}, {7, 9}} {
		params = append(params, random(dtype.Float32, s...).SetRequiresGrad(true))
	}
	for _, d := range []dtype.DType{dtype.Float64, dtype.BFloat16} {
		params = append(params, random(d, 20).SetRequiresGrad(true), random(d, 3, 300).SetRequiresGrad(true))
	}
	opt = optim.New(a, params)
	for step := range 3 {
		for i, p := range params {
			g := random(p.DType(), p.Shape()...)
			if s := p.Shape(); len(s) == 2 && s[0] > 0 { // column by column
				g = g.Transpose(0, 1).Contiguous().Transpose(0, 1)
			}
			if i == 1 && step == 0 {
				g = nil // is a step behind the others
			}
			p.SetGrad(g)
		}
		opt.Step()
	}
	for _, p := range params {
		all = append(all, p.Float64s())
	}
	for _, s := range opt.StateDict() {
		all = append(all, s.Float64s())
	}
	return all, opt
}

// TestBatchBits: a step of all parameters at once gives the bits of steps of one
// after the other.
func TestBatchBits(t *testing.T) {
	for _, a := range every {
		got, _ := train(tensor.CPU(), a)
		want, _ := train(single{tensor.CPU()}, a)
		for i := range want {
			for k, x := range want[i] {
				if math.Float64bits(got[i][k]) != math.Float64bits(x) {
					t.Fatalf("%T: list %d element %d is %v, want %v", a, i, k, got[i][k], x)
				}
			}
		}
	}
}

// TestBatchCalls: the parameters of one type and one step count are one list,
// and no other call is made.
func TestBatchCalls(t *testing.T) {
	var lists, calls, alone int
	dev := counting{tensor.CPU(), &lists, &calls, &alone}
	_, opt := train(dev, optim.AdamW{})
	lists, calls, alone = 0, 0, 0
	opt.Step()
	// Of float32 there are the first, then the one behind, then the other six, of
	// which one is empty; then two lists of two.
	if got, want := fmt.Sprint(lists, calls, alone), fmt.Sprint(3, 9, 2); got != want {
		t.Errorf("lists, calls in them, calls alone are %s, want %s", got, want)
	}
}
