package pointwise

import (
	"math"
	"math/rand/v2"
	"testing"
)

// naive evaluates a graph node by node, as it was written.
func naive(n *node, in []float64, seen map[*node]uint64) uint64 {
	if x, ok := seen[n]; ok {
		return x
	}
	var x uint64
	switch n.op {
	case OpInput:
		x = load(n.kind, in[int(n.num)])
	case OpConst:
		x = load(n.kind, n.num)
	default:
		step := Instr{Op: n.op, Kind: n.kind, Arg: [3]int{0, 1, 2}}
		var reg [3]uint64
		var kinds [3]Kind
		for i, a := range n.arg[:n.op.Arity()] {
			reg[i], kinds[i] = naive(a, in, seen), a.kind
		}
		x = wide.step(step, reg[:], kinds[:])
	}
	seen[n] = x
	return x
}

var specials = []float64{0, math.Copysign(0, -1), 1, -1, 2, -2, 0.5, 3, math.Inf(1), math.Inf(-1), math.NaN(), 1e-310, 1e300, 100, -7.25}

// randomValue grows pool by one random instruction.
func randomValue(r *rand.Rand, pool []Value) Value {
	pick := func(k Kind) Value {
		for range 50 {
			if v := pool[r.IntN(len(pool))]; v.Kind() == k {
				return v
			}
		}
		return Const(specials[r.IntN(8)]).as(k)
	}
	for {
		switch o := Opcode(r.IntN(int(opcodeCount))); o {
		case OpInput, OpUniform, OpIndex, OpIndexHigh, OpPow:
		case OpConst:
			return Const(specials[r.IntN(len(specials))]).as(Float)
		case OpSelect:
			k := []Kind{Float, Int, Bits, Bool}[r.IntN(4)]
			return pick(Bool).Select(pick(k), pick(k))
		case OpConvert:
			return pick([]Kind{Float, Int, Bits, Bool}[r.IntN(4)]).Convert([]Kind{Float, Int, Bits, Bool}[r.IntN(4)])
		case OpBitcast:
			if r.IntN(2) == 0 {
				return pick(Bits).Bitcast(Float)
			}
		case OpLt, OpLe, OpEq, OpNe:
			k := []Kind{Float, Int, Bits}[r.IntN(3)]
			return compare(o, pick(k), pick(k))
		case OpNot:
			return pick([]Kind{Int, Bits, Bool}[r.IntN(3)]).Not()
		case OpAnd, OpOr, OpXor:
			k := []Kind{Int, Bits, Bool}[r.IntN(3)]
			return binary(o, pick(k), pick(k))
		case OpShl, OpShr:
			k := []Kind{Int, Bits}[r.IntN(2)]
			return binary(o, pick(k), pick(k))
		case OpMulHi:
			return pick(Bits).MulHi(pick(Bits))
		case OpAdd, OpSub, OpMul:
			k := []Kind{Float, Float, Int, Bits}[r.IntN(4)]
			return binary(o, pick(k), pick(k))
		case OpMulAdd:
			k := []Kind{Float, Float, Int, Bits}[r.IntN(4)]
			return pick(k).MulAdd(pick(k), pick(k))
		case OpDiv, OpRem, OpMin, OpMax:
			k := []Kind{Float, Float, Int}[r.IntN(3)]
			return binary(o, pick(k), pick(k))
		case OpNeg, OpAbs:
			return unary(o, pick([]Kind{Float, Float, Int}[r.IntN(3)]))
		case OpAtan2:
			return pick(Float).Atan2(pick(Float))
		default:
			return float(o, pick(Float))
		}
	}
}

// The simplified program computes the same bits as the graph it was made of.
func TestSimplifyFuzz(t *testing.T) {
	kinds := []Kind{Float, Float, Int, Bits, Bool}
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 1))
		var out []Value
		p := New(kinds, nil, func(in, _ []Value) []Value {
			pool := append([]Value(nil), in...)
			for range 40 {
				pool = append(pool, randomValue(r, pool))
			}
			out = pool[len(pool)-4:]
			return out
		})
		for range 30 {
			in := []float64{specials[r.IntN(len(specials))], r.NormFloat64(), float64(r.IntN(200) - 100), float64(r.Uint32()), float64(r.IntN(2))}
			got := p.Eval(in, nil, 0)
			seen := map[*node]uint64{}
			for i, v := range out {
				want := store(v.Kind(), naive(v.n, in, seen))
				if math.Float64bits(got[i]) != math.Float64bits(want) && !(got[i] != got[i] && want != want) && !(got[i] == 0 && want == 0 && hasMinMax(p)) {
					t.Fatalf("seed %d: %v: output %d = %v, want %v\n%v", seed, in, i, got[i], want, p)
				}
			}
		}
	}
}

// hasMinMax excuses the sign of zero.
func hasMinMax(p *Program) bool {
	for _, in := range p.Code {
		if in.Op == OpMin || in.Op == OpMax {
			return true
		}
	}
	return false
}

// Gradients of random programs can be made, and agree forward and reverse.
func TestDerivativeFuzz(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 2))
		p := New([]Kind{Float, Float}, nil, func(in, _ []Value) []Value {
			pool := append([]Value(nil), in...)
			for len(pool) < 25 {
				if v := randomValue(r, pool); v.n.op != OpTrigamma && v.n.op != OpDigamma && v.n.op != OpLgamma {
					pool = append(pool, v)
				}
			}
			return pool[len(pool)-3:]
		})
		g, j := p.VJP([]int{0, 1}), p.JVP()
		for range 20 {
			x := []float64{r.NormFloat64(), r.NormFloat64()}
			y := p.Eval(x, nil, 0)
			for k := range y {
				if p.Code[p.Outputs[k]].Kind != Float {
					continue
				}
				in := append(append([]float64(nil), x...), y...)
				in = append(in, 0, 0, 0)
				in[len(in)-3+k] = 1
				back := g.Eval(in, nil, 0)
				for i := range x {
					tan := []float64{x[0], x[1], 0, 0}
					tan[2+i] = 1
					fwd := j.Eval(tan, nil, 0)[k]
					a, b := back[i], fwd
					if a != a || b != b || math.IsInf(a, 0) || math.IsInf(b, 0) || math.Abs(a) > 1e8 {
						continue
					}
					if math.Abs(a-b) > 1e-6*max(1, math.Abs(a)) {
						t.Errorf("seed %d: d%d/d%d at %v: %v reverse, %v forward\n%v", seed, k, i, x, a, b, p)
						return
					}
				}
			}
		}
	}
}
