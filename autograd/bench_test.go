package autograd_test

import (
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// A chain of 100 products of 10 numbers, forwards and backwards.
func BenchmarkChain(b *testing.B) {
	x := tensor.Ones(cpu, dtype.Float32, 10).SetRequiresGrad(true)
	y := tensor.Ones(cpu, dtype.Float32, 10)
	const ops = 100
	forward := func() *tensor.Tensor {
		z := x
		for range ops {
			z = z.Mul(y)
		}
		return z
	}
	b.Run("forward", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			forward()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*ops), "ns/call")
	})
	b.Run("both", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			autograd.Backward(forward(), autograd.WithGrad(y))
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*ops), "ns/call")
	})
}
