package dtype_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/dtype"
)

func ExampleDType() {
	fmt.Println(dtype.All())
	d, err := dtype.Parse("bfloat16")
	fmt.Println(d, d.Size(), d.IsFloat(), err)
	// Output:
	// [bool uint8 int8 int16 int32 int64 float16 bfloat16 float32 float64]
	// bfloat16 2 true <nil>
}

func ExampleParse() {
	_, err := dtype.Parse("half")
	fmt.Println(err)
	// Output:
	// dtype: unknown type "half", want one of [bool uint8 int8 int16 int32 int64 float16 bfloat16 float32 float64]
}

func ExampleElement() {
	fmt.Println(dtype.Of[float32](), dtype.Of[dtype.F16](), dtype.Of[bool]())
	// Output: float32 float16 bool
}

func ExampleF16() {
	x := dtype.ToF16(0.1)
	fmt.Printf("%#04x %v\n", uint16(x), x.Float32())
	fmt.Println(dtype.ToF16(65520).Float32()) // the largest is 65504
	// Output:
	// 0x2e66 0.099975586
	// +Inf
}

func ExampleBF16() {
	x := dtype.ToBF16(0.1)
	fmt.Printf("%#04x %v\n", uint16(x), x.Float32())
	// Output: 0x3dcd 0.100097656
}

func ExamplePromote() {
	fmt.Println(dtype.Promote(dtype.Uint8, dtype.Int8))
	fmt.Println(dtype.Promote(dtype.Int64, dtype.Float16))
	fmt.Println(dtype.Promote(dtype.Float16, dtype.BFloat16))
	// Output:
	// int16
	// float16
	// float32
}

// A number does not widen a tensor, unless it brings a fraction to integers.
func ExampleResult() {
	half := dtype.Operand{DType: dtype.Float16, Rank: 2}
	ints := dtype.Operand{DType: dtype.Int32, Rank: 1}
	number := dtype.Operand{DType: dtype.Float64, Go: true}
	fmt.Println(dtype.Result(half, number), dtype.Result(ints, number))
	// Output: float16 float32
}

func ExampleOperand() {
	scalar := dtype.Operand{DType: dtype.Float64} // a tensor without dimensions
	fmt.Println(dtype.Result(dtype.Operand{DType: dtype.Float32, Rank: 1}, scalar))
	// Output: float32
}

func ExampleAll() {
	for _, d := range dtype.All() {
		if d.IsFloat() {
			fmt.Print(d, " ")
		}
	}
	// Output: float16 bfloat16 float32 float64
}

func ExampleOf() {
	fmt.Println(dtype.Of[float32](), dtype.Of[uint8](), dtype.Of[bool]())
	// Output: float32 uint8 bool
}

func ExampleToF16() {
	fmt.Println(dtype.ToF16(0.1).Float32(), dtype.ToF16(1e6).Float32()) // 11 bits, up to 65504
	// Output: 0.099975586 +Inf
}

func ExampleToBF16() {
	fmt.Println(dtype.ToBF16(0.1).Float32(), dtype.ToBF16(1e6).Float32()) // 8 bits, float32's range
	// Output: 0.100097656 999424
}
