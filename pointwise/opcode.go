package pointwise

// A Kind is the type of a Value. How wide a Float or an Int is follows from
// the element types a program is run on: see Spec.
type Kind uint8

// The kinds.
const (
	Untyped Kind = iota // a constant that takes the kind of what it meets
	Float               // float32, or float64 if the Spec says so
	Int                 // int32 or int64, two's complement, wraps around
	Bool
	Bits // uint32, wraps around: counters, hashes, the bits of a float32
)

var kindNames = [...]string{"untyped", "float", "int", "bool", "bits"}

func (k Kind) String() string { return kindNames[k] }

// An Opcode names a primitive of the language.
type Opcode uint8

// The opcodes. Unless said otherwise operands and result have one kind.
const (
	OpInput     Opcode = iota // input number A
	OpUniform                 // scalar argument number A
	OpConst                   // the constant Const
	OpIndex                   // Bits: low word of the row-major index of the output element
	OpIndexHigh               // Bits: high word of it

	OpAdd
	OpSub
	OpMul
	OpDiv // Int: truncates towards zero, x/0 = 0
	OpRem // C's fmod: the sign of A. Int: x%0 = 0
	OpMin // NaN if either is NaN; of zeros of both signs, either
	OpMax // likewise
	OpNeg
	OpAbs
	OpFloor
	OpCeil
	OpTrunc
	OpRound // half to even
	OpSqrt
	OpMulAdd // Float: A*B + C, rounded once; twice on a device that has no such instruction

	OpExp
	OpExp2
	OpExpm1
	OpLog
	OpLog2
	OpLog10
	OpLog1p
	OpPow
	OpSin
	OpCos
	OpTan
	OpAsin
	OpAcos
	OpAtan
	OpAtan2
	OpSinh
	OpCosh
	OpTanh
	OpAsinh
	OpAcosh
	OpAtanh
	OpErf
	OpErfc
	OpErfinv
	OpLgamma
	OpDigamma
	OpTrigamma

	OpLt // compares give Bool; false if either is NaN, but OpNe true
	OpLe
	OpEq
	OpNe

	OpAnd // bitwise on Int and Bits, logical on Bool
	OpOr
	OpXor
	OpNot
	OpShl   // Int, Bits: shifts of 32 (64) and more give 0
	OpShr   // Bits: logical. Int: arithmetic
	OpMulHi // Bits: high word of the 64-bit product

	OpSelect  // A ? B : C; A is Bool
	OpConvert // to Kind. Float to Int truncates, saturates, NaN gives 0; to Bits likewise; between Int and Bits: the low bits; Bool gives 0 or 1; to Bool: x != 0
	OpBitcast // Float (float32 only) to Bits or back, the same 32 bits

	opcodeCount
)

var opNames = [opcodeCount]string{
	"input", "uniform", "const", "index", "indexhigh",
	"add", "sub", "mul", "div", "rem", "min", "max", "neg", "abs", "floor", "ceil", "trunc", "round", "sqrt", "muladd",
	"exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "pow", "sin", "cos", "tan", "asin", "acos", "atan", "atan2",
	"sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc", "erfinv", "lgamma", "digamma", "trigamma",
	"lt", "le", "eq", "ne", "and", "or", "xor", "not", "shl", "shr", "mulhi", "select", "convert", "bitcast",
}

func (o Opcode) String() string { return opNames[o] }

// Arity returns the number of operands of o.
func (o Opcode) Arity() int {
	switch o {
	case OpInput, OpUniform, OpConst, OpIndex, OpIndexHigh:
		return 0
	case OpAdd, OpSub, OpMul, OpDiv, OpRem, OpMin, OpMax, OpPow, OpAtan2, OpLt, OpLe, OpEq, OpNe, OpAnd, OpOr, OpXor, OpShl, OpShr, OpMulHi:
		return 2
	case OpMulAdd, OpSelect:
		return 3
	}
	return 1
}

// Transcendental reports whether Expand rewrites o.
func (o Opcode) Transcendental() bool { return o >= OpExp && o <= OpTrigamma }
