package vulkan

import (
	"regexp"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/conformance"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// TestLongLines compares scans, and the index of the largest element, of lines
// that are cut into blocks with those of the CPU device.
func TestLongLines(t *testing.T) {
	for name, change := range map[string]func(*device){"software": func(*device) {}, "gpu": likeGPU} {
		d := first(t, change)
		for _, s := range [][]int{{1, 70001, 1}, {2, 300, 3}, {3, 61003, 1}} {
			n := s[0] * s[1] * s[2]
			x, small := make([]float32, n), make([]float32, n)
			for i := range x {
				x[i] = float32(i*7919%1009-504) / 64
				small[i] = 1 - float32(i%13)/8
			}
			for _, c := range []struct {
				o     *op.Op
				attrs any
				typ   dtype.DType
				bound float64
			}{
				{op.CumSum, op.ScanAttrs{Axis: 1}, dtype.Float32, 1e-6},
				{op.CumSum, op.ScanAttrs{Axis: 1, Reverse: true}, dtype.Int32, 0},
				{op.CumMax, op.ScanAttrs{Axis: 1}, dtype.Float32, 0},
				{op.CumMin, op.ScanAttrs{Axis: 1, Reverse: true}, dtype.Int64, 0},
				{op.LogCumSumExp, op.ScanAttrs{Axis: 1}, dtype.Float32, 2e-5}, // 70,000 roundings on both
				{op.LinearScan, op.ScanAttrs{Axis: 1, Reverse: true}, dtype.Float32, 1e-3},
				{op.ArgMax, op.ArgAttrs{Axis: 1}, dtype.Float32, 0},
				{op.ArgMin, op.ArgAttrs{Flat: true}, dtype.Int8, 0},
				{op.ArgMax, op.ArgAttrs{Axis: 1}, dtype.Bool, 0},
			} {
				run := func(dev backend.Device) []*tensor.Tensor {
					in := []*tensor.Tensor{tensor.From(dev, x, s...).To(c.typ)}
					if c.o == op.LinearScan {
						in = []*tensor.Tensor{tensor.From(dev, small, s...), in[0]}
					}
					return tensor.Apply(dev, c.o, c.attrs, in...)
				}
				got, want := run(d), run(tensor.CPU())
				for i := range got {
					if k := differ(got[i], want[i], c.bound); k >= 0 {
						t.Errorf("%s: %s of %v, %v, output %d differs at %d: %v, want %v", name, c.o.Name, s, c.typ, i, k, got[i].Float64s()[k], want[i].Float64s()[k])
					}
				}
			}
		}
	}
}

// TestGPUConformance runs part of the table as GPUs run it.
func TestGPUConformance(t *testing.T) {
	d := first(t, likeGPU)
	o := conformance.Options{Short: true, OneIn: 8, Skip: LeftOut(t, d), Run: regexp.MustCompile(`^(softmax|logsoftmax|softmaxgrad|logsoftmaxgrad|layernorm|rmsnorm|batchnorm|normgrad|cum.*|linearscan|arg.*)/`)}
	if testing.Short() {
		o.OneIn = 32
	}
	conformance.Run(t, d, o)
}
