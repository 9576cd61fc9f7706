package pointwise

import (
	"math"
	"testing"
)

// TestFrom: a program that begins at a number sees the indices of its elements in
// the whole, also where a word overflows.
func TestFrom(t *testing.T) {
	p := New([]Kind{Float}, []Kind{Float}, func(in, u []Value) []Value {
		return []Value{Index(), IndexHigh(), in[0].Mul(u[0]), Index().Xor(IndexHigh().Shl(Const(7)))}
	})
	q := p.From()
	if !p.ReadsIndex() || !q.ReadsIndex() || New(nil, nil, func(_, _ []Value) []Value { return []Value{Const(1)} }).ReadsIndex() {
		t.Error("ReadsIndex does not say what reads the index")
	}
	for _, start := range []uint64{0, 1, 1<<32 - 1, 1 << 32, 3<<32 + 12345, math.MaxUint64 - 5} {
		for _, i := range []uint64{0, 5, 1<<32 - 1, 1 << 32, 7<<32 + 1<<31} {
			got := q.Eval([]float64{3}, []float64{2, float64(uint32(start)), float64(start >> 32)}, i)
			for k, want := range p.Eval([]float64{3}, []float64{2}, start+i) {
				if got[k] != want {
					t.Errorf("element %d from %d: output %d = %v, want %v", i, start, k, got[k], want)
				}
			}
		}
	}
}
