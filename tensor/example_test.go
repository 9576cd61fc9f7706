package tensor_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/tensor"
)

func Example() {
	dev := tensor.CPU()
	x := tensor.From(dev, []float32{1, 2, 3, 4, 5, 6}, 2, 3)
	w := tensor.From(dev, []float32{1, 0, -1})
	fmt.Println(x.Mul(w).Sum(1)) // w stretches over the rows
	fmt.Println(x.T().MatMul(x))
	// Output:
	// tensor([-2., -2.])
	// tensor([[17., 22., 27.],
	//         [22., 29., 36.],
	//         [27., 36., 45.]])
}

func ExampleFrom() {
	x := tensor.From(tensor.CPU(), []int64{1, 2, 3, 4}, 2, 2)
	fmt.Println(x, x.Shape(), x.DType())
	// Output:
	// tensor([[1, 2],
	//         [3, 4]]) [2 2] int64
}

func ExampleData() {
	x := tensor.Arange(tensor.CPU(), dtype.Float32, 0, 4, 1).Reshape(2, 2)
	fmt.Println(tensor.Data[float32](x.T()), x.Sum().Item())
	// Output: [0 2 1 3] 6
}

func ExampleFromBytes() {
	x := tensor.FromBytes(tensor.CPU(), dtype.Uint8, []byte("hekla"), 5)
	fmt.Println(x, string(x.Bytes()))
	// Output: tensor([104, 101, 107, 108,  97], dtype=uint8) hekla
}

func ExampleFull() {
	dev := tensor.CPU()
	fmt.Println(tensor.Full(dev, dtype.Float32, 7, 2), tensor.Zeros(dev, dtype.Int64, 2), tensor.Ones(dev, dtype.Bool, 1), tensor.Scalar(dev, float32(3)))
	fmt.Println(tensor.Linspace(dev, dtype.Float32, 0, 1, 5))
	fmt.Println(tensor.Eye(dev, dtype.Float32, 2, 2))
	// Output:
	// tensor([7., 7.]) tensor([0, 0]) tensor([true]) tensor(3.)
	// tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
	// tensor([[1., 0.],
	//         [0., 1.]])
}

func ExampleZerosLike() {
	x := tensor.From(tensor.CPU(), []int64{5, 6})
	fmt.Println(tensor.ZerosLike(x), tensor.OnesLike(x))
	// Output: tensor([0, 0]) tensor([1, 1])
}

func ExampleEmpty() {
	x := tensor.Empty(tensor.CPU(), dtype.Float32, 3)
	fmt.Println(x.Fill(2).MulScalarInPlace(3).AddInPlace(x))
	// Output: tensor([12., 12., 12.])
}

func ExampleTensor_Reshape() {
	x := tensor.Arange(tensor.CPU(), dtype.Float32, 0, 6, 1).Reshape(2, -1)
	y := x.T()
	fmt.Println(y.Shape(), y.Strides(), y.IsContiguous(), y.SharesStorage(x))
	fmt.Println(y.Reshape(6).SharesStorage(x)) // no stride walks down columns
	// Output:
	// [3 2] [1 3] false true
	// false
}

func ExampleTensor_Index() {
	x := tensor.Arange(tensor.CPU(), dtype.Int64, 0, 12, 1).Reshape(3, 4)
	fmt.Println(x.Index(tensor.I(-1)))                                            // x[-1]
	fmt.Println(x.Index(tensor.All, tensor.S(1, 3)))                              // x[:, 1:3]
	fmt.Println(x.Index(tensor.Ellipsis, tensor.SStep(0, tensor.End, 3)).Shape()) // x[..., ::3]
	fmt.Println(x.Index(tensor.NewAxis, tensor.I(0)).Shape())                     // x[None, 0]
	fmt.Println(x.Index(tensor.At(tensor.From(tensor.CPU(), []int64{2, 0, 2}))))  // x[[2, 0, 2]]
	fmt.Println(x.Index(tensor.At(x.GtScalar(8))), tensor.Nonzero(x.GtScalar(8))) // x[x > 8]
	// Output:
	// tensor([ 8,  9, 10, 11])
	// tensor([[ 1,  2],
	//         [ 5,  6],
	//         [ 9, 10]])
	// [3 2]
	// [1 4]
	// tensor([[ 8,  9, 10, 11],
	//         [ 0,  1,  2,  3],
	//         [ 8,  9, 10, 11]])
	// tensor([ 9, 10, 11]) [tensor([2, 2, 2]) tensor([1, 2, 3])]
}

func ExampleTensor_SetIndex() {
	x := tensor.Zeros(tensor.CPU(), dtype.Float32, 2, 3)
	x.SetIndex(tensor.Scalar(tensor.CPU(), float32(1)), tensor.All, tensor.I(1))
	x.SetIndex(tensor.From(tensor.CPU(), []float32{7, 8}), tensor.I(0), tensor.S(1, tensor.End))
	fmt.Println(x)
	// Output:
	// tensor([[0., 7., 8.],
	//         [0., 1., 0.]])
}

func ExampleTensor_NoGrad() {
	dev := tensor.CPU()
	w := tensor.From(dev, []float32{2, 3}).SetRequiresGrad(true)
	x := tensor.From(dev, []float32{1, 1})
	y, z := x.Mul(w), x.NoGrad().Mul(w)
	fmt.Println(y.RequiresGrad(), z.RequiresGrad(), z.IsNoGrad(), z.Muted())
	fmt.Println(y.Detach().IsLeaf(), w.IsLeaf(), y.IsLeaf())
	// Output:
	// true false true true
	// true true false
}

func ExampleTensor_OnGrad() {
	x := tensor.From(tensor.CPU(), []float32{1, 2}).SetRequiresGrad(true)
	x.OnGrad(func(g *tensor.Tensor) *tensor.Tensor { return g.Clamp(-1, 1) })
	autograd.Backward(x.Square().MulScalar(0.4).Sum())
	fmt.Println(x.Grad())
	// Output: tensor([0.8000, 1.0000])
}

func ExampleScope() {
	x := tensor.From(tensor.CPU(), []float32{1, 2, 3})
	w := tensor.From(tensor.CPU(), []float32{4, 5, 6}).SetRequiresGrad(true)
	var y, kept *tensor.Tensor
	tensor.Scope(func(s *tensor.Arena) {
		y = s.Own(x.Detach()).Mul(w)
		loss := y.Sum()
		autograd.Backward(loss)
		kept = loss.Detach().Keep()
	})
	fmt.Println(y, kept, w.Grad())
	// Output: tensor(freed) tensor(32.) tensor([1., 2., 3.])
}

func ExampleHandles() {
	w := tensor.From(tensor.CPU(), []float32{0, 1}).SetRequiresGrad(true)
	var loss *tensor.Tensor
	tensor.Handles(func(s *tensor.Arena) {
		loss = s.Own(w.Reshape(2)).Exp().Sum().Keep() // the gradient will need exp(w)
	})
	autograd.Backward(loss)
	fmt.Println(w.Grad())
	// Output: tensor([1.0000, 2.7183])
}

func ExampleTensor_Free() {
	x := tensor.Ones(tensor.CPU(), dtype.Float32, 3)
	row := x.Slice(0, 0, 2)
	x.Free()
	fmt.Println(x, row)
	// Output: tensor(freed) tensor([1., 1.])
}

func ExampleTry() {
	x, y := tensor.Ones(tensor.CPU(), dtype.Float32, 2, 3), tensor.Ones(tensor.CPU(), dtype.Float32, 2)
	err := tensor.Try(func() error {
		x.Add(y)
		return nil
	})
	fmt.Println(err)
	// Output: tensor: add of float32[2 3], float32[2]: sizes 3 and 2 differ at axis -1, want the same or 1
}

func ExampleMap() {
	dev := tensor.CPU()
	x := tensor.From(dev, []float32{-1, 2}).SetRequiresGrad(true)
	y := tensor.Map(func(x pointwise.Value) pointwise.Value { return x.Mul(x).Mul(x) }, x)
	autograd.Backward(y.Sum())
	fmt.Println(y.Detach(), x.Grad())
	// Output: tensor([-1.,  8.]) tensor([ 3., 12.])
}

func ExampleNewKernel() {
	axpy := tensor.NewKernel(2, 1, func(in, scalar []pointwise.Value) []pointwise.Value {
		return []pointwise.Value{scalar[0].Mul(in[0]).Add(in[1])}
	})
	x := tensor.From(tensor.CPU(), []float32{1, 2})
	fmt.Println(axpy.Apply([]float64{10}, x, x)[0])
	// Output: tensor([11., 22.])
}

func ExampleUpdate() {
	kind := []pointwise.Kind{pointwise.Float}
	sgd := op.NewFn(append(kind, kind...), kind, func(in, s []pointwise.Value) []pointwise.Value {
		return []pointwise.Value{in[0].Sub(s[0].Mul(in[1]))}
	})
	w := tensor.From(tensor.CPU(), []float32{1, 2}).SetRequiresGrad(true)
	autograd.Backward(w.Square().Sum())
	tensor.Update(sgd, []float64{0.25}, []*tensor.Tensor{w}, []*tensor.Tensor{w, w.Grad()})
	fmt.Println(w)
	// Output: tensor([0.5000, 1.0000], requiresgrad)
}

// One step of three parameters, as one piece of work where the device can.
func ExampleUpdateAll() {
	kind := []pointwise.Kind{pointwise.Float}
	sgd := op.NewFn(append(kind, kind...), kind, func(in, s []pointwise.Value) []pointwise.Value {
		return []pointwise.Value{in[0].Sub(s[0].Mul(in[1]))}
	})
	var dst, in [][]*tensor.Tensor
	for n := range 3 {
		w := tensor.Ones(tensor.CPU(), dtype.Float32, n+1)
		dst, in = append(dst, []*tensor.Tensor{w}), append(in, []*tensor.Tensor{w, w})
	}
	tensor.UpdateAll(sgd, []float64{0.25}, dst, in)
	fmt.Println(dst[0][0], dst[2][0])
	// Output: tensor([0.7500]) tensor([0.7500, 0.7500, 0.7500])
}

func ExampleScaleAll() {
	a, b := tensor.Ones(tensor.CPU(), dtype.Float32, 2), tensor.Full(tensor.CPU(), dtype.Float64, 3)
	tensor.ScaleAll(0.5, []*tensor.Tensor{a, b})
	fmt.Println(a, b)
	// Output: tensor([0.5000, 0.5000]) tensor(1.5000, dtype=float64)
}

func ExampleGenerator() {
	g := tensor.NewGenerator(42)
	seed, offset := g.State()
	a := g.Normal(tensor.CPU(), dtype.Float32, 0, 1, 3)
	g.SetState(seed, offset)
	b := g.Normal(tensor.CPU(), dtype.Float32, 0, 1, 3)
	fmt.Println(a.Sub(b))
	// Output: tensor([0., 0., 0.])
}

func ExampleConcat() {
	x := tensor.From(tensor.CPU(), []int64{1, 2})
	fmt.Println(tensor.Concat(0, x, x))
	fmt.Println(tensor.Stack(1, x, x))
	fmt.Println(x.Expand(2, 2).Split(0, 1)[0].Shape(), len(x.Chunk(0, 2)), x.Unbind(0)[1])
	// Output:
	// tensor([1, 2, 1, 2])
	// tensor([[1, 1],
	//         [2, 2]])
	// [1 2] 2 tensor(2)
}

func ExampleApply() {
	x := tensor.From(tensor.CPU(), []float32{3, 1, 2})
	out := tensor.Apply(nil, op.Sort, op.SortAttrs{Axis: 0}, x)
	fmt.Println(out[0], out[1])
	// Output: tensor([1., 2., 3.]) tensor([1, 2, 0])
}

func ExampleTemporaries() {
	x := tensor.From(tensor.CPU(), []float32{3, 4})
	norm := tensor.Temporaries(tensor.CPU(), func(b op.Builder) []op.Value {
		return []op.Value{b.Sum(b.Mul(x, x), nil, false)} // the squares are freed
	})[0]
	fmt.Println(norm.Sqrt())
	// Output: tensor(5.)
}

func ExampleTensor_ToDevice() {
	recorder := backend.Record(tensor.CPU()) // a device in its own right
	x := tensor.From(tensor.CPU(), []float32{1, 2}).SetRequiresGrad(true)
	autograd.Backward(x.ToDevice(recorder).Square().Sum())
	fmt.Println(x.Grad(), x.Grad().Device() == tensor.CPU())
	// Output: tensor([2., 4.]) true
}

// A test begins with CheckLeaks(t, dev); t here stands for the *testing.T.
func ExampleCheckLeaks() {
	t := &fakeTB{}
	tensor.CheckLeaks(t, tensor.CPU())
	forgotten := tensor.Ones(tensor.CPU(), dtype.Float32, 100)
	t.end()
	fmt.Println(t.errors[0])
	forgotten.Free()
	// Output: tensor: 448 bytes in 1 buffers of cpu:0 are still in use, which the test did not start with
}

func ExampleError() {
	err := tensor.Try(func() error {
		tensor.Ones(tensor.CPU(), dtype.Float32, 2, 3).MatMul(tensor.Ones(tensor.CPU(), dtype.Float32, 2, 3))
		return nil
	})
	var e *tensor.Error
	fmt.Println(errors.As(err, &e), e.Op, e.Shapes, e.DTypes, errors.Is(err, tensor.ErrShape))
	// Output: true matmul [[2 3] [2 3]] [float32 float32] true
}

// A Node is what autograd interprets: the op, and where gradients go.
func ExampleTensor_Node() {
	x := tensor.From(tensor.CPU(), []float32{1, 2}).SetRequiresGrad(true)
	y := x.Exp().Mul(tensor.From(tensor.CPU(), []float32{3, 4}))
	n, _ := y.Node()
	fmt.Println(n.Op.Name, n.Needs().Has(0), n.Needs().Has(1), n.In[0].Node.Op.Name, n.In[0].Node.In[0].Leaf == x)
	// Output: mul true false exp true
}

func ExampleRecord() {
	// A function whose gradient is written with ops; autograd.Call does more.
	half := &op.Op{Name: "half", Grad: func(b op.Builder, c *op.GradContext) []op.Value {
		return []op.Value{b.Scale(c.G[0], 0.5)}
	}}
	x := tensor.From(tensor.CPU(), []float32{1, 2}).SetRequiresGrad(true)
	y := tensor.FromBytes(tensor.CPU(), dtype.Float32, x.MulScalar(0.5).Bytes(), 2)
	tensor.Inherit([]*tensor.Tensor{x}, []*tensor.Tensor{y})
	tensor.Record(half, nil, []*tensor.Tensor{x}, []*tensor.Tensor{y})
	autograd.Backward(y.Sum())
	fmt.Println(y, x.Grad())
	// Output: tensor([0.5000, 1.0000], grad=half) tensor([0.5000, 0.5000])
}

func ExampleRecordSites() {
	tensor.RecordSites(true)
	defer tensor.RecordSites(false)
	x := tensor.From(tensor.CPU(), []float32{1}).SetRequiresGrad(true)
	n, _ := x.Exp().Node()
	fmt.Println(filepath.Base(strings.Split(n.Site, ":")[0]))
	// Output: example_test.go
}

func ExampleNonzero() {
	x := tensor.From(tensor.CPU(), []int64{0, 7, 0, 8}, 2, 2)
	fmt.Println(tensor.Nonzero(x))
	// Output: [tensor([0, 1]) tensor([1, 1])]
}
