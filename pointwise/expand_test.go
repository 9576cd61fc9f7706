package pointwise

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// operands draws float32 operands: every bit pattern, ordinary sizes, and
// around the points where an expansion changes its formula.
func operand(r *rand.Rand, i int) float64 {
	switch i % 4 {
	case 0:
		return float64(math.Float32frombits(r.Uint32()))
	case 1:
		return float64(float32(r.NormFloat64() * math.Exp(2*r.NormFloat64())))
	case 2:
		return float64(float32(r.Float64()*20 - 10))
	}
	edge := edges[r.IntN(len(edges))]
	if r.IntN(2) == 0 {
		edge = -edge
	}
	return float64(math.Float32frombits(math.Float32bits(float32(edge)) + uint32(r.IntN(9)) - 4))
}

var edges = []float64{
	1e-45, 1.1754944e-38, 1e-8, 1e-4, 0.29, 0.41, 0.47, 0.5, 0.625, 0.70710678, 0.75, 0.9375, 1, 1.41421356, 1.5, 2, 3, 3.95, 6, 8, 10.1,
	9.02, 17.3, 18, 88.72284, 89, 89.416, 104.5, 128, 151, 1e8, 3000, math.Pi / 2, math.Pi / 4, math.Pi, 3 * math.Pi, 1e5, 3.4e38, 2.4142135, 0.41421356,
}

func TestBudget(t *testing.T) {
	points := 60000
	if testing.Short() {
		points = 5000
	}
	for op := OpExp; op <= OpTrigamma; op++ {
		t.Run(op.String(), func(t *testing.T) {
			t.Parallel()
			arity := op.Arity()
			p := New([]Kind{Float, Float}[:arity], nil, func(in, _ []Value) []Value {
				n := &node{op: op, kind: Float}
				for i, v := range in {
					n.arg[i] = v.n
				}
				return []Value{{n}}
			})
			q := Expand(p)
			for _, in := range q.Code {
				if in.Op.Transcendental() {
					t.Fatalf("%v is left", in.Op)
				}
			}
			once, twice := q.Evaluator(false, false), q.Evaluator(false, false).RoundingTwice()
			r := rand.New(rand.NewPCG(uint64(op), 7))
			x, out := make([]float64, arity), make([]float64, 1)
			worst, at := 0., ""
			for i := range points {
				for k := range x {
					x[k] = operand(r, r.IntN(4))
					if r.IntN(40) == 0 || arity == 1 && i < len(specials) {
						x[k] = float64(float32(specials[(i+k)%len(specials)]))
					}
				}
				if op == OpPow && i%3 == 0 { // results that are neither 0 nor Inf
					x[0] = math.Abs(x[0])
					x[1] = float64(float32((r.Float64() - 0.5) * 250 / (math.Abs(math.Log2(x[0])) + 1e-9)))
				}
				y := 0.
				if arity == 2 {
					y = x[1]
				}
				want := op.Float(x[0], y)
				for _, ev := range []*Evaluator{once, twice} {
					ev.Eval(out, x, nil, 0)
					if e := Error(op, x[0], out[0], want); e > worst {
						worst, at = e, fmt.Sprintf("%v%v = %v, want %v", op, x, out[0], want)
					}
					if want == 0 && out[0] == 0 && math.Signbit(want) != math.Signbit(out[0]) {
						t.Fatalf("%v%v = %v, want %v", op, x, out[0], want)
					}
				}
			}
			t.Logf("%d instructions, worst %.2f ulp: %s", len(q.Code), worst, at)
			if worst > Budget(op) {
				t.Errorf("%.2f ulp, budget %v: %s", worst, Budget(op), at)
			}
		})
	}
}
