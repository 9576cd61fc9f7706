package tensor_test

import (
	"math"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// A small op costs what surrounds it: the tensor, its storage and its memory.
func TestAllocations(t *testing.T) {
	x, y := tensor.Ones(cpu, dtype.Float32, 10), tensor.Ones(cpu, dtype.Float32, 10)
	m := tensor.Ones(cpu, dtype.Float32, 2, 5)
	row := tensor.Ones(cpu, dtype.Float32, 5)
	w := tensor.Ones(cpu, dtype.Float32, 10).SetRequiresGrad(true)
	for _, c := range []struct {
		name string
		most float64
		f    func() *tensor.Tensor
	}{
		{"add", 3, func() *tensor.Tensor { return x.Add(y) }},
		{"add to rows", 5, func() *tensor.Tensor { return m.Add(row) }},
		{"exp", 3, func() *tensor.Tensor { return x.Exp() }},
		{"add in place", 0, func() *tensor.Tensor { return x.AddInPlace(y) }},
		{"transpose", 9, func() *tensor.Tensor { return m.T() }},
		{"recorded mul", 6, func() *tensor.Tensor { return x.Mul(w) }},
	} {
		n := math.Inf(1)
		for range 3 { // a collection in between empties the pools: the best counts
			n = min(n, testing.AllocsPerRun(200, func() {
				if r := c.f(); r != x {
					r.Free()
				}
			}))
		}
		if n > c.most && !raceEnabled {
			t.Errorf("%s: %v allocations, want at most %v", c.name, n, c.most)
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	x, y := tensor.Ones(cpu, dtype.Float32, 10), tensor.Ones(cpu, dtype.Float32, 10)
	b.Run("free", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			x.Add(y).Free()
		}
	})
	b.Run("garbage", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			x.Add(y)
		}
	})
	b.Run("scope", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			tensor.Scope(func(s *tensor.Arena) {
				z := s.Own(x.Detach())
				for range 100 {
					z = z.Add(y)
				}
			})
		}
	})
	b.Run("in place", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			x.AddInPlace(y)
		}
	})
}

func BenchmarkSlice(b *testing.B) {
	x := tensor.Ones(cpu, dtype.Float32, 10, 10)
	b.ReportAllocs()
	for b.Loop() {
		x.Slice(0, 1, 5).Free()
	}
}
