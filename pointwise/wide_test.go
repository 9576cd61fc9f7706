package pointwise

import (
	"fmt"
	"math"
	bignum "math/big"
	"math/rand/v2"
	"testing"
)

// wideUlp is Error in float64.
func wideUlp(o Opcode, x, got, want float64) float64 {
	switch {
	case got == want || got != got && want != want:
		return 0
	case got != got || want != want || math.IsInf(got, 0) || math.IsInf(want, 0):
		if math.Abs(got) > math.MaxFloat64*(1-0x1p-50) && math.Abs(want) > math.MaxFloat64*(1-0x1p-50) && got*want > 0 {
			return 0
		}
		return math.Inf(1)
	}
	_, e := math.Frexp(size(o, x, want))
	return math.Abs(got-want) / math.Ldexp(1, max(e-53, -1074))
}

func wideOperand(r *rand.Rand) float64 {
	switch r.IntN(5) {
	case 0:
		return math.Float64frombits(r.Uint64())
	case 1:
		return r.NormFloat64() * math.Exp(2*r.NormFloat64())
	case 2:
		return r.Float64()*20 - 10
	case 3:
		return math.Float64frombits(math.Float64bits(math.Pi/2*float64(r.IntN(1000000))) + uint64(r.IntN(5)) - 2)
	}
	l := append(append([]float64(nil), edges...), 0.84375, 1.25, 1/0.35, 27.2, 28, 0.55, 22, 709.78, 710.4, 1024, 745.13, 1<<19, 0x1p28)
	x := math.Float64frombits(math.Float64bits(l[r.IntN(len(l))]) + uint64(r.IntN(9)) - 4)
	if r.IntN(2) == 0 {
		x = -x
	}
	return x
}

// TestPrecise compares the oracle with numbers of many digits where Go's math is
// not right to an ulp.
func TestPrecise(t *testing.T) {
	for op, budget := range map[Opcode]float64{OpSin: 1, OpCos: 1, OpTan: 3, OpPow: 4} { // mostly the comparison's own: a quotient, a product
		t.Run(op.String(), func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(op), 8))
			worst, at := 0., ""
			for range 20000 {
				x, y := wideOperand(r), 0.
				if x-x != 0 || x == 0 {
					continue
				}
				var want float64
				if op == OpPow {
					x, y = math.Abs(x), (r.Float64()-0.5)*2100/(math.Abs(math.Log2(math.Abs(x)))+1e-9)
					want = powerOf(x, y)
				} else {
					want = trigonometric(op, x)
				}
				if e := wideUlp(op, x, op.Float(x, y), want); e > worst {
					worst, at = e, fmt.Sprintf("%v(%v, %v) = %v, want %v", op, x, y, op.Float(x, y), want)
				}
			}
			t.Logf("worst %.2f ulp: %s", worst, at)
			if worst > budget {
				t.Errorf("%.2f ulp, want at most %v: %s", worst, budget, at)
			}
		})
	}
}

// trigonometric is sin, cos or tan, reduced with 1,400 bits.
func trigonometric(o Opcode, x float64) float64 {
	const prec = 1400
	ratio := new(bignum.Float).SetPrec(prec)
	for k, d := range wideTwoOverPi {
		ratio.Add(ratio, new(bignum.Float).SetMantExp(bignum.NewFloat(d), -24*(k+1)))
	}
	turns := new(bignum.Float).SetPrec(prec).Mul(ratio, bignum.NewFloat(math.Abs(x)))
	n, _ := new(bignum.Float).SetPrec(prec).Add(turns, bignum.NewFloat(0.5)).Int(nil)
	turns.Sub(turns, new(bignum.Float).SetPrec(prec).SetInt(n))
	r, _ := turns.Quo(turns, ratio).Float64()
	q := int(new(bignum.Int).And(n, bignum.NewInt(3)).Int64())
	s, c := math.Sin(r), math.Cos(r)
	for range q {
		s, c = c, -s
	}
	s = math.Copysign(1, x) * s
	return map[Opcode]float64{OpSin: s, OpCos: c, OpTan: s / c}[o]
}

// powerOf is x^y, to within 3 ulp: it takes whole powers in many digits and small ones of numbers near 1.
func powerOf(x, y float64) float64 {
	n := math.RoundToEven(y)
	f := y - n
	p, b := bignum.NewFloat(1).SetPrec(300), bignum.NewFloat(x).SetPrec(300)
	for k := int64(math.Abs(n)); k > 0; k >>= 1 {
		if k&1 != 0 {
			p.Mul(p, b)
		}
		b.Mul(b, b)
	}
	if n < 0 {
		p.Quo(bignum.NewFloat(1).SetPrec(300), p)
	}
	m, e := math.Frexp(math.Abs(x))
	if m < math.Sqrt2/2 {
		m, e = 2*m, e-1
	}
	shift := float64(e) * f
	lost := math.FMA(float64(e), f, -shift)
	p.Mul(p, bignum.NewFloat(math.Exp(f*math.Log(m))))
	p.Mul(p, bignum.NewFloat(math.Exp2(shift)*(1+lost*math.Ln2)))
	r, _ := p.Float64()
	return r
}

// The expansions for float64 keep the budgets, in ulp of float64, and another for Go's math, whose error that is.
func TestWideBudget(t *testing.T) {
	points := 8000
	if testing.Short() {
		points = 1500
	}
	for op := OpExp; op <= OpTrigamma; op++ {
		if wideExpansion[op] == nil && op != OpPow && op != OpAtan2 {
			continue
		}
		t.Run(op.String(), func(t *testing.T) {
			t.Parallel()
			arity := op.Arity()
			p := New([]Kind{Float, Float}[:arity], nil, func(in, _ []Value) []Value { return []Value{Apply(op, in...)} })
			q := ExpandFloat64(p)
			for _, in := range q.Code {
				if in.Op.Transcendental() || in.Op == OpBitcast {
					t.Fatalf("%v is left", in.Op)
				}
			}
			once, twice := q.Evaluator(true, true), q.Evaluator(true, true).RoundingTwice()
			r := rand.New(rand.NewPCG(uint64(op), 7))
			x, out := make([]float64, arity), make([]float64, 1)
			worst, at := 0., ""
			for i := range points {
				for k := range x {
					x[k] = wideOperand(r)
					if r.IntN(40) == 0 || arity == 1 && i < len(specials) {
						x[k] = specials[(i+k)%len(specials)]
					}
				}
				if op == OpPow && i%3 == 0 {
					x[0] = math.Abs(x[0])
					x[1] = (r.Float64() - 0.5) * 2100 / (math.Abs(math.Log2(x[0])) + 1e-9)
				}
				y := 0.
				if arity == 2 {
					y = x[1]
				}
				want := op.Float(x[0], y)
				for _, ev := range []*Evaluator{once, twice} {
					ev.Eval(out, x, nil, 0)
					if e := wideUlp(op, x[0], out[0], want); e > worst {
						worst, at = e, fmt.Sprintf("%v%v = %v, want %v", op, x, out[0], want)
					}
					if want == 0 && out[0] == 0 && math.Signbit(want) != math.Signbit(out[0]) {
						t.Fatalf("%v%v = %v, want %v", op, x, out[0], want)
					}
				}
			}
			t.Logf("%d instructions, worst %.2f ulp: %s", len(q.Code), worst, at)
			if worst > Budget(op)+1 {
				t.Errorf("%.2f ulp, budget %v: %s", worst, Budget(op), at)
			}
		})
	}
}
