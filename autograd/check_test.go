package autograd_test

import (
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// Compositions of many ops, first and second derivatives by differences.
func TestCheckCompositions(t *testing.T) {
	for _, c := range []struct {
		name string
		f    func(in ...*tensor.Tensor) *tensor.Tensor
		in   []*tensor.Tensor
	}{
		{"linear and tanh", func(in ...*tensor.Tensor) *tensor.Tensor { return in[0].MatMul(in[1]).Add(in[2]).Tanh() }, []*tensor.Tensor{matrix(2, 3), matrix(3, 2), matrix(1, 2)}},
		{"softmax cross entropy", func(in ...*tensor.Tensor) *tensor.Tensor {
			return in[0].LogSoftmax(1).Gather(1, tensor.From(cpu, []int64{2, 0}, 2, 1)).Mean().Neg()
		}, []*tensor.Tensor{matrix(2, 3)}},
		{"layer norm", func(in ...*tensor.Tensor) *tensor.Tensor { return in[0].LayerNorm(1, 1e-5, nil, nil).GELU() }, []*tensor.Tensor{matrix(2, 4)}},
		{"layer norm with weights", func(in ...*tensor.Tensor) *tensor.Tensor {
			return in[0].LayerNorm(1, 1e-5, in[1].Reshape(3), in[2].Reshape(3))
		}, []*tensor.Tensor{matrix(2, 3), matrix(1, 3), matrix(3, 1)}},
		{"attention by hand", func(in ...*tensor.Tensor) *tensor.Tensor {
			return in[0].MatMul(in[1].T()).MulScalar(0.5).Softmax(-1).MatMul(in[1])
		}, []*tensor.Tensor{matrix(2, 4), matrix(3, 4)}},
		{"convolution", func(in ...*tensor.Tensor) *tensor.Tensor {
			return in[0].Reshape(1, 1, 4, 4).Conv(in[1].Reshape(1, 1, 2, 2), op.ConvAttrs{}).Sigmoid()
		}, []*tensor.Tensor{matrix(4, 4), matrix(2, 2)}},
		{"average pool", func(in ...*tensor.Tensor) *tensor.Tensor {
			return in[0].Reshape(1, 1, 4, 4).AvgPool(op.PoolAttrs{Kernel: []int{2, 2}}).Square()
		}, []*tensor.Tensor{matrix(4, 4)}},
		{"norms", func(in ...*tensor.Tensor) *tensor.Tensor { return in[0].Norm(2).Mul(in[0].Norm(3, 0)) }, []*tensor.Tensor{matrix(3, 2)}},
		{"variance", func(in ...*tensor.Tensor) *tensor.Tensor { return in[0].Var(1, 0).Div(in[0].Mean(0)) }, []*tensor.Tensor{matrix(3, 2)}},
		{"running", func(in ...*tensor.Tensor) *tensor.Tensor { return in[0].CumSum(1).Log().CumProd(0) }, []*tensor.Tensor{matrix(3, 3)}},
		{"logsumexp", func(in ...*tensor.Tensor) *tensor.Tensor { return in[0].LogSumExp(1).Square() }, []*tensor.Tensor{matrix(2, 3)}},
		{"views", func(in ...*tensor.Tensor) *tensor.Tensor {
			x := in[0].T().Unfold(0, 2, 1).Flatten(0, 1).Slice(0, 1, 4)
			return tensor.Concat(0, x, x.Flip(0)).Square().Permute(1, 0)
		}, []*tensor.Tensor{matrix(2, 3)}},
		{"division and powers", func(in ...*tensor.Tensor) *tensor.Tensor {
			return in[0].Div(in[1]).Pow(in[1]).Add(in[0].Sqrt().Rsqrt())
		}, []*tensor.Tensor{matrix(2, 2), matrix(1, 2)}},
		{"choice", func(in ...*tensor.Tensor) *tensor.Tensor {
			return in[0].GtScalar(1).Where(in[0].Square(), in[1].Exp())
		}, []*tensor.Tensor{matrix(2, 2), matrix(1, 2)}},
		{"scatter", func(in ...*tensor.Tensor) *tensor.Tensor {
			return in[0].ScatterAdd(0, tensor.From(cpu, []int64{1, 1, 0, 1}, 2, 2), in[1].Square()).Square()
		}, []*tensor.Tensor{matrix(2, 2), matrix(2, 2)}},
		{"padding", func(in ...*tensor.Tensor) *tensor.Tensor {
			return in[0].Pad([]int{1, 0}, []int{0, 1}, 2).Exp().Roll(1, 1).Triu(0)
		}, []*tensor.Tensor{matrix(2, 2)}},
		{"product", func(in ...*tensor.Tensor) *tensor.Tensor { return in[0].Prod(1) }, []*tensor.Tensor{matrix(2, 3)}},
		{"a loop", func(in ...*tensor.Tensor) *tensor.Tensor {
			h := in[0]
			for range 4 {
				h = h.MatMul(in[1]).Sin()
			}
			return h
		}, []*tensor.Tensor{matrix(1, 3), matrix(3, 3)}},
	} {
		if err := autograd.Check(c.f, c.in...); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if err := autograd.CheckSecond(c.f, c.in...); err != nil {
			t.Errorf("%s, second derivative: %v", c.name, err)
		}
	}
}

// Check finds what is wrong.
func TestCheckFinds(t *testing.T) {
	wrong := function{
		func(c *autograd.Context, in ...*tensor.Tensor) []*tensor.Tensor {
			return []*tensor.Tensor{in[0].Square()}
		},
		func(c *autograd.Context, g ...*tensor.Tensor) []*tensor.Tensor { return []*tensor.Tensor{g[0]} },
	}
	err := autograd.Check(func(in ...*tensor.Tensor) *tensor.Tensor { return autograd.Call("wrong", wrong, in...)[0] }, leaf(1, 2))
	if err == nil || !strings.Contains(err.Error(), "autograd: check: gradient of input 0 [2] at element 0 (x = 1) is ") {
		t.Errorf("error %v", err)
	}
	err = autograd.Check(func(in ...*tensor.Tensor) *tensor.Tensor { return in[0] }, tensor.Ones(cpu, tensor.Scalar(cpu, float32(1)).DType(), 2).SetRequiresGrad(true))
	if err == nil || err.Error() != "autograd: check: input 0 is float32, want float64" {
		t.Errorf("error %v", err)
	}
	// Right once, wrong twice: the derivative is cut off.
	cut := function{
		func(c *autograd.Context, in ...*tensor.Tensor) []*tensor.Tensor {
			c.Save(in...)
			return []*tensor.Tensor{in[0].Square()}
		},
		func(c *autograd.Context, g ...*tensor.Tensor) []*tensor.Tensor {
			return []*tensor.Tensor{c.Saved()[0].Detach().MulScalar(2).Mul(g[0])}
		},
	}
	f := func(in ...*tensor.Tensor) *tensor.Tensor { return autograd.Call("cut", cut, in...)[0] }
	if err := autograd.Check(f, leaf(1, 2)); err != nil {
		t.Error(err)
	}
	if err := autograd.CheckSecond(f, leaf(1, 2)); err == nil {
		t.Error("CheckSecond let a wrong second derivative pass")
	}
}
