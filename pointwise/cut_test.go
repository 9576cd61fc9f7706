package pointwise

import (
	"math"
	"math/rand/v2"
	"testing"
)

// evalParts runs the parts of a program, which hand on values as they are kept:
// in the width that they have.
func evalParts(p *Program, parts []Part, between []Kind, double bool, in, uniform []float64, index uint64) []float64 {
	out, passed := make([]float64, len(p.Outputs)), make([]float64, len(between))
	for _, part := range parts {
		from, to := make([]float64, len(part.In)), make([]float64, len(part.Out))
		for i, k := range part.In {
			if k < len(p.Inputs) {
				from[i] = in[k]
			} else {
				from[i] = passed[k-len(p.Inputs)]
			}
		}
		part.Evaluator(double, false).Eval(to, from, uniform, index)
		for i, k := range part.Out {
			if k < len(out) {
				out[k] = to[i]
			} else {
				passed[k-len(out)] = to[i]
			}
		}
	}
	return out
}

// TestCut: the parts of random programs compute the same bits as the whole, none is
// too large, and none reads what is not there yet.
func TestCut(t *testing.T) {
	kinds := []Kind{Float, Int, Bits, Bool}
	seeds := uint64(1500)
	if testing.Short() {
		seeds = 200
	}
	most, several := 0, 0
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 5))
		inputs := make([]Kind, 1+r.IntN(70))
		for i := range inputs {
			inputs[i] = kinds[r.IntN(len(kinds))*r.IntN(2)] // most are floats
		}
		p := New(inputs, []Kind{Float}, func(in, u []Value) []Value {
			pool := append(append([]Value(nil), in...), u[0], Index())
			for range 20 + r.IntN(150) {
				pool = append(pool, randomValue(r, pool[r.IntN(len(pool)/2):]))
			}
			out := pool[len(pool)-1-r.IntN(20):]
			return append(out, pool[r.IntN(len(pool))], out[0]) // one of the inputs, maybe; one twice
		})
		in, u := make([]float64, len(inputs)), []float64{r.NormFloat64()}
		size := 4 + r.IntN(28)
		parts, between := p.Cut(size)
		checkParts(t, p, parts, between, size)
		if most = max(most, len(parts)); len(parts) > 1 {
			several++
		}
		for range 10 {
			for i, k := range inputs {
				switch k {
				case Float:
					if in[i] = float64(float32(r.NormFloat64())); r.IntN(8) == 0 {
						in[i] = float64(float32(specials[r.IntN(len(specials))]))
					}
				case Int:
					in[i] = float64(r.IntN(200) - 100)
				case Bits:
					in[i] = float64(r.Uint32())
				default:
					in[i] = float64(r.IntN(2))
				}
			}
			double, index := r.IntN(2) == 0, r.Uint64()
			want := make([]float64, len(p.Outputs))
			p.Evaluator(double, false).Eval(want, in, u, index)
			for k, got := range evalParts(p, parts, between, double, in, u, index) {
				if math.Float64bits(got) != math.Float64bits(want[k]) && !(got != got && want[k] != want[k]) {
					t.Fatalf("seed %d, parts of %d: output %d = %v, want %v\n%v\n%v", seed, size, k, got, want[k], p, parts)
				}
			}
		}
	}
	if most < 10 || several < int(seeds/3) {
		t.Errorf("%d programs of %d were cut, into %d parts at most: the test tests little", several, seeds, most)
	}
}

// checkParts looks at the form of a cut.
func checkParts(t *testing.T, p *Program, parts []Part, between []Kind, most int) {
	t.Helper()
	there, outputs, read := make([]bool, len(between)), make([]int, len(p.Outputs)), make([]bool, len(between))
	for i, part := range parts {
		if n := len(part.In) + len(part.Out); n > most || len(part.Out) == 0 || len(part.In) != len(part.Inputs) || len(part.Out) != len(part.Outputs) {
			t.Fatalf("part %d has inputs %v and outputs %v, at most %d in all\n%v", i, part.In, part.Out, most, part)
		}
		for j, k := range part.In {
			want := Kind(0)
			if k < len(p.Inputs) {
				want = p.Inputs[k]
			} else {
				k -= len(p.Inputs)
				want, read[k] = between[k], true
				if !there[k] {
					t.Fatalf("part %d reads value %d, which is not there", i, k)
				}
			}
			if part.Inputs[j] != want {
				t.Fatalf("part %d takes %v as a %v", i, want, part.Inputs[j])
			}
		}
		for _, k := range part.Out {
			if k < len(p.Outputs) {
				outputs[k]++
			} else {
				there[k-len(p.Outputs)] = true
			}
		}
	}
	for k, n := range outputs {
		if n != 1 {
			t.Fatalf("output %d is computed %d times", k, n)
		}
	}
	for k := range between {
		if !there[k] || !read[k] {
			t.Fatalf("value %d is passed in vain", k)
		}
	}
}

// TestCutFew: sums of many operands take no more parts than they must, and
// programs that are small enough stay whole.
func TestCutFew(t *testing.T) {
	for _, c := range []struct{ operands, most, want int }{
		{29, 30, 1},
		{30, 30, 2},
		{57, 30, 2}, // 29, and 28 with their sum
		{58, 30, 3},
		{10, 4, 5},
	} {
		kinds := make([]Kind, c.operands)
		for i := range kinds {
			kinds[i] = Float
		}
		p := New(kinds, nil, func(in, _ []Value) []Value {
			sum := in[0]
			for _, x := range in[1:] {
				sum = sum.Add(x)
			}
			return []Value{sum}
		})
		if parts, _ := p.Cut(c.most); len(parts) != c.want {
			t.Errorf("a sum of %d in parts of %d: %d parts, want %d", c.operands, c.most, len(parts), c.want)
		} else if c.want == 1 && parts[0].Hash() != p.Hash() {
			t.Errorf("a sum of %d was changed, though it fits", c.operands)
		}
	}
}
