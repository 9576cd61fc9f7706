package vulkan

import (
	"testing"
	"time"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// resnet18 are the shapes of that network's 62 parameters.
func resnet18() (l [][]int) {
	conv := func(out, in, k int) { l = append(l, []int{out, in, k, k}, []int{out}, []int{out}) }
	conv(64, 3, 7)
	in := 64
	for stage, c := range []int{64, 128, 256, 512} {
		for block := range 2 {
			conv(c, in, 3)
			conv(c, c, 3)
			if stage > 0 && block == 0 {
				conv(c, in, 1)
			}
			in = c
		}
	}
	return append(l, []int{1000, 512}, []int{1000})
}

// BenchmarkStep is an optimizer's step over ResNet-18's parameters: as they are,
// and with so few elements of each that only the host's part is to be seen, until
// all is on its way.
func BenchmarkStep(b *testing.B) {
	d := first(b, func(*device) {})
	for _, few := range []bool{false, true} {
		name := "whole"
		if few {
			name = "host"
		}
		b.Run(name, func(b *testing.B) {
			var params []*tensor.Tensor
			for _, s := range resnet18() {
				if few {
					s = []int{16}
				}
				p := tensor.Ones(d, dtype.Float32, s...).SetRequiresGrad(true)
				p.SetGrad(tensor.Ones(d, dtype.Float32, s...))
				params = append(params, p)
			}
			opt := optim.New(optim.AdamW{}, params)
			opt.Step()
			if err := d.Sync(); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			var spent time.Duration
			for b.Loop() {
				start := time.Now()
				opt.Step()
				if few {
					spent += time.Since(start)
				}
				if err := d.Sync(); err != nil {
					b.Fatal(err)
				}
				if !few {
					spent += time.Since(start)
				}
			}
			b.ReportMetric(float64(spent.Nanoseconds())/1e3/float64(b.N), "µs/step")
		})
	}
}
