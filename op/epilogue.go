package op

// An Epilogue is the activation that a product applies to its result before it is
// stored, which spares a pass over memory. The zero value is none.
type Epilogue uint8

// The epilogues. EpilogueGELUTanh is GELU's approximation by a hyperbolic tangent.
const (
	NoEpilogue Epilogue = iota
	EpilogueReLU
	EpilogueGELU
	EpilogueGELUTanh
)

// Op returns the activation as an op of its own, or nil for none.
func (e Epilogue) Op() *Op {
	switch e {
	case EpilogueReLU:
		return ReLU
	case EpilogueGELU:
		return GELU
	case EpilogueGELUTanh:
		return GELUTanh
	}
	return nil
}

func (e Epilogue) String() string {
	if o := e.Op(); o != nil {
		return o.Name
	}
	return "none"
}

// check refuses epilogues that there are not, and those of integers.
func (e Epilogue) check(m Meta) error {
	if e > EpilogueGELUTanh {
		return attrError("epilogue %d: want none, relu, gelu or gelutanh", uint8(e))
	}
	if e != NoEpilogue && !m.DType.IsFloat() {
		return dtypeError("an epilogue %v on %s: want floats", e, m.DType)
	}
	return nil
}

// Fn returns what e computes of a sum as one function: of x, or of x and a bias.
func (e Epilogue) Fn(bias bool) *Fn {
	if bias {
		return epilogueFns[e][1]
	}
	return epilogueFns[e][0]
}

var epilogueFns = func() (l [EpilogueGELUTanh + 1][2]*Fn) {
	for e := range l {
		then := func(x V) V {
			if o := Epilogue(e).Op(); o != nil {
				return o.row.f([]V{x}, nil)[0]
			}
			return x
		}
		l[e][0] = NewFn(floats(1), nil, func(in, _ []V) []V { return []V{then(in[0])} })
		l[e][1] = fn2(func(x, bias V) V { return then(x.Add(bias)) })
	}
	return l
}()

// readsResult reports whether the gradient can be had from the result alone, as
// that of ReLU, whose result is above 0 where its operand is. For the others the
// operand is computed anew.
func (e Epilogue) readsResult() bool { return e == EpilogueReLU }

// back returns the gradient of the activation by its operand x, which ReLU's result
// stands for as well, from the gradient g of its result.
func (e Epilogue) back(b Builder, x, g Value) Value {
	o := e.Op()
	return o.Gradient(b, &GradContext{Op: o, In: []Value{x}, Out: []Value{&Shell{Meta{x.Shape(), x.DType()}}}, G: []Value{g}, Needs: Nth(0)})[0]
}
