package op

// The elementwise table. A row is the whole definition: formula, doc, type
// rule; everything else (oracle, gradient, kernels on all devices, the method of
// Tensor, conformance cases) follows from it. Run `go generate ./...` after a
// change.
var (
	Add  = Binary("Add", "returns x + y.", func(x, y V) V { return x.Add(y) }).by(NumericRule)
	Sub  = Binary("Sub", "returns x - y.", func(x, y V) V { return x.Sub(y) }).by(NumericRule)
	Mul  = Binary("Mul", "returns x * y.", func(x, y V) V { return x.Mul(y) }).by(NumericRule)
	Div  = Binary("Div", "returns x / y; integers divide as floats.", func(x, y V) V { return x.Div(y) })
	Neg  = Unary("Neg", "returns -x.", func(x V) V { return x.Neg() }).by(NumericRule)
	Exp  = Unary("Exp", "returns e**x.", func(x V) V { return x.Exp() })
	Log  = Unary("Log", "returns the natural logarithm of x.", func(x V) V { return x.Log() }).over(0.1, 4)
	Tanh = Unary("Tanh", "returns the hyperbolic tangent of x.", func(x V) V { return x.Tanh() })

	Eq         = Binary("Eq", "reports whether x == y.", func(x, y V) V { return x.Eq(y) }).by(CompareRule)
	LogicalAnd = Binary("LogicalAnd", "reports whether x and y are both not zero.", func(x, y V) V { return x.And(y) }).by(LogicalRule)

	Where = Row("Where", "returns x where cond holds, else y.", []string{"cond", "x", "y"}, nil, func(in, _ []V) []V { return []V{in[0].Select(in[1], in[2])} }).by(NumericRule).given()
)
