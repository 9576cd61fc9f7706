package interp

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/hekla-ml/hekla/backend/cpu/internal/vec"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// TestFunctionsAreTheirExpansions: a function that is one step gives the bits
// that its expansion gives step by step, and so those of other devices.
func TestFunctionsAreTheirExpansions(t *testing.T) {
	const n = 1 << 14
	r := rand.New(rand.NewPCG(3, 4))
	draw := func() []float32 {
		s := make([]float32, n)
		for i := range s {
			switch i % 3 {
			case 0:
				s[i] = math.Float32frombits(r.Uint32())
			case 1:
				s[i] = float32(r.NormFloat64())
			default:
				s[i] = float32(r.NormFloat64() * 30)
			}
		}
		return s
	}
	x, y := draw(), draw()
	compute := func(p *pointwise.Program) []float32 {
		out := make([]float32, n)
		f32s := []dtype.DType{dtype.Float32, dtype.Float32}
		var in []Operand
		for _, s := range [][]float32{x, y}[:len(p.Inputs)] {
			in = append(in, Operand{bytesOf(s), shape.Contiguous([]int{n})})
		}
		k := Compile(pointwise.Spec{Program: p, In: f32s[:len(in)], Out: f32s[:1]})
		k.Run([]int{n}, in, []Operand{{bytesOf(out), shape.Contiguous([]int{n})}}, nil)
		return out
	}
	programs := map[string]*pointwise.Program{}
	for _, o := range functions {
		kinds := []pointwise.Kind{pointwise.Float, pointwise.Float}[:o.Arity()]
		programs[o.String()] = pointwise.New(kinds, nil, func(in, _ []pointwise.Value) []pointwise.Value {
			return []pointwise.Value{pointwise.Apply(o, in...)}
		})
	}
	for _, name := range []string{"gelu", "silu", "sigmoid"} {
		fn, err := op.Lookup(name).Lower([]op.Meta{{Shape: []int{1}, DType: dtype.Float32}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if vec.Activations[fn.Hash()] == nil {
			t.Errorf("no step is %s: go generate ./backend/cpu/internal/vec", name)
		}
		programs[name] = fn.Program
	}
	for name, p := range programs {
		got, want := compute(p), compute(pointwise.Expand(p))
		for i := range got {
			if math.Float32bits(got[i]) != math.Float32bits(want[i]) && !(got[i] != got[i] && want[i] != want[i]) {
				t.Errorf("%s(%v, %v) = %v (%#x), its expansion gives %v (%#x)", name, x[i], y[i], got[i], math.Float32bits(got[i]), want[i], math.Float32bits(want[i]))
				break
			}
		}
	}
}

func bytesOf(s []float32) []byte { return unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), 4*len(s)) }
