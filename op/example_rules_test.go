package op_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// What an int32 and an int64 become by each rule.
func ExampleRule() {
	in := []op.Meta{{DType: dtype.Int32}, {DType: dtype.Int64}}
	by := map[op.Rule]*op.Op{op.FloatRule: op.Atan2, op.NumericRule: op.Mul, op.CompareRule: op.Lt, op.BitRule: op.BitwiseAnd}
	for _, rule := range []op.Rule{op.FloatRule, op.NumericRule, op.CompareRule, op.BitRule} {
		out, err := by[rule].Infer(in, nil)
		fmt.Println(by[rule].Name, out[0].DType, err)
	}
	_, err := op.BitwiseAnd.Infer([]op.Meta{{DType: dtype.Int32}, {DType: dtype.Float32}}, nil)
	fmt.Println(err)
	// Output:
	// atan2 float32 <nil>
	// mul int64 <nil>
	// lt bool <nil>
	// bitwiseand int64 <nil>
	// float32 operands: want integers or bool
}

func ExampleBy() {
	abs, _ := op.Abs.Lower([]op.Meta{{Shape: []int{3}, DType: dtype.Float64}}, nil)
	for _, by := range []op.By{op.BySum, op.ByProd, op.ByMax, op.ByMin} {
		fmt.Print(by, " ")
		show(op.Reduce, &op.ReduceMapAttrs{Fn: abs, By: by, Axes: []int{0}, Out: dtype.Float64}, array([]int{3}, 2, 3, 4))
	}
	// Output:
	// sum [] [9]
	// prod [] [24]
	// max [] [4]
	// min [] [2]
}

// What lies beyond the edges of 1, 2, 3.
func ExamplePadMode() {
	for _, mode := range []op.PadMode{op.PadConstant, op.PadReflect, op.PadReplicate, op.PadCircular} {
		show(op.Pad, op.PadAttrs{Before: []int{2}, After: []int{2}, Mode: mode}, array([]int{3}, 1, 2, 3))
	}
	// Output:
	// [7] [0 0 1 2 3 0 0]
	// [7] [3 2 1 2 3 2 1]
	// [7] [1 1 1 2 3 3 3]
	// [7] [2 3 1 2 3 1 2]
}

// With weights of classes the mean is a weighted one: here (1·0.6931 + 3·0.3133) / 4. What is
// printed next is log(sum of e**x), and what the mean is divided by.
func ExampleReduction() {
	logits, weights := array([]int{2, 2}, 0, 0, 0, 1), array([]int{2}, 1, 3)
	for _, r := range []op.Reduction{op.ReduceNone, op.ReduceSum, op.ReduceMean} {
		show(op.CrossEntropy, op.LossAttrs{Reduction: r}, logits, indices(0, 1), weights)
	}
	// Output:
	// [2] [0.6931 0.9398]
	// [2] [0.6931 1.313]
	// [] [1]
	// [] [1.633]
	// [2] [0.6931 1.313]
	// [] [1]
	// [] [0.4082]
	// [2] [0.6931 1.313]
	// [] [4]
}

func ExampleResizeMode() {
	x := array([]int{1, 1, 2}, 0, 8)
	for _, m := range []op.ResizeMode{op.ResizeNearest, op.ResizeNearestExact, op.ResizeLinear, op.ResizeCubic} {
		fmt.Print(m, " ")
		show(op.Resize, op.ResizeAttrs{Size: []int{4}, Mode: m}, x)
	}
	// Output:
	// nearest [1 1 4] [0 0 8 8]
	// nearest-exact [1 1 4] [0 0 8 8]
	// linear [1 1 4] [0 2 6 8]
	// cubic [1 1 4] [-0.8438 1.812 6.188 8.844]
}

// Windows of 3 that overlap, without a copy: strides count elements.
func ExampleStridedAttrs() {
	show(op.AsStrided, op.StridedAttrs{Shape: []int{3, 3}, Strides: []int{1, 1}, Offset: 1}, array([]int{6}, 0, 1, 2, 3, 4, 5))
	// Output: [3 3] [1 2 3 2 3 4 3 4 5]
}

// The gradient of a view puts what came in where it was taken from, and adds up
// what was taken twice.
func ExampleViewGradAttrs() {
	slice := op.SliceAttrs{Axis: 0, Start: 1, Stop: 3, Step: 1}
	show(op.ViewGrad, &op.ViewGradAttrs{Op: op.Slice, Attrs: slice, Shape: []int{4}}, array([]int{2}, 10, 20))
	twice := op.StridedAttrs{Shape: []int{2, 2}, Strides: []int{1, 1}}
	show(op.ViewGrad, &op.ViewGradAttrs{Op: op.AsStrided, Attrs: twice, Shape: []int{3}}, array([]int{2, 2}, 1, 1, 1, 1))
	// Output:
	// [4] [0 10 20 0]
	// [3] [1 2 1]
}

// A gradient rule gets operands and cotangents and says what flows to the inputs
// that need it: of x·y at 3, 5 here only x.
func ExampleGradContext() {
	c := &op.GradContext{
		Op: op.Mul, In: []op.Value{array(nil, 3), array(nil, 5)}, Out: []op.Value{array(nil, 15)},
		G: []op.Value{array(nil, 10)}, Needs: op.Nth(0),
	}
	grads := op.Mul.Gradient(op.Builder{Applier: op.Reference{}}, c)
	fmt.Println(grads[0].(*op.Array).Data, grads[1])
	// Output: [50] <nil>
}

// dry applies ops to shapes and types alone, and lists them.
type dry struct{ names *[]string }

func (d dry) Apply(o *op.Op, attrs any, in ...op.Value) (out []op.Value) {
	metas := make([]op.Meta, len(in))
	for i, v := range in {
		metas[i] = op.Meta{Shape: v.Shape(), DType: v.DType()}
	}
	outs, err := o.Infer(metas, attrs)
	if err != nil {
		panic(err)
	}
	*d.names = append(*d.names, o.Name)
	for _, m := range outs {
		out = append(out, &op.Shell{Meta: m})
	}
	return out
}

// What a softmax is made of, without an element being computed.
func ExampleShell() {
	var names []string
	x := &op.Shell{Meta: op.Meta{Shape: []int{2, 1000}, DType: dtype.Float32}}
	y := op.Softmax.Decompose(op.Builder{Applier: dry{&names}}, []op.Value{x}, op.AxisAttrs{Axis: 1})
	fmt.Println(y[0].Shape(), names)
	// Output: [2 1000] [amax reduce map]
}

// The gradient of a layer normalisation of 1, 2, 3, of the first element of its
// result: that of x sums to 0, as x may be shifted; then those of weight and bias.
func ExampleNormGradAttrs() {
	x, g := array([]int{1, 3}, 1, 2, 3), array([]int{1, 3}, 1, 0, 0)
	mean, variance, weight := array([]int{1, 1}, 2), array([]int{1, 1}, 2./3), array([]int{3}, 1, 1, 1)
	show(op.NormGrad, op.NormGradAttrs{}, g, x, mean, variance, weight)
	// Output:
	// [1 3] [0.2041 -0.4082 0.2041]
	// [3] [-1.225 0 0]
	// [3] [1 0 0]
}
