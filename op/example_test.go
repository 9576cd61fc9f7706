package op_test

import (
	"errors"
	"fmt"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// array returns a float64 array of shape s for the examples.
func array(s []int, x ...float64) *op.Array {
	a := op.NewArray(dtype.Float64, s...)
	copy(a.Data, x)
	return a
}

func indices(x ...float64) *op.Array {
	a := op.NewArray(dtype.Int64, len(x))
	copy(a.Data, x)
	return a
}

// show prints the outputs of the reference, with their shapes.
func show(o *op.Op, attrs any, in ...op.Value) {
	for _, v := range (op.Reference{}).Apply(o, attrs, in...) {
		a := v.(*op.Array)
		fmt.Printf("%v %.4g\n", a.Shape(), a.Data)
	}
}

func ExampleLookup() {
	o := op.Lookup("gelu")
	fmt.Println(o.Name, o.Doc)
	fmt.Println(op.Lookup("no such op"))
	// Output:
	// gelu returns x*Phi(x) = x/2*(1 + erf(x/sqrt(2))), Phi being the normal distribution.
	// <nil>
}

func ExampleAll() {
	differentiable := 0
	for _, o := range op.All() {
		if o.Differentiable() || o.Decompose != nil {
			differentiable++
		}
	}
	fmt.Println(len(op.All()) > 200, differentiable > 150)
	// Output: true true
}

// What an op makes of its operands is known before anything is computed.
func ExampleMeta() {
	x := op.Meta{Shape: []int{2, 3}, DType: dtype.Float32}
	w := op.Meta{Shape: []int{3, 5}, DType: dtype.Float32}
	out, err := op.MatMul.Infer([]op.Meta{x, w}, nil)
	fmt.Println(out[0].Shape, out[0].DType, err)
	_, err = op.MatMul.Infer([]op.Meta{x, x}, nil)
	fmt.Println(errors.Is(err, op.ErrShape))
	// Output:
	// [2 5] float32 <nil>
	// true
}

func ExampleReference() {
	var calc op.Applier = op.Reference{}
	y := calc.Apply(op.Exp, nil, array([]int{2}, 0, 1))
	fmt.Println(y[0].(*op.Array).Data)
	// Output: [1 2.718281828459045]
}

// A Builder writes decompositions and gradients, here the mean square of x, for
// any Applier: the reference, eager tensors, a tape.
func ExampleBuilder() {
	b := op.Builder{Applier: op.Reference{}}
	x := array([]int{3}, 1, 2, 3)
	y := b.Scale(b.Sum(b.Mul(x, x), nil, false), 1./3)
	fmt.Printf("%.4f\n", y.(*op.Array).Data)
	// Output: [4.6667]
}

// A Tape differentiates, as often as wanted: the derivatives of x^3 at 2.
func ExampleTape() {
	t := op.NewTape(op.Reference{})
	b := op.Builder{Applier: t}
	x, one := array(nil, 2), array(nil, 1)
	y := op.Value(b.Mul(x, b.Mul(x, x)))
	for range 3 {
		y = t.Grad([]op.Value{y}, []op.Value{one}, []op.Value{x})[0]
		fmt.Println(y.(*op.Array).Data)
	}
	// Output:
	// [12]
	// [12]
	// [6]
}

func ExampleReferenceVJP() {
	x, y, g := array(nil, 3), array(nil, 5), array(nil, 1)
	grads := op.ReferenceVJP(op.Mul, nil, []*op.Array{x, y}, []*op.Array{g}, op.Nth(0, 1))
	fmt.Println(grads[0].Data, grads[1].Data)
	// Output: [5] [3]
}

func ExampleMask() {
	m := op.Nth(0, 2)
	fmt.Println(m.Has(0), m.Has(1), m.Has(2))
	// Output: true false true
}

// An Fn is a pointwise function and, on demand, its gradient.
func ExampleFn() {
	hypot := op.NewFn([]pointwise.Kind{pointwise.Float, pointwise.Float}, nil, func(in, _ []op.V) []op.V {
		return []op.V{in[0].Square().Add(in[1].Square()).Sqrt()}
	})
	show(op.Map, &op.MapAttrs{Fn: hypot, Out: []dtype.DType{dtype.Float64}}, array([]int{2}, 3, 5), array([]int{2}, 4, 12))
	// Output: [2] [5 13]
}

func ExampleRoundTo() {
	fmt.Println(op.RoundTo(1.0/3, dtype.Float16), op.RoundTo(2.9, dtype.Int32))
	// Output: 0.333251953125 2
}

// Samples are drawn anew from a seed, the same for ever.
func ExampleSample() {
	a := op.MatMul.Samples(op.NewRand(1))[0]
	b := op.MatMul.Samples(op.NewRand(1))[0]
	fmt.Println(a.Name == b.Name, a.In[0].Data[0] == b.In[0].Data[0])
	// Output: true true
}

// An ErrorSample is input that the op must refuse, with the error it must give.
func ExampleErrorSample() {
	s := op.MatMul.Errors()[0]
	var in []op.Meta
	for _, a := range s.In {
		in = append(in, a.Meta)
	}
	_, err := op.MatMul.Infer(in, s.Attrs)
	fmt.Println(errors.Is(err, s.Want))
	// Output: true
}

func ExampleRand() {
	a := op.NewRand(7).Floats(dtype.Float32, -1, 1, 1000)
	inside := 0
	for _, x := range a.Data {
		if -1 <= x && x < 1 {
			inside++
		}
	}
	fmt.Println(a.Shape(), inside)
	// Output: [1000] 1000
}

// The reference panics where a device could only guess.
func ExampleIndexError() {
	defer func() { fmt.Println(recover().(*op.IndexError)) }()
	show(op.IndexSelect, op.IndexAttrs{Axis: 0}, array([]int{2}, 5, 6), indices(4))
	// Output: op: gather: index 4 is out of range for axis 0 of size 2
}
