package tensor_test

import (
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

func TestMatMulRanks(t *testing.T) {
	for _, c := range []struct {
		a, b, sizes []int
		want        []float64
		why         string
	}{
		{[]int{3}, []int{3}, []int{}, []float64{5}, "two vectors: the dot product"},
		{[]int{2, 3}, []int{3}, []int{2}, []float64{5, 14}, "matrix and vector"},
		{[]int{3}, []int{3, 2}, []int{2}, []float64{10, 13}, "vector and matrix"},
		{[]int{2, 3}, []int{3, 2}, []int{2, 2}, []float64{10, 13, 28, 40}, "two matrices"},
		{[]int{2, 2, 3}, []int{3}, []int{2, 2}, []float64{5, 14, 23, 32}, "a batch and a vector"},
		{[]int{3}, []int{2, 3, 1}, []int{2, 1}, []float64{5, 14}, "a vector and a batch"},
		{[]int{2, 1, 1, 3}, []int{2, 3, 1}, []int{2, 2, 1, 1}, []float64{5, 14, 14, 50}, "batches broadcast"},
		{[]int{2, 0}, []int{0, 2}, []int{2, 2}, []float64{0, 0, 0, 0}, "a sum of nothing"},
		{[]int{0, 3}, []int{3, 2}, []int{0, 2}, nil, "no rows"},
	} {
		a, b := count(dtype.Float64, c.a...), count(dtype.Float64, c.b...)
		same(t, c.why, a.MatMul(b), c.sizes, c.want...)
		aT, bT := a, b // the same elements in another layout
		if len(c.a) > 1 {
			aT = a.T().Contiguous().T()
		}
		if len(c.b) > 1 {
			bT = b.T().Contiguous().T()
		}
		same(t, c.why+", transposed", aT.MatMul(bT), c.sizes, c.want...)
	}
	same(t, "Outer", vec(1, 2).Outer(vec(3, 4, 5)), []int{2, 3}, 3, 4, 5, 6, 8, 10)
	same(t, "integers", ints(1, 2).MatMul(ints(3, 4)), []int{}, 11)
}

func TestMatMulLeavesNothing(t *testing.T) {
	uncollected(t, "vector times matrix", func() {
		a, b := tensor.Ones(cpu, dtype.Float32, 3), tensor.Ones(cpu, dtype.Float32, 3, 2)
		a.MatMul(b).Free()
		a.Free()
		b.Free()
	})
}
