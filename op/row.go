package op

import (
	"math"
	"strings"
	"sync/atomic"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// A Rule says in which type an elementwise op computes and what it yields.
type Rule uint8

// The rules. "Promoted" is dtype.Result of the operands.
const (
	FloatRule   Rule = iota // integers and bools become dtype.Default
	NumericRule             // the promoted type
	CompareRule             // computes in the promoted type, yields Bool
	LogicalRule             // operands as bools, yields Bool
	BitRule                 // the promoted type, which must not be a float
	ShiftRule               // the promoted type, which must be an integer
	SignedRule              // the promoted type, which must not be Bool
)

// A row is an elementwise op as the table writes it: a formula and how its
// types behave. Operands promote together, except that a Bool condition, which
// comes first or last, stays out of it.
type row struct {
	goName  string
	in      []string // names of the operands
	scalars []string // names of the scalar arguments
	f       func(in, scalar []V) []V
	rule    Rule
	cond    int                   // number of the condition, -1 if there is none
	fns     [5]atomic.Pointer[Fn] // by compute kind
	scalar  *Op                   // binary ops: the variant with a Go number on the right
	least   *least                // of each scalar; nil: any
	sampling
}

// A least is the lower bound of the scalars of a row, itself allowed or not.
type least struct {
	x    float64
	open bool
}

// Row adds an elementwise op to the table. name is the Go method's; the op's is
// its lower case. doc continues it: "returns ...".
func Row(name, doc string, in, scalars []string, f func(in, scalar []V) []V) *Op {
	r := &row{goName: name, in: in, scalars: scalars, f: f, cond: -1}
	o := &Op{Name: strings.ToLower(name), Doc: doc, row: r}
	o.Infer = r.infer
	o.Lower = r.lower
	o.Samples = r.samples
	o.Errors = r.errors
	return register(o)
}

// Unary adds a function of one operand.
func Unary(name, doc string, f func(x V) V) *Op {
	return Row(name, doc, []string{"x"}, nil, func(in, _ []V) []V { return []V{f(in[0])} })
}

// UnaryWith adds a function of one operand and one scalar.
func UnaryWith(name, doc, scalar string, f func(x, s V) V) *Op {
	return Row(name, doc, []string{"x"}, []string{scalar}, func(in, s []V) []V { return []V{f(in[0], s[0])} })
}

// Binary adds a function of two operands, and its variant with a Go number in
// place of the second: see Op.Scalar.
func Binary(name, doc string, f func(x, y V) V) *Op {
	o := Row(name, doc, []string{"x", "y"}, nil, func(in, _ []V) []V { return []V{f(in[0], in[1])} })
	s := UnaryWith(name+"Scalar", doc+" y is a number.", "y", f)
	o.row.scalar = s
	return o
}

// variant makes s the variant of o for Scalar.
func (o *Op) variant(s *Op) *Op { o.row.scalar = s; return o }

// Scalar returns the variant of an op whose last operand is a number, or nil.
func (o *Op) Scalar() *Op { return o.row.scalar }

// by sets the type rule of a row, and of its scalar variant.
func (o *Op) by(r Rule) *Op {
	o.row.rule = r
	if o.row.scalar != nil {
		o.row.scalar.row.rule = r
	}
	return o
}

// from makes scalars below x an error; above also x itself.
func (o *Op) from(x float64) *Op  { o.row.least = &least{x, false}; return o }
func (o *Op) above(x float64) *Op { o.row.least = &least{x, true}; return o }

// check returns an error that names the first scalar out of bounds.
func (l *least) check(names []string, scalars []float64) error {
	for i, s := range scalars {
		switch {
		case l.open && !(s > l.x):
			return attrError("%s is %v, want more than %v", names[i], s, l.x)
		case !(s >= l.x):
			return attrError("%s is %v, want at least %v", names[i], s, l.x)
		}
	}
	return nil
}

// given makes operand i, the first or the last, a condition.
func (o *Op) given(i int) *Op { o.row.cond = i; return o }

// Elementwise describes a row of the elementwise table to generators of code
// and documentation: the Go name, the operands and the scalar arguments. ok is
// false for other ops.
func (o *Op) Elementwise() (goName string, in, scalars []string, ok bool) {
	if o.row == nil {
		return "", nil, nil, false
	}
	return o.row.goName, o.row.in, o.row.scalars, true
}

// compute returns the type in which the row computes on operands of the given
// promoted type, and the type it yields.
func (r *row) compute(d dtype.DType) (compute, out dtype.DType, err error) {
	switch r.rule {
	case FloatRule:
		if !d.IsFloat() {
			d = dtype.Default
		}
		return d, d, nil
	case CompareRule:
		return d, dtype.Bool, nil
	case LogicalRule:
		return dtype.Bool, dtype.Bool, nil
	case BitRule:
		if d.IsFloat() {
			return 0, 0, dtypeError("%s operands: want integers or bool", d)
		}
	case SignedRule:
		if d == dtype.Bool { // as in NumPy and PyTorch: neither answer is what everybody means
			return 0, 0, dtypeError("bool operands: want numbers; take logicalxor or logicalnot, or convert first")
		}
	case ShiftRule:
		if !d.IsInt() {
			return 0, 0, dtypeError("%s operands: want integers", d)
		}
	}
	return d, d, nil
}

func (r *row) promote(in []Meta, attrs any) (dtype.DType, error) {
	if c := r.cond; c >= 0 {
		if in[c].DType != dtype.Bool {
			return 0, dtypeError("%s is %s, want bool", r.in[c], in[c].DType)
		}
		if c == 0 {
			in = in[1:]
		} else {
			in = in[:c]
		}
	}
	d := in[0].DType
	same := true
	for _, m := range in[1:] {
		same = same && m.DType == d
	}
	scalars, _ := attrs.([]float64)
	if same && (len(scalars) == 0 || d.IsFloat()) {
		return d, nil
	}
	ops := make([]dtype.Operand, 0, 4)
	for _, m := range in {
		ops = append(ops, dtype.Operand{DType: m.DType, Rank: len(m.Shape)})
	}
	for _, s := range scalars {
		// A Go number without a fraction counts as an integer.
		sd := dtype.Int64
		if s != math.Trunc(s) || math.IsInf(s, 0) {
			sd = dtype.Float64
		}
		ops = append(ops, dtype.Operand{DType: sd, Go: true})
	}
	return dtype.Result(ops...), nil
}

func (r *row) infer(in []Meta, attrs any) ([]Meta, error) {
	m, err := r.inferOne(in, attrs)
	if err != nil {
		return nil, err
	}
	return []Meta{m}, nil
}

func (r *row) inferOne(in []Meta, attrs any) (Meta, error) {
	if len(in) != len(r.in) {
		return Meta{}, attrError("%d operands, want %d", len(in), len(r.in))
	}
	if s, _ := attrs.([]float64); len(s) != len(r.scalars) {
		return Meta{}, attrError("%d scalars, want %v", len(s), r.scalars)
	} else if r.least != nil {
		if err := r.least.check(r.scalars, s); err != nil {
			return Meta{}, err
		}
	}
	d, err := r.promote(in, attrs)
	if err != nil {
		return Meta{}, err
	}
	_, out, err := r.compute(d)
	if err != nil {
		return Meta{}, err
	}
	s, err := broadcast(in)
	return Meta{s, out}, err
}

// InferInto appends what Infer returns to dst; for elementwise ops it makes no
// slice of its own.
func (o *Op) InferInto(dst, in []Meta, attrs any) ([]Meta, error) {
	if o.row != nil {
		m, err := o.row.inferOne(in, attrs)
		return append(dst, m), err
	}
	if a, ok := attrs.(*MapAttrs); ok && o == core.apply {
		return a.infer(dst, in)
	}
	outs, err := o.Infer(in, attrs)
	return append(dst, outs...), err
}

func (r *row) lower(in []Meta, attrs any) (*Fn, []float64) {
	d, _ := r.promote(in, attrs)
	d, _, _ = r.compute(d)
	k := kindOf(d)
	if k == pointwise.Bool && r.rule == NumericRule || k == pointwise.Bool && r.rule == CompareRule {
		k = pointwise.Int // True + True is True: computed as integers, stored as x != 0
	}
	fn := r.fns[k].Load()
	if fn == nil {
		fn = r.compile(k)
		r.fns[k].Store(fn)
	}
	scalars, _ := attrs.([]float64)
	return fn, scalars
}

func (r *row) compile(k pointwise.Kind) *Fn {
	in, un := make([]pointwise.Kind, len(r.in)), make([]pointwise.Kind, len(r.scalars))
	for i := range in {
		in[i] = k
	}
	if r.cond >= 0 {
		in[r.cond] = pointwise.Bool
	}
	for i := range un {
		un[i] = k
	}
	return NewFn(in, un, r.f)
}

// kindOf returns the kind in which elements of type d are computed with.
func kindOf(d dtype.DType) pointwise.Kind {
	switch {
	case d.IsFloat():
		return pointwise.Float
	case d == dtype.Bool:
		return pointwise.Bool
	}
	return pointwise.Int
}
