package vulkan

import (
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// BenchmarkMatMul shows what a product of square matrices takes.
func BenchmarkMatMul(b *testing.B) {
	const n = 1024
	d := first(b, func(*device) {})
	x, y := tensor.Ones(d, dtype.Float32, n, n), tensor.Ones(d, dtype.Float32, n, n)
	for b.Loop() {
		z := x.MatMul(y)
		if err := d.Sync(); err != nil {
			b.Fatal(err)
		}
		z.Free()
	}
	b.ReportMetric(2*n*n*n*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
