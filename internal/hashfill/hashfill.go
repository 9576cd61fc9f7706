// Package hashfill makes the weights that recordings from PyTorch begin with, by
// formula: nothing has to be stored.
package hashfill

import (
	"math"
	"strings"

	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// Numbers returns n numbers from -scale to scale: splitmix64 of salt*2^32 + i,
// rounded to float32.
func Numbers(n int, salt uint64, scale float64) []float32 {
	l := make([]float32, n)
	for i := range l {
		z := salt<<32 + uint64(i) + 0x9E3779B97F4A7C15
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		z ^= z >> 31
		l[i] = float32((float64(z>>40)*0x1p-23 - 1) * scale)
	}
	return l
}

// Fill fills a module in the order of its state: weights of several axes with a
// variance of 1 over their inputs, other weights and variances with 1 and
// something, the rest with something.
func Fill(m any) {
	salt := uint64(0)
	for name, p := range nn.StateDict(m) {
		if p.DType().IsFloat() {
			var v []float32
			switch {
			case p.Rank() > 1:
				v = Numbers(p.Numel(), salt, math.Sqrt(3/float64(p.Numel()/p.Dim(0))))
			case strings.HasSuffix(name, "running_var") || strings.HasSuffix(name, "weight"):
				v = Numbers(p.Numel(), salt, 0.1)
				for i := range v {
					v[i]++
				}
			default:
				v = Numbers(p.Numel(), salt, 0.1)
			}
			from := tensor.From(p.Device(), v, p.Shape()...)
			p.Detach().CopyInPlace(from)
			from.Free()
		}
		salt++
	}
}
