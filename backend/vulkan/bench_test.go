package vulkan

import (
	"fmt"
	"slices"
	"testing"
	"time"

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

// BenchmarkPointwise compares elementwise ops and copies with the CPU device: both
// in turn, and the medians, since the speed of many machines changes all the time.
func BenchmarkPointwise(b *testing.B) {
	devices := [2]backend.Device{tensor.CPU(), first(b, func(*device) {})}
	for _, n := range []int{1 << 20, 1 << 24} {
		for _, o := range []struct {
			name string
			f    func(x, y *tensor.Tensor) *tensor.Tensor
		}{
			{"add", (*tensor.Tensor).Add}, {"mul", (*tensor.Tensor).Mul},
			{"exp", func(x, _ *tensor.Tensor) *tensor.Tensor { return x.Exp() }},
			{"gelu", func(x, _ *tensor.Tensor) *tensor.Tensor { return x.GELU() }},
			{"tanh", func(x, _ *tensor.Tensor) *tensor.Tensor { return x.Tanh() }},
			{"sigmoid", func(x, _ *tensor.Tensor) *tensor.Tensor { return x.Sigmoid() }},
			{"log", func(x, _ *tensor.Tensor) *tensor.Tensor { return x.Log() }},
			{"bias", func(x, y *tensor.Tensor) *tensor.Tensor { return x.Add(y.Select(0, 0)) }},
			{"copy", func(x, _ *tensor.Tensor) *tensor.Tensor { return x.Clone() }},
			{"transpose", func(x, _ *tensor.Tensor) *tensor.Tensor { return x.Transpose(0, 1).Contiguous() }},
		} {
			b.Run(fmt.Sprintf("%s/%dM", o.name, n>>20), func(b *testing.B) {
				var x, y [2]*tensor.Tensor
				var times [2][]time.Duration
				run := func(k int) time.Duration {
					start := time.Now()
					z := o.f(x[k], y[k])
					if err := devices[k].Sync(); err != nil {
						b.Fatal(err)
					}
					took := time.Since(start)
					z.Free()
					return took
				}
				for k, d := range devices {
					x[k], y[k] = tensor.Full(d, dtype.Float32, 0.5, n/1024, 1024), tensor.Full(d, dtype.Float32, 2, n/1024, 1024)
					run(k) // a software driver compiles a kernel when it first runs
				}
				for b.Loop() {
					for k := range devices {
						times[k] = append(times[k], run(k))
					}
				}
				var median [2]float64
				for k := range devices {
					slices.Sort(times[k])
					median[k] = float64(times[k][len(times[k])/2])
				}
				b.ReportMetric(float64(n)/median[0], "cpu-Gelem/s")
				b.ReportMetric(float64(n)/median[1], "vulkan-Gelem/s")
				b.ReportMetric(median[0]/median[1], "vulkan/cpu")
			})
		}
	}
}
