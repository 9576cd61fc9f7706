package vulkan

import (
	"fmt"
	"testing"

	"github.com/hekla-ml/hekla/backend"
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

// BenchmarkPointwise compares elementwise ops and copies with the CPU device.
func BenchmarkPointwise(b *testing.B) {
	devices := map[string]backend.Device{"vulkan": first(b, func(*device) {}), "cpu": tensor.CPU()}
	for _, n := range []int{1 << 20, 1 << 24} {
		for _, o := range []struct {
			name string
			f    func(x, y *tensor.Tensor) *tensor.Tensor
		}{
			{"add", (*tensor.Tensor).Add}, {"mul", (*tensor.Tensor).Mul},
			{"exp", func(x, _ *tensor.Tensor) *tensor.Tensor { return x.Exp() }},
			{"gelu", func(x, _ *tensor.Tensor) *tensor.Tensor { return x.GELU() }},
			{"copy", func(x, _ *tensor.Tensor) *tensor.Tensor { return x.Clone() }},
			{"transpose", func(x, _ *tensor.Tensor) *tensor.Tensor { return x.Transpose(0, 1).Contiguous() }},
		} {
			for _, on := range []string{"cpu", "vulkan"} {
				b.Run(fmt.Sprintf("%s/%dM/%s", o.name, n>>20, on), func(b *testing.B) {
					d := devices[on]
					x, y := tensor.Full(d, dtype.Float32, 0.5, n/1024, 1024), tensor.Full(d, dtype.Float32, 2, n/1024, 1024)
					for b.Loop() {
						z := o.f(x, y)
						if err := d.Sync(); err != nil {
							b.Fatal(err)
						}
						z.Free()
					}
					b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gelem/s")
				})
			}
		}
	}
}
