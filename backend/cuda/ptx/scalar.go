package ptx

import (
	"math"

	"github.com/hekla-ml/hekla/pointwise"
)

// Scalar returns the parameter word that holds uniform x of kind k, of a kernel
// whose Float is float64 or not.
func Scalar(k pointwise.Kind, x float64, float64 bool) uint64 {
	switch k {
	case pointwise.Float:
		if float64 {
			return math.Float64bits(x)
		}
		return uint64(math.Float32bits(float32(x)))
	case pointwise.Bool:
		if x != 0 {
			return 1
		}
		return 0
	}
	return uint64(whole(x)) // a kernel of 32-bit Int reads the low half
}
