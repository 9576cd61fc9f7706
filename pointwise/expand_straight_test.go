package pointwise

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestExpandStraight compares all bits with Expand's, on devices with a fused
// multiply-add and without.
func TestExpandStraight(t *testing.T) {
	points := 200_000
	if testing.Short() {
		points = 20_000
	}
	for op := range straight {
		p := New([]Kind{Float}, nil, func(in, _ []Value) []Value {
			return []Value{{&node{op: op, kind: Float, arg: [3]*node{in[0].n}}}}
		})
		plain, q := Expand(p), ExpandStraight(p)
		if plain.Hash() == q.Hash() {
			continue // shared
		}
		t.Run(op.String(), func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(op), 9))
			want, got := make([]float64, 1), make([]float64, 1)
			for _, twice := range []bool{false, true} {
				a, b := plain.Evaluator(false, false), q.Evaluator(false, false)
				if twice {
					a, b = a.RoundingTwice(), b.RoundingTwice()
				}
				for i := range points {
					x := operand(r, i)
					if i < len(specials) {
						x = float64(float32(specials[i]))
					}
					a.Eval(want, []float64{x}, nil, 0)
					b.Eval(got, []float64{x}, nil, 0)
					if math.Float64bits(got[0]) != math.Float64bits(want[0]) && (got[0] == got[0] || want[0] == want[0]) {
						t.Fatalf("%v(%v) = %v, Expand has %v (multiply-adds rounded twice: %t)", op, x, got[0], want[0], twice)
					}
				}
			}
		})
	}
}
