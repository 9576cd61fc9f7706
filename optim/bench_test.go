package optim_test

import (
	"fmt"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// resnet18 are the shapes of that network's 62 parameters.
func resnet18() (l [][]int) {
	conv := func(out, in, k int) { l = append(l, []int{out, in, k, k}, []int{out}, []int{out}) } // and the normalisation after it
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

// gpt are the shapes of a transformer with layers of some width.
func gpt(vocab, length, width, layers int) (l [][]int) {
	l = [][]int{{vocab, width}, {length, width}}
	for range layers {
		l = append(l, []int{width}, []int{width}, []int{3 * width, width}, []int{3 * width}, []int{width, width}, []int{width},
			[]int{width}, []int{width}, []int{4 * width, width}, []int{4 * width}, []int{width, 4 * width}, []int{width})
	}
	return append(l, []int{width}, []int{width})
}

func BenchmarkStep(b *testing.B) {
	for _, m := range []struct {
		name   string
		shapes [][]int
	}{
		{"resnet18", resnet18()},
		{"gpt", gpt(65, 128, 128, 4)},
		{"gpt tiny", gpt(65, 32, 16, 4)},
	} {
		for _, a := range []optim.Algorithm{optim.SGD{Momentum: 0.9}, optim.AdamW{}} {
			b.Run(fmt.Sprintf("%s %T", m.name, a), func(b *testing.B) {
				var params []*tensor.Tensor
				for _, s := range m.shapes {
					p := tensor.Ones(tensor.CPU(), dtype.Float32, s...).SetRequiresGrad(true)
					p.SetGrad(tensor.Ones(tensor.CPU(), dtype.Float32, s...))
					params = append(params, p)
				}
				opt := optim.New(a, params)
				for b.Loop() {
					opt.Step()
				}
			})
		}
	}
}
