package spirv_test

import (
	"errors"
	"fmt"

	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// The kernel y[i] = 2*x[i] for i below the first parameter: buffer 0 is x, buffer
// 1 is y.
func ExampleModule() {
	m := spirv.New(64, 2, 1)
	var i spirv.Value = m.Invocation()
	m.If(i.Less(m.Param(0)), func() {
		x := m.LoadElement(0, i, dtype.Float32)
		m.StoreElement(1, i, dtype.Float32, x.Mul(m.Float(2)))
	})
	words := m.Words()
	fmt.Printf("%#x, version %d.%d\n", words[0], words[1]>>16, words[1]>>8&0xff)
	// Output: 0x7230203, version 1.3
}

// A variable keeps what a loop makes: here x[0] + x[1] + ... below the first
// parameter.
func ExampleVar() {
	m := spirv.New(1, 2, 1)
	var sum spirv.Var = m.Var(m.Float(0))
	m.For(m.Param(0), func(i spirv.Value) {
		sum.Set(sum.Get().Add(m.LoadElement(0, i, dtype.Float32)))
	})
	m.StoreElement(1, m.Word(0), dtype.Float32, sum.Get())
	fmt.Println(len(m.Words()) > 0, sum.Get().Type())
	// Output: true float
}

// Operations keep the type, but for those that say so.
func ExampleType() {
	m := spirv.New(64, 1, 0)
	x := m.Float(1.5)
	var types []spirv.Type
	for _, v := range []spirv.Value{x.Sqrt(), x.Less(m.Float(2)), x.ToInt(spirv.Word), x.ToReal(spirv.Double), m.Word(7).Widen(spirv.Long)} {
		types = append(types, v.Type())
	}
	fmt.Println(types)
	// Output: [float bool word double long]
}

// A pointwise program becomes instructions: here |x|·u of an element and a scalar.
func ExampleModule_Eval() {
	p := pointwise.New([]pointwise.Kind{pointwise.Float}, []pointwise.Kind{pointwise.Float}, func(in, u []pointwise.Value) []pointwise.Value {
		return []pointwise.Value{in[0].Abs().Mul(u[0])}
	})
	w := spirv.Widths{Real: spirv.Float, Int: spirv.Word}
	m := spirv.New(64, 2, 2)
	i := m.Invocation()
	out := m.Eval(p, w, spirv.Arguments{
		Input:   func(int) spirv.Value { return m.LoadElement(0, i, dtype.Float32) },
		Uniform: func(int) spirv.Value { return m.Param(1).FromBits() },
	})
	m.StoreElement(1, i, dtype.Float32, out[0])
	fmt.Println(len(out), out[0].Type())
	// Output: 1 float
}

// The GPU computes sines of float32 by a polynomial; of float64 there is none.
func ExampleWidths() {
	sine := pointwise.New([]pointwise.Kind{pointwise.Float}, nil, func(in, _ []pointwise.Value) []pointwise.Value {
		return []pointwise.Value{in[0].Sin()}
	})
	single, double := spirv.Widths{Real: spirv.Float, Int: spirv.Word}, spirv.Widths{Real: spirv.Double, Int: spirv.Word}
	fmt.Println(single.Supports(pointwise.Expand(sine)))
	err := double.Supports(sine)
	fmt.Println(errors.Is(err, spirv.ErrProgram), double.Type(pointwise.Float))
	// Output:
	// <nil>
	// true double
}
