package vulkan

import (
	"slices"
	"testing"
	"time"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// BenchmarkPool compares poolings of 3 by 3 in steps of 2, and their gradients, with
// the CPU device: both in turn, and the medians.
func BenchmarkPool(b *testing.B) {
	devices := [2]backend.Device{tensor.CPU(), first(b, func(*device) {})}
	pool := op.PoolAttrs{Kernel: []int{3}, Stride: []int{2}, Pad: []int{1}}
	back := pool
	back.Size = []int{56, 56}
	var x, g, index [2]*tensor.Tensor
	for k, d := range devices {
		x[k] = tensor.NewGenerator(1).Normal(d, dtype.Float32, 0, 1, 32, 64, 56, 56)
		g[k] = tensor.NewGenerator(1).Normal(d, dtype.Float32, 0, 1, 32, 64, 28, 28)
		index[k] = tensor.Apply(d, op.MaxPool, pool, x[k])[1]
	}
	for _, c := range []struct {
		name string
		run  func(k int) []*tensor.Tensor
	}{
		{"max", func(k int) []*tensor.Tensor { return tensor.Apply(devices[k], op.MaxPool, pool, x[k]) }},
		{"maxgrad", func(k int) []*tensor.Tensor { return tensor.Apply(devices[k], op.MaxPoolGrad, back, g[k], index[k]) }},
		{"avg", func(k int) []*tensor.Tensor { return tensor.Apply(devices[k], op.AvgPool, pool, x[k]) }},
		{"avggrad", func(k int) []*tensor.Tensor { return tensor.Apply(devices[k], op.AvgPoolTranspose, back, g[k]) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			var times [2][]time.Duration
			run := func(k int) time.Duration {
				start := time.Now()
				l := c.run(k)
				if err := devices[k].Sync(); err != nil {
					b.Fatal(err)
				}
				took := time.Since(start)
				for _, t := range l {
					t.Free()
				}
				return took
			}
			run(1) // compiles
			for b.Loop() {
				for k := range devices {
					times[k] = append(times[k], run(k))
				}
			}
			for k, name := range []string{"cpu-ms", "vulkan-ms"} {
				slices.Sort(times[k])
				b.ReportMetric(times[k][len(times[k])/2].Seconds()*1e3, name)
			}
		})
	}
}
